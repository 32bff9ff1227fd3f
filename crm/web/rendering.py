"""One `render` for page and fragment, and what every template may use."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import (
    Flask,
    Response,
    flash,
    g,
    get_flashed_messages,
    make_response,
    redirect,
    render_template,
    request,
)
from flask_login import current_user

from crm import clock
from crm.i18n import (
    CURRENCIES,
    _,
    current_locale,
    form_code,
    formatting,
    ngettext,
    pgettext,
    phones,
)
from crm.schema import Schema, load
from crm.users.viewer import Viewer
from crm.web.security import safe_path


def viewer() -> Viewer:
    """Return who is signed in; only for views that need a session."""
    return current_user._get_current_object()  # type: ignore[no-any-return]


def is_partial() -> bool:
    """Whether htmx asks for a piece of the page, not for the page."""
    return request.headers.get("HX-Request-Type") == "partial"


def render(page: str, fragment: str | None = None, status: int = 200, **context: Any) -> Response:
    """Return the page, or only the fragment where htmx asked for that."""
    template = fragment if fragment is not None and is_partial() else page
    answer = make_response(render_template(template, **context), status)
    answer.headers["Vary"] = "HX-Request-Type, Cookie"
    return answer


def go(
    target: str, toast: str | None = None, undo: dict[str, Any] | None = None, subject: str = ""
) -> Response:
    """Return a 303 to `target`; `toast` is said there, with `undo` = {"action", "fields"}."""
    if toast:
        flash({"text": toast, "undo": undo, "subject": subject})  # type: ignore[arg-type]
    return make_response(redirect(target, 303))


def is_check() -> bool:
    """Whether a page only asks if this form would do, before the phone keeps it."""
    return bool(request.form.get("check"))


def it_would_do() -> Response:
    """Return the answer to such a page."""
    return make_response("", 204)


def checked(schema: type[Schema], payload: Any, *, partial: bool = False) -> Response | None:
    """Return the answer where a page only asks, None where this form is to be saved.

    `payload` is what the command gets, whole: what passes here the phone keeps for good.
    Raises errors.ValidationError with sentences by field name.
    """
    if not is_check():
        return None
    load(schema, payload, partial=partial)
    return it_would_do()


def back_or(default: str) -> str:
    """Return where a form asked to go next, if that is a path of ours."""
    return safe_path(request.form.get("next") or request.args.get("next"), default)


def _toast() -> Any:
    said = get_flashed_messages()
    return said[-1] if said else None


def with_query(**changes: Any) -> str:
    """Return this page's address with some of its query changed (None removes)."""
    query = {**request.args.to_dict(), **changes}
    kept = {k: v for k, v in query.items() if v is not None}
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def currency_choices() -> list[tuple[str, str]]:
    """Return the currencies a form offers, the company's own first."""
    codes = ["IRT", "IRR", "EUR", "USD", "GBP", "AED", "TRY"]
    own = form_code(viewer().currency, current_locale().money_unit)
    codes.sort(key=lambda code: code != own)
    return [(code, _(CURRENCIES[code].name)) for code in codes]


def init_app(app: Flask) -> None:
    """Give templates their filters, globals and the translated `_`."""
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    env.globals.update(
        _=_,
        ngettext=ngettext,
        pgettext=pgettext,
        with_query=with_query,
        currency_choices=currency_choices,
    )
    for name in (
        "number",
        "decimal",
        "percent",
        "money",
        "money_parts",
        "date",
        "date_long",
        "date_numeric",
        "time",
        "datetime",
        "ago",
        "days",
        "due",
        "timeline_time",
        "initials",
    ):
        env.filters[name] = getattr(formatting, name)
    env.filters["phone"] = lambda value: phones.format_phone(value, current_locale().region)
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    signed_in = current_user.is_authenticated
    return {
        "viewer": current_user if signed_in else None,
        "locale": current_locale(),
        "has_face": "face" in request.cookies,
        "theme": current_user.theme if signed_in else g.get("theme", "auto"),
        "now": clock.now(),
        "today": formatting.local(clock.now()).date(),
        "toast": _toast() if not is_partial() else None,
    }
