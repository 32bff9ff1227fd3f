"""More: everything that is not a day's work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from crm.company.queries import get_company
from crm.i18n import _
from crm.users.viewer import Viewer
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("more", __name__)


@dataclass(frozen=True)
class Item:
    """A row of the menu."""

    title: str
    url: str
    icon: str
    sub: str = ""


@blueprint.get("/more")
def show() -> Response:
    """The menu, by what the viewer may do."""
    me = viewer()
    company = get_company()
    return render(
        "more/show.html",
        groups=_groups(me),
        company=company.name,
        has_sample=company.has_sample and me.is_admin,
    )


def _groups(me: Viewer) -> list[dict[str, Any]]:
    own = [
        Item(_("Alerts"), "/alerts", "bell", _("What you were told, and what became of it")),
        Item(_("Settings"), "/settings", "settings", _("Language, calendar, money")),
        Item(_("On this phone"), "/phone", "phone-check", _("What waits to be sent")),
        Item(_("Devices"), "/settings/devices", "device", _("Where you are signed in")),
        Item(_("My QR code"), "/qr", "qr", _("Who scans it is your lead")),
    ]
    work = [
        Item(_("Products"), "/products", "box"),
        Item(_("Tags"), "/tags", "tag"),
        Item(_("The archive"), "/people?tab=contacts&archived=1", "archive"),
    ]
    groups = [{"title": _("You"), "items": own}]
    if me.is_manager:
        groups.append({"title": _("Team"), "items": _of_managers()})
    groups.append({"title": _("Lists"), "items": work})
    if me.is_admin:
        groups.append(
            {
                "title": _("Company"),
                "items": [
                    Item(
                        _("Administration"),
                        "/administration",
                        "lock",
                        _("People, teams, pipelines"),
                    ),
                ],
            }
        )
    groups.append({"title": "", "items": [Item(_("Help"), "/help", "help")]})
    return groups


def _of_managers() -> list[Item]:
    inbox = "/administration/forms/inbox"
    return [
        Item(_("Team"), "/team", "users", _("Who has logged what, and what is quiet")),
        Item(_("Import"), "/imports", "upload", _("Bring your lists in from a file")),
        Item(_("To look at"), inbox, "flag", _("What came by a form and looks odd")),
    ]


@blueprint.get("/help")
def help_page() -> Response:
    """How to do a day's work, in a few lines."""
    return render("more/help.html")


@blueprint.post("/sample/removal")
@needs_role("admin")
def remove_sample_data() -> Response:
    """Take the invented company away."""
    from crm.sample.commands import remove_sample

    remove_sample(viewer())
    return go("/more", _("The sample is gone"))
