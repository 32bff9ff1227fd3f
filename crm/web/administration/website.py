"""The company's website: the snippet to copy, what counts there, and whether anything arrives."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm import errors
from crm.i18n import _
from crm.tracking.queries import get_website, last_week
from crm.tracking.settings import update_website
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role
from crm.web.tracking import snippet, tracker

blueprint = Blueprint("website", __name__, url_prefix="/website")
_HERE = "/administration/website"
#: So many empty rows for key pages to come.
SPARE = 2


def _page(values: dict[str, Any], status: int = 200, said: Any = None) -> Response:
    me = viewer()
    website = get_website(me)
    return render(
        "administration/website.html",
        status=status,
        values=values,
        errors=said or {},
        website=website,
        week=last_week(me),
        tag=snippet(website.site_key),
    )


@blueprint.get("")
@needs_role("admin")
def show() -> Any:
    """The settings as they stand."""
    website = get_website(viewer())
    return _page(
        {
            "hosts": "\n".join(website.hosts),
            "endings": ", ".join(website.endings),
            "asks_consent": website.asks_consent,
            "keeps_days": website.keeps_days,
            "key_pages": [*website.key_pages, *_spare()],
        }
    )


def _spare() -> list[dict[str, str]]:
    return [{"path": "", "name": ""}] * SPARE


@blueprint.post("")
@needs_role("admin")
def update() -> Any:
    """Change them; they hold at once in this process, in others within seconds."""
    form = request.form
    rows = zip(form.getlist("page_path"), form.getlist("page_name"), strict=False)
    pages = [{"path": path, "name": name} for path, name in rows]
    names = ("hosts", "endings", "asks_consent", "keeps_days")
    said: dict[str, Any] = {name: form[name] for name in names if name in form}
    try:
        update_website(viewer(), {**said, "key_pages": pages})
    except errors.ValidationError as error:
        return _page({**said, "key_pages": pages or _spare()}, 422, error.fields)
    tracker().forget_rules()
    return go(_HERE, _("Saved"))
