"""What makes a lead warm or hot: the rules, changed on the phone, with what a change would do."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm import errors
from crm.company.queries import get_company
from crm.i18n import _
from crm.leads.foresight import LOOKED_AT, Move, who_would_move
from crm.leads.models import HEAT_NAMES, Heat
from crm.leads.reasons import signal_label
from crm.leads.score_book import (
    all_rules,
    change_bands,
    change_rule,
    get_rule,
    load_bands,
    load_rule,
    read_book,
    still_due,
)
from crm.leads.scoring import FIT, Rule
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("scoring", __name__, url_prefix="/scoring")
_LIST = "/administration/scoring"
SHOWN = 12


@blueprint.get("")
@needs_role("admin")
def index() -> Any:
    """All rules, the two lines, and how far the scoring by them has come."""
    return _index({})


def _index(said: Any, status: int = 200, **more: Any) -> Response:
    me, company = viewer(), get_company()
    rules = all_rules(me)
    due, every = still_due(me)
    return render(
        "administration/scoring/index.html",
        status=status,
        did=[rule for rule in rules if rule.signal not in FIT],
        has=[rule for rule in rules if rule.signal in FIT],
        label=signal_label,
        values=more.pop("values", company),
        errors=said,
        due=due,
        every=every,
        done=100 * (every - due) // every if every else 100,
        **{"moves": None, **more},
    )


@blueprint.post("")
@needs_role("admin")
def change_lines() -> Any:
    """From how many points on a lead is warm and hot; or what these would change."""
    me, form = viewer(), request.form.to_dict()
    is_question = form.pop("preview", None)
    try:
        if is_question:
            moves = who_would_move(me, None, load_bands(form))
            return _index({}, values=form, **_foreseen(moves))
        change_bands(me, form)
    except errors.ValidationError as error:
        return _index(error.fields, 422, values=form)
    return go(_LIST, _("Saved. Leads are scored anew in the background."))


@blueprint.get("/<id:rule_id>")
@needs_role("admin")
def edit(rule_id: str) -> Any:
    """One rule's form."""
    rule = get_rule(viewer(), rule_id)
    fields = ("points", "half_life", "cap", "expires", "at_least", "is_active")
    values = {name: getattr(rule, name) for name in fields} | {"words": _(", ").join(rule.words)}
    return _edit(rule, values)


def _edit(rule: Any, values: Any, said: Any = None, status: int = 200, **more: Any) -> Response:
    return render(
        "administration/scoring/edit.html",
        status=status,
        rule=rule,
        label=signal_label(rule.signal),
        is_fit=rule.signal in FIT,
        values=values,
        errors=said or {},
        **{"moves": None, **more},
    )


@blueprint.post("/<id:rule_id>")
@needs_role("admin")
def change(rule_id: str) -> Any:
    """Save a rule, or show whose heat it would change."""
    me, form = viewer(), request.form.to_dict()
    is_question = form.pop("preview", None)
    rule = get_rule(me, rule_id)
    try:
        wanted = load_rule(rule, form)
        if is_question:
            moves = who_would_move(me, _as_wished(wanted, form), read_book().bands)
            return _edit(rule, form, **_foreseen(moves))
        change_rule(me, rule_id, form)
    except errors.ValidationError as error:
        return _edit(rule, form, error.fields, 422)
    return go(_LIST, _("Saved. Leads are scored anew in the background."))


def _as_wished(wanted: Rule, form: Any) -> Rule:
    """Return the rule, or one without worth where it is to be switched off."""
    return wanted if form.get("is_active") else Rule(wanted.id, wanted.signal, 0)


def _foreseen(moves: list[Move]) -> dict[str, Any]:
    names = {heat.value: _(name) for heat, name in HEAT_NAMES.items()}
    hotter = [m for m in moves if m.after == Heat.HOT or m.before == Heat.COLD]
    return {
        "moves": [(m.id, m.name, names[m.before], names[m.after]) for m in moves[:SHOWN]],
        "up": len(hotter),
        "down": len(moves) - len(hotter),
        "looked_at": LOOKED_AT,
    }
