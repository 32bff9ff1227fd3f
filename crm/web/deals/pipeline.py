"""The pipeline: its stages with their sums, and the deals of one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Response, request

from crm import clock
from crm.database import is_id
from crm.deals import queries
from crm.deals.stages import Track, all_pipelines, get_pipeline, track_of
from crm.i18n import _, formatting
from crm.i18n.jalali import month_bounds
from crm.users.viewer import Viewer
from crm.web.cursors import read_moment
from crm.web.deals.blueprint import blueprint
from crm.web.deals.cards import cards_of, thread_of
from crm.web.rendering import is_partial, render, viewer, with_query

CLOSED = "closed"


def orders() -> list[tuple[str, str]]:
    """Return the orders of the pipeline's lists."""
    return [
        ("changed", _("Last changed")),
        ("amount", _("Largest first")),
        ("stage", _("Longest in stage")),
    ]


def whose(me: Viewer) -> str:
    """Return whose deals to show: one's own for a rep, the team's for a manager, as last chosen."""
    wanted = request.args.get("whose")
    if wanted in (queries.MINE, queries.TEAM):
        return wanted
    return queries.TEAM if me.is_manager else queries.MINE


def month_start(me: Viewer) -> datetime:
    """Return when this month began, in the reader's calendar and zone."""
    first, _next = month_bounds(formatting.local(clock.now()).date(), me.locale.calendar)
    return datetime.combine(first, datetime.min.time(), me.locale.tz).astimezone(UTC)


@blueprint.get("/pipeline")
def index() -> Response:
    """The stages with their sums, and the deals of the chosen one."""
    me, mine = viewer(), whose(viewer())
    track = track_of(get_pipeline(request.args.get("pipeline")))
    chosen, order = _chosen(track), _order()
    rows = queries.list_deals(
        me,
        whose=mine,
        order=order,
        stage_id=chosen,
        pipeline_id=track.pipeline.id,
        closed=chosen == CLOSED,
        after=_cursor(order, chosen),
        limit=queries.PAGE + 1,
    )
    listed: dict[str, Any] = {"deals": cards_of(rows[: queries.PAGE]), "more_url": _more_url(rows)}
    if is_partial():
        return render("deals/index.html", "deals/_page.html", **listed)
    return render(
        "deals/index.html",
        **listed,
        **_sums(me, mine, track, chosen),
        **thread_of(track),
        stage_id=chosen,
        order=order,
        orders=orders(),
        whose=mine,
        open_id=request.args.get("open"),
        pipeline=track.pipeline,
        whose_tabs=_whose_tabs(me, mine),
        pipeline_tabs=_pipeline_tabs(track),
        is_closed=chosen == CLOSED,
    )


def _order() -> str:
    wanted = request.args.get("order", "")
    return wanted if wanted in dict(orders()) else "changed"


def _sums(me: Viewer, mine: str, track: Track, chosen: str) -> dict[str, Any]:
    """Return the stage cells, and the sums of all open deals and of the chosen stage."""
    sums = queries.open_sums(me, track.pipeline.id, mine)
    closed = queries.closed_sums(me, track.pipeline.id, mine, month_start(me))
    here = [s for s in sums if s.stage_id == chosen]
    return {
        "cells": _cells(track, sums, closed, chosen),
        "open_sums": _by_currency(sums, "amount"),
        "weighted_sums": _by_currency(sums, "weighted"),
        "stage_weighted": _by_currency(here, "weighted"),
    }


def _whose_tabs(me: Viewer, mine: str) -> list[tuple[str, str, bool]]:
    if not me.is_manager and not me.team_ids:
        return []
    both = ((queries.MINE, _("Mine")), (queries.TEAM, _("All") if me.is_admin else _("Team")))
    return [
        (with_query(whose=key, after=None, open=None), label, key == mine) for key, label in both
    ]


def _pipeline_tabs(track: Track) -> list[tuple[str, str, bool]]:
    pipelines = all_pipelines()
    if len(pipelines) < 2:
        return []
    return [
        (
            with_query(pipeline=p.id, stage=None, after=None, open=None),
            p.label,
            p.id == track.pipeline.id,
        )
        for p in pipelines
    ]


def _chosen(track: Track) -> str:
    wanted = request.args.get("stage")
    if wanted == CLOSED:
        return CLOSED
    return wanted if wanted in {s.id for s in track.open} else track.open[0].id


@dataclass
class _Cell:
    label: str
    count: int
    sums: list[tuple[str, int]]
    url: str
    is_current: bool


def _by_currency(sums: list[queries.Sum], what: str) -> list[tuple[str, int]]:
    total: dict[str, int] = {}
    for one in sums:
        total[one.currency] = total.get(one.currency, 0) + getattr(one, what)
    return sorted(total.items(), key=lambda pair: -pair[1])


def _cells(
    track: Track, sums: list[queries.Sum], closed: list[queries.Sum], chosen: str
) -> list[_Cell]:
    def cell(label: str, key: str, rows: list[queries.Sum]) -> _Cell:
        url = with_query(stage=key, after=None, open=None)
        return _Cell(
            label, sum(r.count for r in rows), _by_currency(rows, "amount"), url, key == chosen
        )

    won = [s for s in closed if s.stage_id == track.won.id]
    end = cell(_("Closed"), CLOSED, won)
    end.count = sum(s.count for s in closed)
    return [
        *(cell(s.label, s.id, [x for x in sums if x.stage_id == s.id]) for s in track.open),
        end,
    ]


def _cursor(order: str, chosen: str) -> tuple[Any, str] | None:
    after = request.args.get("after", "")
    if order != "amount" or chosen == CLOSED:
        return read_moment(after)
    text, _mark, last = after.partition("~")
    if not is_id(last) or not (text.isascii() and text.isdigit()) or len(text) > 20:
        return None
    return min(int(text), 2**62), last


def _more_url(rows: Any) -> str | None:
    if len(rows) <= queries.PAGE:
        return None
    last = rows[queries.PAGE - 1]
    value = last.sort.isoformat() if isinstance(last.sort, datetime) else last.sort
    return with_query(after=f"{value}~{last.id}", open=None)


@blueprint.get("/deals/<id:deal_id>/card")
def card(deal_id: str) -> Response:
    """One card of the list, closed or opened in place."""
    opened = "_opened" if request.args.get("open") else "_card"
    return card_of(deal_id, opened)


def card_of(deal_id: str, name: str, **more: Any) -> Response:
    row = queries.get_card(viewer(), deal_id)
    deal = cards_of([row])[0]
    track = track_of(get_pipeline(queries.get_deal(viewer(), deal_id).pipeline_id))
    return render(f"deals/{name}.html", f"deals/{name}.html", deal=deal, **thread_of(track), **more)
