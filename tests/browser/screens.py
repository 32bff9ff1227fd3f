"""Every page that can be opened, with an address that works."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from crm import clock
from crm.activities.models import Activity
from crm.calendars.sources import add_source
from crm.database import db, new_id
from crm.i18n import fold
from crm.imports.commands import start_import
from crm.leads.route_book import create_rule
from crm.mail.seals import seal_leaver
from crm.tags.models import Tag
from crm.users.links import INVITATION, add_link
from crm.users.models import UserSession
from crm.users.viewer import Viewer
from tests import factories, people
from tests.authorisation.world import a_stop
from tests.browser.world import Day
from tests.hooks.senders import a_sender
from tests.leads.rules import rule_id

#: Answers that are no pages: pieces for htmx, suggestions, files, what is there only once.
NO_PAGES = {
    "today.home",
    "attachments.show",
    "calendar_feed.show",
    "captures.people",
    "captures.stage",
    "deals.card",
    "deals.account_names",
    "deals.contact_names",
    "hooks.show",
    "hooks.show_unsigned",
    "imports.problems",
    "imports.rows",
    "setup.new",
    "worker_files.manifest",
    "worker_files.worker",
    "administration.forms.code",
    "qr_codes.card_file",
    "mail.follow",
    "mail.picture",
}
#: Pages with something more to see behind a query.
QUERIES = {
    "administration.hooks.new": ("", "?preset=shopify"),
    "calendars.new": ("", "?kind=caldav"),
    "captures.new": ("?deal_id={deal_id}",),
    "activities.new": ("?deal_id={deal_id}",),
    "deals.index": ("", "?stage=closed", "?open={deal_id}"),
    "people.index": ("", "?tab=leads", "?tab=accounts", "?q=zzzz", "?tab=contacts&archived=1"),
    "qr_codes.show": ("", "?all=1"),
}
ADMINS = ("administration.", "deletion.", "stops.new_lifting")
MANAGERS = ("team.", "imports.", "products.", "tags.")
PUBLIC = (
    "sessions.new",
    "join.new",
    "worker_files.offline",
    "public_forms.show",
    "public_forms.thanks",
    "mail.leave",
)
CSV = "Name;Phone;City\nHanna Berg;+49 30 123456;Berlin\nNo phone;12;Köln\n"


@dataclass(frozen=True)
class Address:
    """A page and who opens it; nobody where it is for whoever is not signed in."""

    endpoint: str
    path: str
    who: str


CALENDAR = {"kind": "ics", "address": "https://calendar.example/a.ics", "name": "Work"}
NORTH_RULE = {"name": "North", "team_id": people.NORTH, "is_active": "on"}


def fill(app: Flask, day: Day, sara: Viewer, leila: Viewer) -> dict[str, str]:
    """Make what the day itself lacks and return every part of an address by its name."""
    tag = Tag(id=new_id(), name="VIP", folded=fold("VIP"))
    db.session.add(tag)
    planned = factories.an_activity(
        sara, "call", due_at=db.session.get_one(Activity, day.logged).created_at, deal_id=day.deal
    )
    people.session_cookie(sara)
    device = db.session.scalars(select(UserSession).where(UserSession.user_id == sara.id)).first()
    token = add_link(people.PEOPLE["nika"].id, INVITATION)
    db.session.commit()
    folder = Path(app.config["DATA_DIR"]) / "imports"
    form = factories.a_form(people.PEOPLE["admin"], consent="You may call me.")
    factories.a_submission(form, "A visitor", reasons=("trap", "links"))
    return _of(day) | {
        "form_id": form.id,
        "form_slug": form.slug,
        "planned_id": planned.id,
        "user_id": sara.id,
        "session_id": device.id if device else "",
        "team_id": people.NORTH,
        "product_id": factories.a_product().id,
        "tag_id": tag.id,
        "import_id": start_import(leila, CSV.encode(), "people.csv", folder),
        "path": "deals",
        "token": token,
        "source_id": add_source(sara, CALENDAR),
        "hook_id": a_sender("meta").hook_id,
        "key": "welcome",
        "leaver_token": _letters(sara),
        "rule_id": rule_id("form"),
        "route_id": create_rule(people.PEOPLE["admin"], NORTH_RULE),
        **a_stop(day.deal),
    }


def _of(day: Day) -> dict[str, str]:
    """Return what the day has."""
    return {
        "deal_id": day.deal,
        "record_id": day.deal,
        "lead_id": day.lead,
        "contact_id": day.contact,
        "account_id": day.account,
        "activity_id": day.logged,
        "stage_id": day.stage,
        "pipeline_id": day.pipeline,
    }


def _letters(sara: Viewer) -> str:
    """A lead to welcome, and letters of which one came back; return the way out of one."""
    reach = factories.labelled("reza@example.com")
    lead = factories.a_lead(sara, "رضا کریمی", emails=reach, consent_at=clock.now(), language="fa")
    factories.a_letter(lead_id=lead.id, status="sent", sent_at=clock.now())
    lost = {"status": "bounced", "reason": "bounced", "detail": "5.1.1 smtp; 550 no such user"}
    letter = factories.a_letter(lead_id=lead.id, **lost)
    return seal_leaver(letter.id, letter.to)


def addresses(app: Flask, parts: dict[str, str]) -> list[Address]:
    """Return every page of the app.

    Raises KeyError, naming the part, for a route that nobody has told how to fill: see `fill`.
    """
    found = []
    urls = app.url_map.bind("127.0.0.1")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.rule.startswith(("/api/", "/static/")):
            continue
        if rule.endpoint in NO_PAGES:
            continue
        path = urls.build(rule.endpoint, {part: parts[part] for part in rule.arguments})
        for query in QUERIES.get(rule.endpoint, ("",)):
            found.append(Address(rule.endpoint, path + query.format(**parts), _who(rule.endpoint)))
    found.append(Address("activities.edit", f"/activities/{parts['planned_id']}/edit", "sara"))
    found.append(Address("error", f"/deals/{new_id()}", "sara"))
    return found


def _who(endpoint: str) -> str:
    if endpoint in PUBLIC:
        return ""
    if endpoint.startswith(ADMINS):
        return "admin"
    return "leila" if endpoint.startswith(MANAGERS) else "sara"
