"""Texts that would run as a script stand in every field there is: they are shown, and never run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import String, UniqueConstraint, select, update

from crm import clock
from crm.accounts.models import Account, Contact
from crm.database import Base, Json, db, is_id
from crm.forms.models import Form, FormSubmission
from crm.imports.models import ImportJob
from crm.leads.models import Lead
from crm.tracking.commands import join_visitor
from crm.users.viewer import Viewer
from tests import people
from tests.browser.devices import NewPage, speak
from tests.browser.screens import addresses, fill
from tests.browser.world import Day, a_working_day
from tests.faults.xss import ADDRESSES, EVERY
from tests.tracking.conftest import SHOP, VISITOR, Site

#: What no person and no other program writes: words of the code, secrets, what one signs in with.
CLOSED = {
    *("kind", "status", "state", "heat", "heat_by_hand", "min_heat", "way", "signal", "verdict"),
    *("role", "theme", "colour", "preset", "purpose", "type", "key", "outcome", "record", "field"),
    *("language", "calendar", "timezone", "currency", "money_unit", "region", "work_days"),
    *("token_hash", "password_hash", "outbox_key", "sealed", "last4", "sha256", "digest", "epoch"),
    *("fingerprint", "site_key", "slug", "event_id", "device_id", "record_type", "version_num"),
    *("email", "phone", "reason", "disqualified_reason", "lost_reason", "why"),
    *("name_folded", "folded", "match_key", "comparison", "fate", "channel", "crosses_quiet"),
    *("digest_on", "tag", "smtp_tls", "imap_tls", "last_error"),
}
#: Rows that are read as code, not shown.
#: Names of fields, not of people.
ASKED = {Form.__table__.c.fields, ImportJob.__table__.c.spec}
UNSHOWN = {"capture", "search_entry", "import_mark", "sign_in_attempt", "outgoing"}
#: Pages on which it must stand, or this shows nothing.
SHOWING = {
    *("leads.show", "leads.edit", "leads.ask_why", "conversions.new", "people.index"),
    *("today.show", "deals.show", "contacts.show", "accounts.show", "activities.show"),
    *("public_forms.show", "public_forms.thanks", "qr_codes.card", "qr_codes.show"),
    *("administration.forms.show", "administration.forms.edit", "administration.forms.preview"),
    *("administration.form_inbox.index", "administration.hooks.show", "administration.hooks.index"),
    *("administration.routing.show", "administration.scoring.edit", "administration.website.show"),
}
TEXT = " ".join(EVERY)
#: Any of it in the page means that text was taken for markup, whether or not the policy stopped it.
FOUND = """() => [...document.querySelectorAll('*')].filter(e =>
    [...e.attributes].some(a => /^on|^hx-on|srcdoc/i.test(a.name)
      || /^[\\s\\u0000-\\u001f]*(javascript|vbscript|data:text)/i.test(a.value)
         && /href|src|action|data$|formaction/i.test(a.name))
    || /^(iframe|object|embed|math|base)$/i.test(e.tagName) && !e.matches('main iframe[src^="/f/"]')
    || e.tagName === 'SCRIPT' && e.textContent.includes('__ran')
    || e.getAttribute('hx-get') === '/sign-out')
  .map(e => e.outerHTML.slice(0, 160))"""


def _is_open(column: Any) -> bool:
    told_apart = (c for c in column.table.constraints if isinstance(c, UniqueConstraint))
    is_key = any(column.name in c.columns for c in told_apart)
    is_ours = is_key or column.name in CLOSED or column.primary_key or column.foreign_keys
    return isinstance(column.type, String) and not is_ours


def _evil(value: Any, name: str = "") -> Any:
    """Return a value of JSON with every text in it that somebody may have written replaced."""
    if isinstance(value, dict):
        return {key: _evil(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_evil(one, name) for one in value]
    closed = name in CLOSED or name.endswith(("_id", "_at", "_on")) or is_id(value)
    return value if closed or not isinstance(value, str) else TEXT


def fill_every_text() -> int:
    """Write the texts into every column and return how many columns that were."""
    filled = 0
    for table in Base.metadata.sorted_tables:
        if table.name in UNSHOWN:
            continue
        open_ = [column for column in table.columns if _is_open(column)]
        if open_:
            db.session.execute(update(table).values({column.name: TEXT for column in open_}))
        objects = [c for c in table.columns if isinstance(c.type, type(Json)) and c not in ASKED]
        for row in db.session.execute(select(*table.primary_key, *objects)).mappings().all():
            changed = {c.name: _evil(row[c.name]) for c in objects if row[c.name]}
            same = [key == row[key.name] for key in table.primary_key]
            if changed:
                db.session.execute(update(table).where(*same).values(changed))
        filled += len(open_) + len(objects)
    db.session.commit()
    return filled


@pytest.fixture
def evil_world(
    live_server: str, sqlite_app: Flask, language: str, sara: Viewer, leila: Viewer
) -> dict[str, str]:
    """A day on which every text runs if it can, and the ids that stand in its addresses."""
    day: Day = a_working_day(sara, language)
    for person in people.PEOPLE.values():
        speak(person, language)
    parts = fill(sqlite_app, day, sara, leila)
    _come_by_the_public_doors(sqlite_app, parts)
    assert fill_every_text() > 60
    return parts


def _come_by_the_public_doors(app: Flask, parts: dict[str, str]) -> None:
    """Visitors and senders say it too, each text on its own."""
    from tests.hooks.senders import a_sender

    client, sender = app.test_client(), a_sender()
    for number, text in enumerate(EVERY):
        person = {"name": text, "phones": [f"0912{number:07}"], "source": text, "needs": text}
        said = {**person, "company": text, "utm_campaign": text, "landing": text, "referrer": text}
        assert sender.send(client, said).status_code == 200
        client.post(f"/f/{parts['form_slug']}", data=person | {"phone": f"0913{number:07}"})
    site = Site(app, client)
    for text in EVERY:
        site.beacon(["p", f"{SHOP}/{text}?utm_source={text}", text], visitor=VISITOR)
    site.written()
    site.tracker.reset()
    # All of them were the lead whose page is opened.
    join_visitor(people.PEOPLE["sara"], parts["lead_id"], VISITOR)
    sent = update(FormSubmission).where(FormSubmission.lead_id.is_not(None))
    db.session.execute(sent.values(lead_id=parts["lead_id"], consent_at=clock.now()))


def watched(page: Page) -> Page:
    page.on("dialog", lambda dialog: (_ for _ in ()).throw(AssertionError(dialog.message)))
    return page


def ran(page: Page) -> Iterator[str]:
    if page.evaluate("window.__ran"):
        yield f"{page.url} ran"
    for html in page.evaluate(FOUND):
        yield f"{page.url} {html}"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.seldom), "fa"])
def test_no_text_runs_on_any_page(
    new_page: NewPage, sqlite_app: Flask, evil_world: dict[str, str], language: str
) -> None:
    devices: dict[str, Page] = {}
    found, showing = list[str](), set[str]()
    for address in addresses(sqlite_app, evil_world):
        if address.who not in devices:
            reader = people.PEOPLE.get(address.who)
            devices[address.who] = watched(new_page(reader, language=language))
        page = devices[address.who]
        answer = page.goto(address.path)
        assert answer is not None
        assert answer.status in (200, 404), address
        if "text/html" in answer.headers["content-type"]:
            found += ran(page)
            showing |= {address.endpoint} if "__ran" in page.content() else set()
    assert not found, "\n".join(found)
    assert showing >= SHOWING, sorted(SHOWING - showing)


def test_no_address_that_somebody_wrote_is_a_script(
    new_page: NewPage, day: Day, sara: Viewer
) -> None:
    page, found = watched(new_page(sara)), list[str]()
    for address in ADDRESSES:
        for model in (Account, Contact, Lead):
            db.session.execute(update(model).values(website=address))
        db.session.commit()
        for kind in ("account", "contact", "lead"):
            page.goto(f"/{kind}s/{getattr(day, kind)}")
            found += ran(page)
    assert not found, "\n".join(found)
