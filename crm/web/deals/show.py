"""A deal's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Response, request

from crm import clock
from crm.activities.queries import next_steps
from crm.deals import queries
from crm.deals.models import Stage
from crm.deals.stages import get_pipeline, track_of
from crm.i18n import formatting
from crm.tags.queries import tags_of
from crm.users.viewer import Viewer
from crm.web.deals.blueprint import blueprint
from crm.web.deals.cards import lost_label, step_of, thread_of
from crm.web.rendering import is_partial, render, viewer
from crm.web.stops import banners_of
from crm.web.timeline import timeline_of
from crm.web.today import first_phone


@blueprint.get("/deals/<id:deal_id>")
def show(deal_id: str) -> Response:
    """The deal's page; an older part of its timeline for htmx."""
    me = viewer()
    if is_partial() and request.args.get("before"):
        queries.get_deal(me, deal_id)
        return render(
            "timeline/_entries.html", "timeline/_lines.html", **timeline_of(me, deal_id=deal_id)
        )
    return render("deals/show.html", **page_of(me, deal_id), **timeline_of(me, deal_id=deal_id))


@dataclass
class Person:
    """Someone with a part in the deal."""

    id: str
    name: str
    part: str
    url: str


def page_of(me: Viewer, deal_id: str) -> dict[str, Any]:
    deal = queries.get_deal(me, deal_id)
    names = queries.names_of(me, deal)
    people = queries.people_of(me, deal_id)
    head = head_of(me, deal, names)
    head["deal"].phone = first_phone(*(p.phones for p in people))
    reach = queries.reach_of(me, deal)
    return {
        **head,
        "names": names,
        "stops": banners_of(me, deal_id=deal.id),
        "tags": tags_of(deal.id),
        "source": deal.source,
        **reach,
        "others": queries.people_to_add(me, deal),
        "people": [
            Person(p.id, p.name, p.part or p.job_title or "", f"/contacts/{p.id}") for p in people
        ],
    }


@dataclass
class Head:
    """A deal's head, thread and next step."""

    id: str
    name: str
    amount: int | None
    currency: str
    account_id: str | None
    account_name: str | None
    status: str
    stage_id: str
    version: int
    chance: int
    weighted: int
    expected_close_on: date | None
    age_days: int
    lost_reason_label: str
    phone: str | None
    needs: str | None
    description: str | None
    archived_at: datetime | None


def head_of(me: Viewer, deal: Any, names: queries.Names) -> dict[str, Any]:
    now = clock.now()
    track = track_of(get_pipeline(deal.pipeline_id))
    stage = track.at(deal.stage_id) or Stage(probability=0)
    until = deal.closed_at or now
    head = Head(
        deal.id,
        deal.name,
        deal.amount,
        deal.currency,
        deal.account_id if names.account else None,
        names.account,
        deal.status,
        deal.stage_id,
        deal.version,
        stage.probability if deal.probability is None else deal.probability,
        deal.weighted(stage),
        deal.expected_close_on,
        max(0, (formatting.local(until).date() - deal.opened_on).days),
        lost_label(deal.lost_reason),
        None,
        deal.needs,
        deal.description,
        deal.archived_at,
    )
    step = step_of(next_steps(me, [deal.id]).get(deal.id), now)
    return {"deal": head, "next_step": step, **thread_of(track)}
