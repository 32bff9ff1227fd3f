"""Who gets new leads: the rules in their order, and the hours in which they are answered."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm import errors
from crm.company.queries import get_company
from crm.i18n import _
from crm.leads import route_book
from crm.leads.models import HEAT_NAMES
from crm.leads.routing import Way
from crm.users.queries import active_users, team_choices
from crm.web.choices import clock_time, digits_as_written, week_days
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("routing", __name__, url_prefix="/routing")
_LIST = "/administration/routing"


def ways() -> list[tuple[str, str]]:
    """Return how a team's leads are given out."""
    return [(Way.ROUND_ROBIN, _("In turn")), (Way.LEAST_LOAD, _("Fewest open leads first"))]


def _index(status: int = 200, said: Any = None, typed: Any = None) -> Response:
    company, me = get_company(), viewer()
    targets = dict(team_choices(me)) | {row.id: row.name for row in active_users(me)}
    return render(
        "administration/routing/index.html",
        status=status,
        errors=said or {},
        rules=route_book.all_rules(me),
        targets=targets,
        words=_words,
        days=week_days(),
        values=typed
        or {
            "reply_within_minutes": digits_as_written(str(company.reply_within_minutes)),
            "work_days": company.work_days.split(","),
            "work_from": clock_time(company.work_from),
            "work_until": clock_time(company.work_until),
        },
    )


def _words(rule: Any) -> str:
    """Return what a rule is about: «Source: fair · Hot»."""
    parts = [
        f"{label}: {_(', ').join(words)}"
        for label, words in (
            (_("Source"), rule.source_words),
            (_("City"), rule.city_words),
            (_("Product"), rule.product_words),
        )
        if words
    ]
    if rule.min_heat != "cold":
        parts.append(_("At least: %(heat)s", heat=_(HEAT_NAMES[rule.min_heat])))
    return " · ".join(parts) or _("Every lead")


@blueprint.get("")
@needs_role("admin")
def index() -> Any:
    """The rules, and the hours."""
    return _index()


@blueprint.post("/hours")
@needs_role("admin")
def update_hours() -> Any:
    """Change when the company works and how soon it answers."""
    form: dict[str, Any] = request.form.to_dict()
    form["work_days"] = request.form.getlist("work_days")
    try:
        route_book.change_hours(viewer(), form)
    except errors.ValidationError as error:
        return _index(422, error.fields, form)
    return go(_LIST, _("Saved"))


def _form(values: Any, rule: Any = None, status: int = 200, said: Any = None) -> Response:
    people = [(row.id, row.name) for row in active_users(viewer())]
    return render(
        "administration/routing/edit.html",
        status=status,
        values=values,
        rule=rule,
        errors=said or {},
        teams=[("", "–"), *team_choices(viewer())],
        people=[("", "–"), *people],
        ways=ways(),
        heats=[(heat.value, _(name)) for heat, name in HEAT_NAMES.items()],
    )


@blueprint.get("/new")
@needs_role("admin")
def new() -> Any:
    """The form for a rule."""
    return _form({"is_active": True, "min_heat": "cold", "way": Way.ROUND_ROBIN})


@blueprint.post("")
@needs_role("admin")
def create() -> Any:
    """Add it."""
    form = request.form.to_dict()
    try:
        route_book.create_rule(viewer(), form)
    except errors.ValidationError as error:
        return _form(form, None, 422, error.fields)
    return go(_LIST, _("Rule added"))


@blueprint.get("/<id:route_id>")
@needs_role("admin")
def show(route_id: str) -> Any:
    """The form for what it is."""
    rule = route_book.get_rule(viewer(), route_id)
    fields = ("name", "min_heat", "team_id", "user_id", "way", "is_active")
    values = {name: getattr(rule, name) for name in fields}
    values |= {name: _(", ").join(getattr(rule, name)) for name in route_book.WORDS}
    return _form(values, rule)


@blueprint.post("/<id:route_id>")
@needs_role("admin")
def update(route_id: str) -> Any:
    """Change it."""
    rule, form = route_book.get_rule(viewer(), route_id), request.form.to_dict()
    try:
        route_book.change_rule(viewer(), route_id, form)
    except errors.ValidationError as error:
        return _form(form, rule, 422, error.fields)
    return go(_LIST, _("Saved"))


@blueprint.post("/<id:route_id>/position")
@needs_role("admin")
def move_up(route_id: str) -> Any:
    """Ask it before the one above it."""
    route_book.raise_rule(viewer(), route_id)
    return go(_LIST)


@blueprint.post("/<id:route_id>/deletion")
@needs_role("admin")
def delete(route_id: str) -> Any:
    """Take it away."""
    route_book.delete_rule(viewer(), route_id)
    return go(_LIST, _("Rule removed"))
