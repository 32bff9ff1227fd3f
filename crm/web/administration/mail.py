"""E-mail out: the servers, whether they answer, and what became of the last letters."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from crm import errors, installation
from crm.i18n import _
from crm.mail.faults import MailFault, tell
from crm.mail.models import Status
from crm.mail.outbox import counts, last_messages
from crm.mail.sending import try_out
from crm.mail.settings import get_settings, update_settings
from crm.users.queries import get_profile
from crm.web.rendering import go, render, viewer
from crm.web.security import needs_role

blueprint = Blueprint("mail", __name__, url_prefix="/mail")
_HERE = "/administration/mail"
#: What the form shows again; passwords are never shown.
_SHOWN = (
    *("smtp_host", "smtp_port", "smtp_tls", "smtp_user"),
    *("imap_host", "imap_port", "imap_tls", "imap_user"),
    *("is_inside", "from_name", "from_address", "reply_to", "rate_per_minute"),
)
_TYPED = (*_SHOWN, "smtp_password", "imap_password")


def _page(values: Any = None, status: int = 200, said: Any = None, tried: Any = None) -> Response:
    settings = get_settings(viewer())
    found = values or {name: getattr(settings, name) for name in _SHOWN}
    trouble = tell(settings.last_error, settings.smtp_host, settings.smtp_port)
    lost = tell(settings.imap_error, settings.imap_host, settings.imap_port)
    return render(
        "administration/mail/show.html",
        status=status,
        values=found,
        errors=said or {},
        settings=settings,
        trouble=trouble,
        mailbox_trouble=lost,
        has_address=bool(installation.address()),
        tls=_tls(),
        tried=tried or {"to": get_profile(viewer()).email or ""},
        counts=counts(viewer()),
    )


def _tls() -> list[tuple[str, str]]:
    return [
        ("starttls", "STARTTLS"),
        ("tls", "TLS"),
        ("none", _("None")),
    ]


@blueprint.get("")
@needs_role("admin")
def show() -> Any:
    """The settings as they stand."""
    return _page()


@blueprint.post("")
@needs_role("admin")
def update() -> Any:
    """Change them."""
    typed = {name: request.form[name] for name in _TYPED if name in request.form}
    try:
        update_settings(viewer(), typed)
    except errors.ValidationError as error:
        shown = {name: value for name, value in typed.items() if name in _SHOWN}
        return _page(shown, 422, error.fields)
    return go(_HERE, _("Saved"))


@blueprint.post("/test")
@needs_role("admin")
def test() -> Any:
    """Send a letter now, and say in plain words what came of it."""
    to = request.form.get("to", "").strip()
    subject = _("A test from Hamrah")
    body = _("If you can read this, Hamrah can send e-mail.")
    try:
        try_out(viewer(), to, subject, body)
    except MailFault as fault:
        settings = get_settings(viewer())
        said = tell(fault.code, settings.smtp_host, settings.smtp_port)
        return _page(status=422, tried={"to": to, "said": said, "detail": fault.detail})
    return go(_HERE, _("Sent to %(to)s: look whether it arrived.", to=to))


STATUS_TONES = {"sent": "good", "failed": "late", "bounced": "late", "stopped": "heat"}


def status_names() -> dict[str, str]:
    """Return what can become of a letter, in words."""
    return {
        Status.WAITING: _("Waiting"),
        Status.CLAIMED: _("Being sent"),
        Status.SENT: _("Sent"),
        Status.FAILED: _("Not sent"),
        Status.STOPPED: _("Held back"),
        Status.BOUNCED: _("Came back"),
    }


@blueprint.get("/outbox")
@needs_role("admin")
def outbox() -> Any:
    """The last letters, and what became of each."""
    host = get_settings(viewer()).smtp_host
    return render(
        "administration/mail/outbox.html",
        messages=last_messages(viewer()),
        names=status_names(),
        tones=STATUS_TONES,
        tell=lambda code: tell(code, host),
    )
