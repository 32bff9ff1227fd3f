"""Stop for a human: the rules by which automation stops, and whom each would stop now."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm import errors
from crm.deals.stages import all_pipelines
from crm.i18n import _, current_locale, form_code, formatting, ngettext
from crm.stops import rule_book
from crm.stops.fields import FIELDS, Comparison
from crm.stops.lifting import lift_rule
from crm.stops.queries import open_by_rule
from crm.stops.wording import comparison_label, field_label, rule_words
from crm.tags.queries import counted_tags
from crm.users.models import Role
from crm.users.queries import active_users
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("stops", __name__, url_prefix="/stops")
_LIST = "/administration/stops"


@blueprint.get("")
@needs_role("admin")
def index() -> Any:
    """The rules, and how many each holds up."""
    me = viewer()
    return render(
        "administration/stops/index.html",
        rules=rule_book.all_stop_rules(me),
        words=_words,
        where=_where(),
        people={row.id: row.name for row in active_users(me)},
        stopped=open_by_rule(me),
    )


def _words(rule: Any) -> str:
    named = ("field", "comparison", "value", "currency")
    return rule_words({name: getattr(rule, name) for name in named})


def _where() -> dict[str, str]:
    tags = {tag.id: f"#{tag.name}" for tag in counted_tags()}
    return {pipeline.id: pipeline.label for pipeline in all_pipelines()} | tags


def _form(
    values: Any, rule: Any = None, status: int = 200, said: Any = None, would: Any = None
) -> Response:
    me = viewer()
    callers = [(row.id, row.name) for row in active_users(me) if row.role != Role.REP]
    return render(
        "administration/stops/edit.html",
        status=status,
        values=values,
        rule=rule,
        title=_words(rule) if rule else _("Add a rule"),
        errors=said or {},
        would=would,
        stopped=open_by_rule(me).get(rule.id, 0) if rule else 0,
        fields=[(name, field_label(name)) for name in FIELDS],
        comparisons=[(one.value, comparison_label(one)) for one in Comparison],
        pipelines=[("", _("Every pipeline")), *((p.id, p.label) for p in all_pipelines())],
        tags=[("", _("Every customer")), *((t.id, f"#{t.name}") for t in counted_tags())],
        callers=[("", _("The manager of the owner’s team")), *callers],
    )


def _save(rule: Any = None) -> Any:
    """Save what was typed, or only say whom it would stop."""
    me, form = viewer(), request.form.to_dict()
    looks = form.pop("look", "")
    try:
        if looks:
            would = rule_book.would_stop(me, form, rule.id if rule else None)
            return _form(form, rule, would=would)
        if rule:
            rule_book.change_stop_rule(me, rule.id, form)
        else:
            rule_book.create_stop_rule(me, form)
    except errors.ValidationError as error:
        return _form(form, rule, 422, error.fields)
    return go(_LIST, _("Saved") if rule else _("Rule added"))


@blueprint.get("/new")
@needs_role("admin")
def new() -> Any:
    """The form for a rule."""
    own = form_code(viewer().currency, current_locale().money_unit)
    return _form({"field": "amount", "comparison": "at_least", "currency": own, "is_active": True})


@blueprint.post("")
@needs_role("admin")
def create() -> Any:
    """Add it."""
    return _save()


@blueprint.get("/<id:stop_rule_id>")
@needs_role("admin")
def show(stop_rule_id: str) -> Any:
    """The form for what it is."""
    rule = rule_book.get_stop_rule(viewer(), stop_rule_id)
    return _form(_values(rule), rule)


def _values(rule: Any) -> dict[str, Any]:
    names = ("field", "comparison", "pipeline_id", "tag_id", "user_id", "is_active")
    values = {name: getattr(rule, name) for name in names}
    if rule.currency:
        values["value"] = formatting.money(rule.value, rule.currency, bare=True)
        values["currency"] = form_code(rule.currency, current_locale().money_unit)
    else:
        values["value"] = formatting.number(rule.value)
    return values


@blueprint.post("/<id:stop_rule_id>")
@needs_role("admin")
def update(stop_rule_id: str) -> Any:
    """Change it."""
    return _save(rule_book.get_stop_rule(viewer(), stop_rule_id))


@blueprint.post("/<id:stop_rule_id>/active")
@needs_role("admin")
def switch(stop_rule_id: str) -> Any:
    """Put it in use, or out of it."""
    wanted = bool(request.form.get("is_active"))
    rule_book.switch_stop_rule(viewer(), stop_rule_id, is_active=wanted)
    undo = {
        "action": f"{_LIST}/{stop_rule_id}/active",
        "fields": {"is_active": "" if wanted else "1"},
    }
    return go(_LIST, _("In use now") if wanted else _("Switched off"), undo)


@blueprint.post("/<id:stop_rule_id>/removal")
@needs_role("admin")
def remove(stop_rule_id: str) -> Any:
    """Take it away."""
    rule_book.remove_stop_rule(viewer(), stop_rule_id)
    undo = {"action": f"{_LIST}/{stop_rule_id}/restoration", "fields": {}}
    return go(_LIST, _("Rule removed"), undo)


@blueprint.post("/<id:stop_rule_id>/restoration")
@needs_role("admin")
def restore(stop_rule_id: str) -> Any:
    """Bring it back."""
    rule_book.bring_back_stop_rule(viewer(), stop_rule_id)
    return go(_LIST, _("Brought back"))


@blueprint.post("/<id:stop_rule_id>/lifting")
@needs_role("admin")
def lift(stop_rule_id: str) -> Any:
    """Let automation go on for all that it holds up."""
    rule, form = rule_book.get_stop_rule(viewer(), stop_rule_id), request.form.to_dict()
    try:
        lifted = lift_rule(viewer(), stop_rule_id, form)
    except errors.ValidationError as error:
        return _form(_values(rule), rule, 422, error.fields)
    said = ngettext(
        "Automation goes on for %(num)s customer",
        "Automation goes on for %(num)s customers",
        lifted,
    )
    return go(_LIST, said)
