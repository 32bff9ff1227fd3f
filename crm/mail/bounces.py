"""Reads the letters that came back, and believes those about letters that we sent."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any, NamedTuple

from crm.database import command, db, is_id
from crm.mail.faults import MailFault, clean, fault_of
from crm.mail.models import ONLY, MailMessage, MailSettings, Status, Why
from crm.mail.optouts import keep_optout
from crm.mail.outbox import tell_timeline
from crm.mail.servers import imap
from crm.mail.settings import read_settings, server_of
from crm.users.viewer import Viewer

#: So much of a letter is read: what it says of itself stands first.
MOST_BYTES = 256 * 1024
_ID = re.compile(r"<([0-9a-f-]{36})@[^<>\s]{1,253}>")
_REPORT = re.compile(rb"multipart/report|message/delivery-status", re.IGNORECASE)


class Bounce(NamedTuple):
    """What a delivery report says: of which letter, its status (5.1.1), and the server's words."""

    message_id: str
    status: str
    said: str


def read_bounce(raw: bytes) -> Bounce | None:
    """Return what a letter says of one of ours that did not arrive; None where it says nothing."""
    letter: Message = message_from_bytes(raw, policy=default)
    status, said, found = "", "", ""
    for part in letter.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for block in part.get_payload() if part.is_multipart() else ():
                status = status or _text(block, "Status")
                said = said or _text(block, "Diagnostic-Code")
        elif kind in ("message/rfc822", "text/rfc822-headers") and not found:
            found = _ours(part)
    return Bounce(found, status, clean(said)) if found and status else None


def _text(block: Any, name: str) -> str:
    return str(block.get(name) or "").strip() if isinstance(block, Message) else ""


def _ours(part: Message) -> str:
    """Return the id of our letter from its returned head."""
    if part.is_multipart():
        inner = part.get_payload(0)
        head = f"Message-ID: {_text(inner, 'Message-ID')}"
    else:
        content = part.get_payload(decode=True)
        head = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    line = re.search(r"^Message-ID:\s*(\S+)", head, re.IGNORECASE | re.MULTILINE)
    match = _ID.fullmatch(line[1]) if line else None
    return match[1] if match and is_id(match[1]) else ""


@command
def note_bounce(_actor: Viewer, bounce: Bounce) -> bool:
    """Write that a letter came back for good (5.x.x); False where that says nothing new."""
    if not bounce.status.startswith("5."):
        return False
    message = db.session.get(MailMessage, bounce.message_id, with_for_update=True)
    if message is None or message.status != Status.SENT:
        return False
    message.status, message.reason = Status.BOUNCED.value, "bounced"
    message.detail = f"{bounce.status} {bounce.said}".strip()
    # The address that we wrote to, not the one in the report: anybody can write one of those.
    keep_optout(message.to, Why.BOUNCED)
    tell_timeline("mail.bounced", message, said=message.detail)
    return True


@command
def note_mailbox(_actor: Viewer, fault: MailFault | None) -> None:
    """Keep what is wrong with the mailbox, or that nothing is; sending goes on."""
    row = db.session.get_one(MailSettings, ONLY, with_for_update=True)
    row.imap_error, row.imap_error_detail = (fault.code, fault.detail) if fault else (None, None)


def read_bounces(actor: Viewer, most: int = 50, context: ssl.SSLContext | None = None) -> int:
    """Read unread reports in the mailbox and mark them read; nothing is ever deleted, and other
    letters are left unread. Not inside a command; returns how many reports there were."""
    settings = read_settings()
    if not settings.imap_host:
        return 0
    before, fault, reports = settings.imap_error, None, 0
    try:
        box = server_of(settings, "imap")
        db.session.rollback()
        with imap(box, context) as line:
            reports = _read(actor, line, most)
    except (MailFault, OSError, imaplib.IMAP4.error) as error:
        fault = fault_of(error)
    if (fault.code if fault else None) != before:
        note_mailbox(actor, fault)
    # The mailbox is looked into again at once only where more may wait.
    return reports if reports == most else 0


def _read(actor: Viewer, line: imaplib.IMAP4, most: int) -> int:
    line.select("INBOX")
    reports = 0
    for uid in _unread_reports(line, most):
        _said, parts = line.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
        raw = next((part[1] for part in parts if isinstance(part, tuple)), b"")
        bounce = read_bounce(raw)
        if bounce is not None:
            note_bounce(actor, bounce)
        kept, _flags = line.uid("STORE", uid, "+FLAGS", r"(\Seen)")
        if kept != "OK":  # else it would be read again and again
            raise MailFault("broken", "STORE")
        reports += 1
    return reports


def _unread_reports(line: imaplib.IMAP4, most: int) -> Iterator[str]:
    """Return the unread letters that call themselves reports, the newest first."""
    _said, found = line.uid("SEARCH", "UNSEEN")
    uids = (found[0] or b"").decode().split()[::-1]
    reports = 0
    for uid in uids[: most * 4]:
        _said, parts = line.uid("FETCH", uid, "(BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE)])")
        head = next((part[1] for part in parts if isinstance(part, tuple)), b"")
        if _REPORT.search(head) and reports < most:
            reports += 1
            yield uid
