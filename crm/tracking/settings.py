"""Changes how the website is watched: an admin says which sites, and what counts there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from crm import errors
from crm.database import command, db
from crm.i18n import _
from crm.schema import Flag, Schema, Str, Whole, load
from crm.timeline.record import record, set_fields
from crm.tracking.models import ONLY, Website
from crm.users.viewer import Viewer, require_admin

_HOST = re.compile(r"[^\s/?#@<>\"']+\.[^\s/?#@<>\"'.]+|localhost(:\d+)?")
_SCHEME = re.compile(r"^[a-z]+://", re.IGNORECASE)
_ENDING = re.compile(r"\.[a-z0-9]{1,8}")
MOST_HOSTS, MOST_PAGES, MOST_ENDINGS = 20, 30, 20


class WebsiteSchema(Schema):
    #: One a line, as people paste them.
    hosts = Str(2000)
    endings = Str(300)
    asks_consent = Flag(load_default=False)
    keeps_days = Whole(1, 730, required=True)
    key_pages = ma.fields.Raw(load_default=list)


@command
def update_website(actor: Viewer, payload: Mapping[str, Any]) -> None:
    """Change the website's settings. Raises ValidationError."""
    require_admin(actor)
    data = load(WebsiteSchema, payload)
    said = {
        "hosts": _hosts(data.get("hosts") or ""),
        "endings": _endings(data.get("endings") or ""),
        "key_pages": _pages(data["key_pages"]),
        "asks_consent": data["asks_consent"],
        "keeps_days": data["keeps_days"],
    }
    website = db.session.get_one(Website, ONLY, with_for_update=True)
    changed = set_fields(website, said)
    if changed:
        record("website.changed", actor.id, data={"changed": changed})


def _hosts(text: str) -> list[str]:
    hosts: list[str] = []
    for word in re.split(r"[\s,،]+", text):
        host = _SCHEME.sub("", word).partition("/")[0].lower()
        if not host:
            continue
        if not _HOST.fullmatch(host) or len(host) > 253:
            said = _("“%(host)s” is no website: write shop.example.com.", host=word[:60])
            raise errors.ValidationError({"hosts": [said]})
        if host not in hosts:
            hosts.append(host)
    if len(hosts) > MOST_HOSTS:
        raise errors.ValidationError({"hosts": [_("At most %(most)s fit here.", most=MOST_HOSTS)]})
    return hosts


def _endings(text: str) -> list[str]:
    found = [f".{word.lower().lstrip('.')}" for word in re.split(r"[\s,،]+", text) if word]
    if len(found) > MOST_ENDINGS or not all(_ENDING.fullmatch(ending) for ending in found):
        said = _("Write endings of files, such as .pdf, with commas between.")
        raise errors.ValidationError({"endings": [said]})
    return list(dict.fromkeys(found))


class KeyPageSchema(Schema):
    path = Str(200)
    name = Str(80)


def _pages(rows: Any) -> list[dict[str, str]]:
    pages: list[dict[str, str]] = []
    for row in rows if isinstance(rows, list) else ():
        try:
            data = load(KeyPageSchema, row)
        except errors.ValidationError as error:
            said = next(iter(error.fields.values()))
            raise errors.ValidationError({"key_pages": said}) from None
        path = data.get("path")
        if not path:
            continue
        if not path.startswith("/") or path == "/":
            example = _("Write a piece of the address, such as /pricing.")
            raise errors.ValidationError({"key_pages": [example]})
        pages.append({"path": path, "name": data.get("name") or path})
    if len(pages) > MOST_PAGES:
        many = _("At most %(most)s fit here.", most=MOST_PAGES)
        raise errors.ValidationError({"key_pages": [many]})
    return pages
