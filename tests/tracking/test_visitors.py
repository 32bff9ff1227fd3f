"""What visitors do waits for a name; once there is one it is the lead's, scored and acted on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from crm import errors
from crm.activities.models import Activity
from crm.database import db, new_id
from crm.deletion.commands import delete_record
from crm.i18n import Locale
from crm.leads.arrivals import Arrival, receive_lead
from crm.leads.commands import archive_lead, capture_lead, disqualify_lead, update_lead
from crm.leads.models import Lead, Touch
from crm.leads.scoring import Sign
from crm.timeline.models import TimelineEntry
from crm.tracking.commands import join_visitor
from crm.tracking.models import ONLY, Visitor, VisitorTouch, Website
from crm.tracking.queries import visits_of
from crm.users.viewer import Viewer, system_viewer
from tests.browser.devices import speak
from tests.clock import MovableClock
from tests.tracking.conftest import OTHER, SHOP, VISITOR, Site

Rows = Callable[[Any], list[Any]]
HAMRAH = system_viewer(Locale("fa", "jalali", "Asia/Tehran"))
NEDA = {"name": "Neda Amiri", "phones": ["09121234567"]}


def arrives(clock: MovableClock, visitor: str = VISITOR, **more: Any) -> Lead:
    """Neda sends a form: a lead, and who the visitor was."""
    signs = (Sign("form", clock.now(), "Contact us"),)
    lead_id = receive_lead(HAMRAH, Arrival(NEDA, signs, **more))
    join_visitor(HAMRAH, lead_id, visitor)
    return db.session.get_one(Lead, lead_id)


def of_sara(sara: Viewer) -> Lead:
    lead_id = capture_lead(sara, {"name": "Neda"})
    join_visitor(sara, lead_id, VISITOR)
    return db.session.get_one(Lead, lead_id)


def entries(lead_id: str, kind: str) -> list[TimelineEntry]:
    of_it = db.select(TimelineEntry).where(
        TimelineEntry.lead_id == lead_id, TimelineEntry.kind == kind
    )
    return list(db.session.scalars(of_it.order_by(TimelineEntry.at)))


@pytest.mark.mission(3, 28, 37, 39, 40)
def test_what_a_visitor_did_before_his_name_was_known_scores_the_lead(
    site: Site, clock: MovableClock, rows: Rows
) -> None:
    site.look("/?utm_source=mail&utm_campaign=Autumn", referrer="https://search.example/x?q=1")
    clock.move(minutes=2)
    site.look("/pricing")
    site.beacon(["d", f"{SHOP}/list.pdf"])
    site.written()
    assert [row.signal for row in rows(Touch)] == []
    assert len(rows(VisitorTouch)) == 4
    clock.move(minutes=1)
    lead = arrives(clock)
    # 30 for the form, 9 for the pricing page, 12 for the download, 6 for the campaign, 1 for a page
    assert lead.score == 58
    assert {(touch.signal, touch.detail) for touch in rows(Touch)} == {
        ("form", "Contact us"),
        ("page", "/?utm_source=mail&utm_campaign=Autumn"),
        ("campaign", "Autumn"),
        ("key_page", "/pricing"),
        ("download", "/list.pdf"),
    }
    assert rows(VisitorTouch) == []
    at = {touch.signal: touch.at for touch in rows(Touch)}
    assert (at["key_page"] - at["campaign"]).total_seconds() == 120, "each at its own time"
    came = {"utm_source": "mail", "utm_campaign": "Autumn", "landing": "/"}
    came["referrer"] = "https://search.example/x"
    lead = db.session.get_one(Lead, lead.id)
    assert lead.first_touch == lead.last_touch == came


def test_a_form_that_says_its_own_campaign_is_believed_about_the_last_one(
    site: Site, clock: MovableClock
) -> None:
    site.look("/?utm_source=mail")
    site.written()
    clock.move(minutes=1)
    lead = arrives(clock, origin={"utm_source": "fair"})
    assert lead.first_touch == {"utm_source": "mail", "landing": "/"}
    assert lead.last_touch == {"utm_source": "fair"}


def test_what_is_still_on_its_way_when_the_form_is_sent_is_the_leads_too(
    site: Site, clock: MovableClock, rows: Rows
) -> None:
    site.look("/pricing")
    lead = arrives(clock)
    assert lead.score == 30
    site.written()
    assert db.session.get_one(Lead, lead.id).score == 39
    assert rows(VisitorTouch) == []


@pytest.mark.mission(37, 40)
def test_a_known_lead_becomes_hot_by_what_it_looks_at_and_the_timeline_says_so(
    site: Site, sara: Viewer
) -> None:
    lead = of_sara(sara)
    assert lead.score == 45
    site.look("/pricing", "/pricing", "/pricing", referrer="https://a.example/")
    site.written()
    lead = db.session.get_one(Lead, lead.id)
    assert (lead.score, lead.heat) == (72, "hot")
    assert len(entries(lead.id, "lead.became_hot")) == 1
    site.look("/pricing")
    site.written()
    assert len(entries(lead.id, "lead.became_hot")) == 1


@pytest.mark.mission(68)
def test_a_key_page_makes_the_owners_task_for_today_once(
    site: Site, sara: Viewer, clock: MovableClock, rows: Rows
) -> None:
    lead = of_sara(sara)
    site.look("/", "/about")
    site.written()
    assert rows(Activity) == []
    site.look("/pricing", "/pricing?utm_source=mail")
    site.written()
    site.look("/pricing")
    site.written()
    (task,) = rows(Activity)
    assert (task.subject, task.kind) == ("Call Neda: viewed Pricing", "task")
    assert (task.owner_id, task.lead_id, task.has_time) == (sara.id, lead.id, False)
    assert task.due_at.date() == clock.now().date()
    clock.move(days=1)
    site.look("/pricing")
    site.written()
    assert len(rows(Activity)) == 2, "another day, another task"


def test_a_lead_that_was_handed_on_today_makes_no_second_task(
    site: Site, sara: Viewer, omid: Viewer, leila: Viewer, rows: Rows
) -> None:
    lead = of_sara(sara)
    site.look("/pricing")
    site.written()
    update_lead(leila, lead.id, {"owner_id": omid.id})
    site.look("/pricing")
    site.written()
    assert len(rows(Activity)) == 1
    assert len([touch for touch in rows(Touch) if touch.signal == "key_page"]) == 2


def test_the_task_is_in_its_owners_language(site: Site, sara: Viewer, rows: Rows) -> None:
    of_sara(sara)
    speak(sara, "fa")
    site.look("/pricing")
    site.written()
    (task,) = rows(Activity)
    assert "Neda" in task.subject


@pytest.mark.parametrize("how", ["nobody's", "disqualified", "archived"])
def test_nobody_is_told_to_call_a_lead_that_is_not_his_to_follow(
    site: Site, sara: Viewer, rows: Rows, how: str
) -> None:
    lead = of_sara(sara)
    if how == "nobody's":
        db.session.execute(db.update(Lead).values(owner_id=None))
        db.session.commit()
    elif how == "archived":
        archive_lead(sara, lead.id)
    else:
        disqualify_lead(sara, lead.id, {"reason": "no_need"})
    site.look("/pricing")
    site.written()
    assert rows(Activity) == []


@pytest.mark.mission(11, 69)
def test_a_visit_is_one_entry_whatever_the_number_of_pages(
    site: Site, sara: Viewer, clock: MovableClock
) -> None:
    lead = of_sara(sara)
    for path in ("/", "/about", "/pricing"):
        site.look(path)
        site.written()
        clock.move(minutes=20)
    (visit,) = entries(lead.id, "lead.visited")
    assert visit.data == {"pages": 3, "seen": ["/", "/about", "/pricing"]}
    clock.move(minutes=11)
    site.look("/again")
    site.written()
    assert [entry.data["pages"] for entry in entries(lead.id, "lead.visited")] == [3, 1]


@pytest.mark.mission(69)
def test_visits_before_the_name_was_known_are_entries_at_their_own_time(
    site: Site, clock: MovableClock
) -> None:
    began = clock.now()
    site.look("/", "/about")
    clock.move(hours=3)
    site.look("/pricing")
    site.written()
    clock.move(minutes=5)
    lead = arrives(clock)
    site.look("/thanks")
    site.written()
    first, second = entries(lead.id, "lead.visited")
    assert (first.at, first.data["pages"]) == (began, 2)
    assert second.data["pages"] == 2, "the visit that went on after the form"


def test_joining_twice_is_once_and_a_link_handed_on_stays_its_first_owners(
    site: Site, sara: Viewer, rows: Rows
) -> None:
    site.look("/?utm_source=mail", "/pricing")
    site.written()
    first = of_sara(sara)
    join_visitor(sara, first.id, VISITOR)
    second = capture_lead(sara, {"name": "Omid"})
    join_visitor(sara, second, VISITOR)
    site.look("/later")
    site.written()
    seen = [t.lead_id for t in rows(Touch) if t.signal in ("page", "key_page")]
    assert seen == [first.id] * 3
    assert [visitor.lead_id for visitor in rows(Visitor)] == [first.id]
    assert db.session.get_one(Lead, second).first_touch is None
    assert entries(second, "lead.visited") == []
    (visit,) = entries(first.id, "lead.visited")
    assert visit.data["pages"] == 3, "his visit went on"


@pytest.mark.parametrize("visitor", [None, "", "x", "'; DROP TABLE lead", VISITOR + "0"])
def test_what_is_no_visitor_joins_nothing(
    app: Flask, sara: Viewer, rows: Rows, visitor: str | None
) -> None:
    lead_id = capture_lead(sara, {"name": "Neda"})
    join_visitor(sara, lead_id, visitor)
    assert rows(Visitor) == []


def test_two_browsers_of_one_person_are_one_lead(site: Site, clock: MovableClock) -> None:
    site.look("/pricing")
    site.look("/about", visitor=OTHER)
    site.written()
    first, second = arrives(clock), arrives(clock, OTHER)
    assert first.id == second.id
    assert len(visits_of(HAMRAH, first.id)) == 1
    assert {sign.detail for sign in visits_of(HAMRAH, first.id)[0].signs} == {"/pricing", "/about"}


def test_who_may_not_see_a_lead_sees_no_visit_and_joins_none(
    site: Site, sara: Viewer, nika: Viewer
) -> None:
    lead = of_sara(sara)
    with pytest.raises(errors.NotFound):
        visits_of(nika, lead.id)
    with pytest.raises(errors.NotFound):
        join_visitor(nika, lead.id, OTHER)


def test_a_deleted_lead_takes_its_visits_along(
    site: Site, admin: Viewer, sara: Viewer, rows: Rows
) -> None:
    lead = of_sara(sara)
    site.look("/pricing")
    site.written()
    delete_record(admin, "lead", lead.id)
    assert rows(Touch) == rows(Visitor) == rows(VisitorTouch) == []
    site.look("/pricing")
    site.written()
    (visitor,) = rows(Visitor)
    assert visitor.lead_id is None


def test_the_settings_page_can_say_what_arrived_last_and_how_much(
    site: Site, clock: MovableClock
) -> None:
    site.look("/", "/about")
    site.written()
    clock.move(days=6)
    site.look("/pricing", visitor=new_id())
    site.written()
    website = db.session.get_one(Website, ONLY)
    assert (website.last_at, website.last_detail) == (clock.now(), "/pricing")
    assert sum(website.views.values()) == 3
    clock.move(days=2)
    site.look("/pricing")
    site.written()
    website = db.session.get_one(Website, ONLY)
    assert sum(website.views.values()) == 2, "what is older than a week is forgotten"
