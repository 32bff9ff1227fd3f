"""Records for tests, as plain functions: the owner first, then whatever matters to the test.

Each writes its rows and commits. They go past the commands, so they leave no timeline entry: a
test that is about a command calls the command.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from crm import clock
from crm.accounts.models import Account, Contact
from crm.activities.models import Activity, ActivityKind
from crm.alerts.models import Alert
from crm.attachments.models import Attachment
from crm.attachments.storage import BlobFiles
from crm.captures.models import Decision
from crm.database import Base, db, new_id
from crm.deals.models import Deal, Stage
from crm.forms.commands import create_form
from crm.forms.models import Form
from crm.forms.taking import Sent, take_submission
from crm.i18n import Locale, fold
from crm.leads.models import Lead
from crm.mail.models import MailMessage
from crm.products.models import Product
from crm.push.models import PushSubscription
from crm.search import index
from crm.users.viewer import Viewer, system_viewer

M = TypeVar("M", bound=Base)


def _save(record: M) -> M:
    db.session.add(record)
    db.session.commit()
    return record


def _owned(owner: Viewer | None) -> dict[str, Any]:
    return {
        "id": new_id(),
        "owner_id": owner.id if owner else None,
        "team_id": owner.team_id if owner else None,
        "created_at": clock.now(),
        "updated_at": clock.now(),
    }


def _findable(kind: str, record: Any, subtitle: str = "") -> None:
    reach = (getattr(record, "phones", None) or []) + (getattr(record, "emails", None) or [])
    words = [entry["value"].lstrip("+") for entry in reach]
    index.put(kind, record.id, record.owner_id, record.team_id, record.name, subtitle, words)


def labelled(*values: str) -> list[dict[str, str]]:
    """Return phones or e-mail addresses in the form that records keep them."""
    return [{"value": value, "label": ""} for value in values]


def an_account(owner: Viewer | None, name: str = "Acme", **fields: Any) -> Account:
    account = Account(**_owned(owner) | {"name": name, "name_folded": fold(name)} | fields)
    _findable("account", account)
    return _save(account)


def a_contact(
    owner: Viewer | None, name: str = "Sara Nouri", account: Account | None = None, **fields: Any
) -> Contact:
    contact = Contact(
        **_owned(owner)
        | {"name": name, "name_folded": fold(name), "account_id": account and account.id}
        | fields
    )
    _findable("contact", contact, account.name if account else "")
    return _save(contact)


def a_lead(owner: Viewer | None, name: str = "Reza Karimi", **fields: Any) -> Lead:
    lead = Lead(**_owned(owner) | {"name": name, "name_folded": fold(name)} | fields)
    _findable("lead", lead, lead.company or "")
    return _save(lead)


def stage(key: str) -> Stage:
    """Return a stage of the default pipeline: lead, qualified, proposal, won or lost."""
    return db.session.scalars(select(Stage).where(Stage.key == key)).one()


def a_deal(
    owner: Viewer | None, name: str = "50 seats", stage_key: str = "lead", **fields: Any
) -> Deal:
    """Make a deal; give it an account and a contact by their ids."""
    stands_in = stage(stage_key)
    now = clock.now()
    deal = Deal(
        **_owned(owner)
        | {
            "name": name,
            "name_folded": fold(name),
            "pipeline_id": stands_in.pipeline_id,
            "stage_id": stands_in.id,
            "status": stands_in.kind,
            "amount": 2_000_000_000,
            "currency": "IRR",
            "opened_on": now.date(),
            "stage_entered_at": now,
            "closed_at": None if stands_in.kind == "open" else now,
        }
        | fields
    )
    _findable("deal", deal)
    return _save(deal)


def an_activity(owner: Viewer | None, kind: str = ActivityKind.MEETING, **fields: Any) -> Activity:
    """Make an activity that was done just now; with `due_at` and no `done_at` a planned one."""
    done_at = None if "due_at" in fields else clock.now()
    return _save(Activity(**_owned(owner) | {"kind": kind, "done_at": done_at} | fields))


def a_letter(to: str = "reza@example.com", **fields: Any) -> MailMessage:
    """Put a letter into the outbox that waits there."""
    given = {
        "id": new_id(),
        "kind": "welcome",
        "template": "welcome",
        "cause": new_id(),
        "to": to,
        "to_name": "Reza Karimi",
        "language": "en",
        "subject": "Hello",
        "body": "Hello Reza",
        "is_tracked": True,
        "next_at": clock.now(),
        "created_at": clock.now(),
    }
    return _save(MailMessage(**given | fields))


def a_decision(author: Viewer, deal: Deal, yours: str = "won", theirs: str = "lost") -> Decision:
    """Leave two stages of a deal, where it stands in `theirs`, for its author to choose from."""
    made = {
        "id": new_id(),
        "user_id": author.id,
        "author_id": author.id,
        "capture_id": new_id(),
        "record": "deal",
        "record_id": deal.id,
        "field": "stage",
        "yours": {"value": stage(yours).id},
        "theirs": {"value": stage(theirs).id},
        "captured_at": clock.now(),
        "created_at": clock.now(),
    }
    return _save(Decision(**made))


def a_product(name: str = "GTX Pro", **fields: Any) -> Product:
    made = {
        "id": new_id(),
        "name": name,
        "match_key": fold(name).replace(" ", ""),
        "currency": "IRR",
        "created_at": clock.now(),
    }
    return _save(Product(**made | fields))


#: The smallest PNG there is: one pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def a_photo(owner: Viewer, folder: Path, activity_id: str | None = None) -> Attachment:
    """Make a photo of one pixel, with its file in `folder`."""
    photo = Attachment(
        id=new_id(),
        user_id=owner.id,
        activity_id=activity_id,
        kind="photo",
        type="image/png",
        size=len(PIXEL),
        sha256=hashlib.sha256(PIXEL).hexdigest(),
        state="complete",
        created_at=clock.now(),
        received_at=clock.now(),
    )
    path = BlobFiles(folder).path(photo.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PIXEL)
    return _save(photo)


def a_form(admin: Viewer, title: str = "Contact us", **payload: Any) -> Form:
    """A web form on a public address, made by its command."""
    asked = [{"name": "name"}, {"name": "phone"}, {"name": "email"}, {"name": "needs"}]
    given = {"title": title, "language": "en", "colour": "plum", "fields": asked, **payload}
    return db.session.get_one(Form, create_form(admin, given))


def a_submission(form: Form, name: str = "Neda Amiri", *, reasons: tuple[str, ...] = ()) -> str:
    """What a visitor sent by it; with reasons it waits."""
    actor = system_viewer(Locale())
    fields = {"name": name, "phone": "09121112233"}
    sent = Sent(fields, str(form.consent_version), submission_id=new_id(), reasons=reasons)
    return take_submission(actor, form.id, sent)


def an_alert(person: Viewer, kind: str = "hot_lead", **fields: Any) -> Alert:
    """Something the person was told just now."""
    made = new_id()
    row: dict[str, Any] = {
        "id": made,
        "user_id": person.id,
        "kind": kind,
        "cause": made,
        "tag": made,
        "at": clock.now(),
        "url": "/today",
        "data": {"name": "Daniel Okafor", "line": "+30 Asked for a quote"},
        "count": 1,
        "expires_at": clock.now() + timedelta(hours=4),
    }
    return _save(Alert(**row | fields))


def a_subscription(
    person: Viewer, session_id: str | None = None, **fields: Any
) -> PushSubscription:
    """A device that alerts go to."""
    made = new_id()
    row: dict[str, Any] = {
        "id": made,
        "user_id": person.id,
        "session_id": session_id,
        "endpoint": f"https://fcm.googleapis.com/fcm/send/{made}",
        "p256dh": "key",
        "auth": "secret",
        "name": "Chrome on Android",
        "created_at": clock.now(),
    }
    return _save(PushSubscription(**row | fields))
