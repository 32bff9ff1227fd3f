"""What there is to see: Sara's records, each with a word in it that no stranger may read."""

from __future__ import annotations

from pathlib import Path

from flask import current_app
from sqlalchemy import select

from crm import clock
from crm.calendars.feeds import renew_feed
from crm.calendars.sources import add_source
from crm.database import db
from crm.deals.commands import move_deal
from crm.deals.models import Deal
from crm.hooks.commands import add_secret, create_hook
from crm.hooks.models import Hook
from crm.hooks.queries import secrets_of
from crm.hooks.safe import Safe
from crm.imports.commands import start_import
from crm.leads.route_book import create_rule
from crm.mail.seals import seal_leaver, seal_message
from crm.push.commands import subscribe
from crm.stops.models import Stop
from crm.stops.rule_book import create_stop_rule
from crm.tags.models import Tag
from crm.users.links import make_link
from crm.users.models import UserSession
from crm.users.viewer import Viewer
from tests import factories, people
from tests.leads.rules import rule_id
from tests.push.service import Phone

CANARY = "CANARY"


def _tag() -> str:
    tag = Tag(name="vip", folded="vip")
    db.session.add(tag)
    db.session.commit()
    return tag.id


def _rule() -> str:
    """A rule of routing that is about no lead of the world."""
    fields = {"name": "Fair", "source_words": "fair", "team_id": people.SOUTH}
    return create_rule(people.PEOPLE["admin"], fields)


def a_stop(deal_id: str) -> dict[str, str]:
    """A rule in use, and the stop of Sara's deal by it."""
    currency = db.session.scalars(select(Deal.currency).where(Deal.id == deal_id)).one()
    fields = {"field": "amount", "comparison": "at_least", "value": "1", "currency": currency}
    rule = create_stop_rule(people.PEOPLE["admin"], {**fields, "is_active": "on"})
    stop = select(Stop.id).where(Stop.deal_id == deal_id)
    return {"stop_rule_id": rule, "stop_id": db.session.scalars(stop).one()}


def _import() -> str:
    folder = Path(current_app.config["DATA_DIR"]) / "imports"
    file = f"name,phone\n{CANARY} Rad,09121234567\n".encode()
    return start_import(people.PEOPLE["leila"], file, "contacts.csv", folder)


def _form() -> dict[str, str]:
    """A form with something that waits. All managers look at that: no canary."""
    form = factories.a_form(people.PEOPLE["admin"])
    odd = factories.a_submission(form, "A visitor", reasons=("trap",))
    return {"form_id": form.id, "form_slug": form.slug, "submission_id": odd}


def _photo(owner: Viewer, activity_id: str) -> str:
    """A photo at Sara's activity: to see it is the activity's business, to upload it hers alone."""
    photo = factories.a_photo(owner, Path(current_app.config["DATA_DIR"]) / "blobs", activity_id)
    return photo.id


def _invitation() -> dict[str, str]:
    _purpose, token = make_link(people.PEOPLE["admin"], people.PEOPLE["omid"].id)
    return {"token": token}


def _hooks() -> dict[str, str]:
    """A shop's hook, whose ping needs no signature, and a list's, its secret in the address."""
    safe = Safe(str(current_app.config["SECRET_KEY"]))
    admin = people.PEOPLE["admin"]
    shop, _secret = create_hook(admin, {"name": "Shop", "preset": "woocommerce"}, safe)
    letter, secret = create_hook(admin, {"name": "Letter", "preset": "mailchimp"}, safe)
    add_secret(admin, shop, {}, safe)
    slugs = {hook.id: hook.slug for hook in db.session.scalars(select(Hook))}
    secret_id = secrets_of(admin, shop)[0].id
    return {"hook_id": shop, "secret_id": secret_id, "slug": slugs[shop]} | {
        **{"list_slug": slugs[letter], "secret": secret}
    }


def _alerts(owner: Viewer) -> dict[str, str]:
    """Something Sara was told, and the phone on which she was."""
    alert = factories.an_alert(owner, data={"name": f"{CANARY} Karimi"})
    return {"alert_id": alert.id, "subscription_id": _subscription(owner)}


def _subscription(owner: Viewer) -> str:
    """A phone that is told things; its person alone forgets it here."""
    phone = Phone("https://updates.push.services.mozilla.com/wpush/v2/sara")
    return subscribe(owner, phone.says()).id


def _letter(lead_id: str) -> dict[str, str]:
    """A letter that was not sent yet: its link leads on, and nothing is counted."""
    letter = factories.a_letter(lead_id=lead_id, body="See https://example.com/offer")
    return {
        "letter_token": seal_message(letter.id),
        "leaver_token": seal_leaver(letter.id, letter.to),
        "number": "0",
        "key": "welcome",
    }


def _calendar(owner: Viewer) -> dict[str, str]:
    """A calendar that she alone may know of. A plan's address is its own proof, whoever asks:
    here it is the plan of somebody with nothing in it."""
    address = {"kind": "ics", "address": "https://example.com/a.ics", "name": f"{CANARY} work"}
    return {
        "source_id": add_source(owner, address),
        "feed_token": renew_feed(people.PEOPLE["reza"]),
    }


def make_world() -> dict[str, str]:
    """Write Sara's records and return an id for each argument that an address may have."""
    sara = people.PEOPLE["sara"]
    account = factories.an_account(sara, f"{CANARY} Trading")
    contact = factories.a_contact(sara, f"{CANARY} Nouri", account)
    lead = factories.a_lead(sara, f"{CANARY} Karimi", company=f"{CANARY} Foods", heat="hot")
    deal = factories.a_deal(sara, f"{CANARY} seats", account_id=account.id, contact_id=contact.id)
    links = {"deal_id": deal.id, "contact_id": contact.id, "account_id": account.id}
    activity = factories.an_activity(sara, note=f"{CANARY} said", **links)
    factories.an_activity(sara, subject=f"{CANARY} call", due_at=clock.now(), **links)
    ids = {
        "account_id": account.id,
        "contact_id": contact.id,
        "lead_id": lead.id,
        "deal_id": deal.id,
        "activity_id": activity.id,
        "user_id": sara.id,
        "team_id": people.NORTH,
        "rule_id": rule_id("form"),
        "product_id": factories.a_product().id,
        "stage_id": factories.stage("lead").id,
        "other_stage_id": factories.stage("proposal").id,
        "pipeline_id": deal.pipeline_id,
        "tag_id": _tag(),
        "decision_id": factories.a_decision(sara, deal).id,
        "route_id": _rule(),
        **a_stop(deal.id),
        "path": "accounts",
        "record_id": account.id,
    }
    entry = move_deal(sara, ids["deal_id"], {"stage_id": factories.stage("qualified").id})
    people.session_cookie(sara)
    mine = select(UserSession.id).where(UserSession.user_id == sara.id)
    session_id = db.session.scalars(mine).one()
    ids |= {"entry_id": entry or "", "session_id": session_id, "import_id": _import()}
    ids |= _invitation() | _hooks()
    ids |= dict.fromkeys(("blob_id", "attachment_id"), _photo(sara, activity.id))
    ids |= _form() | _letter(lead.id) | _calendar(sara) | _alerts(sara)
    db.session.rollback()
    return ids
