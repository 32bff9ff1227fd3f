"""Makes the letter that goes out: plain text and HTML of the same words, and its headers."""

from __future__ import annotations

import html
import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from crm import clock, installation
from crm.i18n import Locale, _, use_locale
from crm.mail.addresses import mailbox, on_the_wire, one_line
from crm.mail.faults import MailFault
from crm.mail.models import MailMessage, MailSettings
from crm.mail.seals import seal_leaver, seal_message

_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
#: What ends a sentence ends no address.
_AFTER = ".,;:!?)]}'»،؛؟…"
MOST_LINKS = 50
_STYLE = "font-family:Tahoma,Arial,sans-serif;font-size:16px;line-height:1.7;color:#22131f"


def links_in(body: str) -> list[str]:
    """Return the addresses in a letter's text, each once, in their order."""
    found = (match[0].rstrip(_AFTER) for match in _LINK.finditer(body))
    return list(dict.fromkeys(found))[:MOST_LINKS]


def message_id(message: MailMessage, settings: MailSettings) -> str:
    """Return what a letter is called by every server: always the same for one row."""
    domain = on_the_wire(settings.from_address or "").rpartition("@")[2]
    return f"<{message.id}@{domain}>"


def write(
    message: MailMessage, settings: MailSettings, our_name: str, reply_to: str | None
) -> EmailMessage:
    """Return the letter as it goes over the wire. Raises MailFault."""
    base = installation.address()
    if not base:
        raise MailFault("no_address")
    out = f"{base}/unsubscribe/{seal_leaver(message.id, message.to)}"
    letter = EmailMessage(policy=SMTP)
    letter["From"] = mailbox(settings.from_name or our_name, settings.from_address or "")
    letter["To"] = mailbox(message.to_name, message.to)
    if reply_to:
        letter["Reply-To"] = mailbox("", reply_to)
    letter["Subject"] = one_line(message.subject)
    letter["Date"] = format_datetime(clock.now())
    letter["Message-ID"] = message_id(message, settings)
    letter["List-Unsubscribe"] = f"<{out}>"
    letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    letter["Auto-Submitted"] = "auto-generated"
    letter["Content-Language"] = message.language
    with use_locale(Locale(message.language)):
        said = _("No more e-mail from us:")
    letter.set_content(f"{message.body}\n\n-- \n{our_name}\n{said} {out}\n", cte="base64")
    page = _page(message, base, our_name, f"{said} {_anchor(out, out)}")
    letter.add_alternative(page, subtype="html", cte="base64")
    return letter


def _page(message: MailMessage, base: str, our_name: str, farewell: str) -> str:
    seal = seal_message(message.id) if message.is_tracked else ""
    said = "".join(
        f"<p>{_html(part, message, base, seal)}</p>" for part in message.body.split("\n\n")
    )
    picture = f'<img src="{base}/m/{seal}.gif" width="1" height="1" alt="">' if seal else ""
    direction = "rtl" if message.language == "fa" else "ltr"
    return (
        f'<!doctype html><html lang="{message.language}" dir="{direction}"><head>'
        f'<meta charset="utf-8"><title>{html.escape(one_line(message.subject))}</title></head>'
        f'<body><div lang="{message.language}" dir="{direction}" style="{_STYLE}">{said}'
        f'<hr><p style="font-size:13px;color:#706070">{html.escape(our_name)}<br>{farewell}</p>'
        f"</div>{picture}</body></html>"
    )


def _html(part: str, message: MailMessage, base: str, seal: str) -> str:
    """Return a paragraph, escaped; its links lead past us only where their reader agreed."""
    known, made, end = links_in(message.body), [], 0
    for match in _LINK.finditer(part):
        url = match[0].rstrip(_AFTER)
        if url not in known:
            continue
        made.append(html.escape(part[end : match.start()]))
        made.append(_anchor(f"{base}/m/{seal}/{known.index(url)}" if seal else url, url))
        end = match.start() + len(url)
    made.append(html.escape(part[end:]))
    return "".join(made).replace("\n", "<br>")


def _anchor(target: str, shown: str) -> str:
    return f'<a href="{html.escape(target)}" dir="ltr">{html.escape(shown)}</a>'
