"""The company's holidays, year by year: when no clock runs and nobody is called."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, request

from crm import clock, errors
from crm.administration import holidays as commands
from crm.company.holidays import holidays_between
from crm.company.queries import get_company
from crm.i18n import _, current_locale, formatting
from crm.i18n.jalali import FIRST_YEAR, LAST_YEAR, from_jalali, to_jalali
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("holidays", __name__, url_prefix="/holidays")
_LIST = "/administration/holidays"


def _year_of(day: date) -> int:
    return to_jalali(day)[0] if current_locale().calendar == "jalali" else day.year


def _bounds(year: int) -> tuple[date, date]:
    if current_locale().calendar == "jalali":
        return from_jalali(year, 1, 1), from_jalali(year + 1, 1, 1)
    return date(year, 1, 1), date(year + 1, 1, 1)


def _shown_year() -> int:
    """Return the year asked for, in the reader's calendar; this one where it makes no sense."""
    this = _year_of(formatting.local(clock.now()).date())
    said = request.args.get("year", "")
    year = int(said) if said.isascii() and said.isdigit() and len(said) == 4 else this
    return year if FIRST_YEAR <= year < LAST_YEAR or abs(year - this) < 50 else this


def _index(status: int = 200, said: Any = None, typed: Any = None) -> Response:
    company, year = get_company(), _shown_year()
    return render(
        "administration/holidays/index.html",
        status=status,
        errors=said or {},
        values=typed or {},
        year=year,
        year_words=_digits(year),
        days=[
            (one, formatting.date_long(one.day, today=one.day))
            for one in holidays_between(company, *_bounds(year))
        ],
        has_official=company.has_official_holidays,
    )


def _digits(year: int) -> str:
    return formatting.date_numeric(_bounds(year)[0])[:4]


@blueprint.get("")
@needs_role("admin")
def index() -> Any:
    """Those of a year."""
    return _index()


@blueprint.post("")
@needs_role("admin")
def create() -> Any:
    """Add one, or give one another name."""
    form = request.form.to_dict()
    try:
        day = commands.add_holiday(viewer(), form)
    except errors.ValidationError as error:
        return _index(422, error.fields, form)
    undo = {"action": f"{_LIST}/removal", "fields": {"day": day.isoformat(), "is_removed": "1"}}
    return go(_of(day), _("Holiday added"), undo)


@blueprint.post("/removal")
@needs_role("admin")
def remove() -> Any:
    """Make it a day of work; with `is_removed` 0, a holiday again."""
    day = commands.remove_holiday(viewer(), request.form.to_dict())
    if request.form.get("is_removed") != "1":
        return go(_of(day), _("It is a holiday again"))
    undo = {"action": f"{_LIST}/removal", "fields": {"day": day.isoformat(), "is_removed": "0"}}
    return go(_of(day), _("It is a working day now"), undo)


@blueprint.post("/official")
@needs_role("admin")
def choose() -> Any:
    """Take Iran's official holidays, or do without them."""
    commands.choose_official_holidays(viewer(), request.form.to_dict())
    return go(_LIST, _("Saved"))


def _of(day: date) -> str:
    return f"{_LIST}?year={_year_of(day)}"
