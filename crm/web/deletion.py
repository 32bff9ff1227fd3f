"""Deleting a record for good: an admin sees first what goes along."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app

from crm.attachments.storage import BlobFiles, blob_folder
from crm.deletion.commands import delete_record
from crm.deletion.links import preview
from crm.i18n import _, ngettext
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("deletion", __name__)
PATHS = {"accounts": "account", "contacts": "contact", "leads": "lead", "deals": "deal"}


@blueprint.get("/<any(accounts, contacts, leads, deals):path>/<id:record_id>/deletion")
@needs_role("admin")
def ask(path: str, record_id: str) -> Response:
    """What would go, and what would stay."""
    found = preview(viewer(), PATHS[path], record_id)
    return render(
        "deletion/show.html",
        record=found.record,
        path=f"/{path}",
        kind=PATHS[path],
        gone=_words(found.gone),
        kept=_words(found.kept),
    )


def _words(counts: dict[str, int]) -> list[str]:
    said: dict[str, Any] = {
        "account": lambda n: ngettext("%(num)s account", "%(num)s accounts", n),
        "contact": lambda n: ngettext("%(num)s contact", "%(num)s contacts", n),
        "deal": lambda n: ngettext("%(num)s deal", "%(num)s deals", n),
        "lead": lambda n: ngettext("%(num)s lead", "%(num)s leads", n),
        "activity": lambda n: ngettext("%(num)s activity", "%(num)s activities", n),
        "timeline_entry": lambda n: ngettext(
            "%(num)s line of the timeline", "%(num)s lines of the timeline", n
        ),
        "mail_message": lambda n: ngettext("%(num)s e-mail", "%(num)s e-mails", n),
        "tagging": lambda n: ngettext("%(num)s tag", "%(num)s tags", n),
    }
    return [said[name](count) for name, count in counts.items() if count]


@blueprint.post("/<any(accounts, contacts, leads, deals):path>/<id:record_id>/deletion")
@needs_role("admin")
def delete(path: str, record_id: str) -> Response:
    """Delete it, and then the files of its photos and voice notes."""
    files = BlobFiles(blob_folder(current_app.config))
    for attachment_id in delete_record(viewer(), PATHS[path], record_id):
        files.remove(attachment_id)
    home = "/pipeline" if path == "deals" else f"/people?tab={path}"
    return go(home, _("Deleted"))
