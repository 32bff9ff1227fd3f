"""Moving a deal by one tap, and putting it back."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from crm import errors
from crm.deals import commands, queries
from crm.deals.stages import get_pipeline, track_of
from crm.i18n import _
from crm.web.deals.blueprint import blueprint
from crm.web.deals.pipeline import card_of
from crm.web.deals.show import head_of, page_of
from crm.web.rendering import back_or, go, is_partial, render, viewer
from crm.web.security import page_before
from crm.web.timeline import timeline_of


@blueprint.post("/deals/<id:deal_id>/stage")
def change_stage(deal_id: str) -> Response:
    """Move the deal: one tap on the thread, or won, or a lost reason."""
    me, form = viewer(), request.form
    deal = queries.get_deal(me, deal_id)
    track = track_of(get_pipeline(deal.pipeline_id))
    reason = form.get("lost_reason")
    wanted = track.lost.id if reason and not form.get("stage_id") else form.get("stage_id")
    order = [s.id for s in (*track.open, track.won, track.lost)]
    before, name = deal.stage_id, queries.names_of(me, deal).account or deal.name
    try:
        entry = commands.move_deal(
            me,
            deal_id,
            {
                "stage_id": wanted,
                "version": form.get("version"),
                "lost_reason": reason,
            },
        )
    except (errors.Conflict, errors.ValidationError) as error:
        return _moved(deal_id, status=error.status, error=str(error))
    if entry is None:
        return _moved(deal_id)
    stage = track.at(str(wanted))
    ahead = _place(order, str(wanted)) > _place(order, before)
    toast = {
        "subject": name,
        "text": _("moved to %(stage)s", stage=stage.label if stage else ""),
        "undo": {
            "action": f"/deals/{deal_id}/stage/undo",
            "fields": {"entry": entry, "next": _where()},
        },
    }
    return _moved(deal_id, toast=toast, moved="forward" if ahead else "back")


def _place(order: list[str], stage_id: str) -> int:
    """Where a stage stands on this pipeline's thread; one of another pipeline is nowhere."""
    return order.index(stage_id) if stage_id in order else -1


def _where() -> str:
    """Return the page that the thread stands on, with its stage and order."""
    page = page_before()
    record = request.path.removesuffix("/stage")
    if page.path in ("/pipeline", record):
        return back_or(f"{page.path}?{page.query}".rstrip("?"))
    return back_or("/pipeline" if request.form.get("view") == "card" else record)


def _moved(deal_id: str, status: int = 200, toast: Any = None, **more: Any) -> Response:
    if not is_partial():
        if status == 200:
            return go(_where(), **(_said(toast)))
        me = viewer()
        return render(
            "deals/show.html",
            status=status,
            **page_of(me, deal_id),
            **timeline_of(me, deal_id=deal_id),
            **more,
        )
    if request.form.get("view") == "card":
        return card_of(deal_id, "_opened", said=toast, **more)
    me = viewer()
    deal = queries.get_deal(me, deal_id)
    return render(
        "deals/_deal.html",
        "deals/_deal.html",
        said=toast,
        **more,
        **head_of(me, deal, queries.names_of(me, deal)),
    )


def _said(toast: Any) -> dict[str, Any]:
    if not toast:
        return {}
    return {"toast": toast["text"], "subject": toast["subject"], "undo": toast["undo"]}


@blueprint.post("/deals/<id:deal_id>/stage/undo")
def undo_stage(deal_id: str) -> Response:
    """Put the deal back where it stood before one move."""
    try:
        commands.undo_move(viewer(), deal_id, request.form.get("entry", ""))
    except errors.Conflict as error:
        return go(back_or(f"/deals/{deal_id}"), str(error))
    return go(back_or(f"/deals/{deal_id}"), _("Put back"))
