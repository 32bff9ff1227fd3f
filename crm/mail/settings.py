"""By which server letters go out: an admin says it, passwords are sealed and never shown again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from crm import clock, errors
from crm.database import command, db
from crm.i18n import _
from crm.mail.addresses import is_address
from crm.mail.faults import MailFault
from crm.mail.models import ONLY, MailSettings
from crm.mail.seals import open_password, seal_password
from crm.mail.servers import Server
from crm.schema import Flag, OneOf, Schema, Str, Whole, load
from crm.timeline.record import record
from crm.users.viewer import Viewer, require_admin

TLS = ("starttls", "tls", "none")
SERVERS = ("smtp", "imap")
_HOST = re.compile(r"[^\s/?#@<>\"'\\]{1,253}")


class MailSettingsSchema(Schema):
    smtp_host = Str(253)
    smtp_port = Whole(1, 65535, load_default=587)
    smtp_tls = OneOf(TLS, load_default="starttls")
    smtp_user = Str(254)
    smtp_password = Str(500)
    imap_host = Str(253)
    imap_port = Whole(1, 65535, load_default=993)
    imap_tls = OneOf(TLS, load_default="tls")
    imap_user = Str(254)
    imap_password = Str(500)
    is_inside = Flag(load_default=False)
    from_name = Str(100)
    from_address = Str(254)
    reply_to = Str(254)
    rate_per_minute = Whole(1, 1000, required=True)

    @ma.validates_schema(skip_on_field_errors=True)
    def _judge(self, data: dict[str, Any], **_kwargs: Any) -> None:
        said: dict[str, list[str]] = {}
        for name in SERVERS:
            host = data.get(f"{name}_host")
            if host and not _HOST.fullmatch(host):
                said[f"{name}_host"] = [_("Write the server’s name alone: mail.example.com.")]
            if host and data[f"{name}_tls"] == "none" and not data["is_inside"]:
                said[f"{name}_tls"] = [_("Without encryption only inside your own network.")]
        for name in ("from_address", "reply_to"):
            if data.get(name) and not is_address(data[name]):
                said[name] = [_("An e-mail address looks like name@firm.com.")]
        if data.get("smtp_host") and not data.get("from_address"):
            said["from_address"] = [_("This is needed.")]
        if data.get("imap_host") and not data.get("imap_user"):
            said["imap_user"] = [_("This is needed.")]
        if said:
            raise ma.ValidationError(said)


def get_settings(viewer: Viewer) -> MailSettings:
    """Return the settings; admins alone."""
    require_admin(viewer)
    return read_settings()


def read_settings() -> MailSettings:
    """Return the settings, for work that nobody in particular asked for."""
    return db.session.get_one(MailSettings, ONLY)


@command
def update_settings(actor: Viewer, payload: Mapping[str, Any]) -> None:
    """Change them. An empty password keeps the old one. Raises ValidationError."""
    require_admin(actor)
    data = load(MailSettingsSchema, payload)
    row = db.session.get_one(MailSettings, ONLY, with_for_update=True)
    for name in SERVERS:
        _seal(row, data, name)
    changed = [name for name, value in data.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, data[name])
    row.last_error = row.last_error_detail = row.last_error_at = row.last_ok_at = None
    row.imap_error = row.imap_error_detail = None
    if changed:
        record("mail.settings_changed", actor.id, data={"changed": sorted(changed)})


def _seal(row: MailSettings, data: dict[str, Any], name: str) -> None:
    """Seal a new password, or keep the old one for the server that it was typed for."""
    typed, kept = data.get(f"{name}_password"), getattr(row, f"{name}_password")
    if not data.get(f"{name}_user"):
        data[f"{name}_password"] = None
    elif typed:
        data[f"{name}_password"] = seal_password(typed)
    elif kept and _is_elsewhere(row, data, name):
        # Else whoever is at an admin's screen for a minute has it sent to a server of his own.
        said = _("Type the password again: it goes another way now.")
        raise errors.ValidationError({f"{name}_password": [said]})
    else:
        data[f"{name}_password"] = kept


def _is_elsewhere(row: MailSettings, data: dict[str, Any], name: str) -> bool:
    host, tls = f"{name}_host", f"{name}_tls"
    to_plain = data[tls] == "none" and getattr(row, tls) != "none"
    return bool(data.get(host) != getattr(row, host) or to_plain)


def server_of(row: MailSettings, name: str) -> Server:
    """Return the server for sending (smtp) or for bounces (imap). Raises MailFault."""
    host, sealed = getattr(row, f"{name}_host"), getattr(row, f"{name}_password")
    if not host:
        raise MailFault("no_server")
    password = open_password(sealed)
    if sealed and password is None:
        raise MailFault("lost_password")
    port, tls = getattr(row, f"{name}_port"), getattr(row, f"{name}_tls")
    user = getattr(row, f"{name}_user")
    return Server(host, port, tls, user, password, row.is_inside)


def note_trouble(fault: MailFault | None) -> None:
    """Keep what is wrong with the server, or that nothing is; inside a command."""
    row = db.session.get_one(MailSettings, ONLY, with_for_update=True)
    if fault is None:
        row.last_error = row.last_error_detail = row.last_error_at = None
        row.last_ok_at = clock.now()
    else:
        row.last_error, row.last_error_detail = fault.code, fault.detail
        row.last_error_at = clock.now()
