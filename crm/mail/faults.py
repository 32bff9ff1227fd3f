"""What goes wrong with e-mail, as a word that is kept, and the sentence that people read."""

from __future__ import annotations

import imaplib
import smtplib
import socket
import ssl
from typing import Any

from crm.i18n import N_, _

#: `%(host)s` is the server, `%(port)s` its port.
FAULTS = {
    "no_server": N_("No mail server is set."),
    "no_address": N_("Hamrah does not know its own address: whoever runs it sets BASE_URL."),
    "unknown_host": N_("No server is called %(host)s: look at its name."),
    "not_public": N_("%(host)s stands in no public network: tick that it is inside yours."),
    "refused": N_("%(host)s takes nothing on port %(port)s: look at the port."),
    "silent": N_("%(host)s did not answer on port %(port)s in time."),
    "certificate": N_("The certificate of %(host)s is not valid for that name."),
    "encryption": N_("%(host)s does not speak this kind of encryption: try the other one."),
    "password": N_("%(host)s did not take the user and the password."),
    "lost_password": N_("The password cannot be read any more: type it again."),
    "sender": N_("%(host)s does not let us send from this address."),
    "broken": N_("%(host)s broke the conversation off."),
    "later": N_("%(host)s wants it later."),
    "never": N_("%(host)s does not take this letter."),
    "nobody": N_("%(host)s knows nobody by this address."),
    "bad_address": N_("This e-mail address cannot be written to."),
    "too_old": N_("It could not be sent for three days."),
    "unsubscribed": N_("Wants no more e-mail."),
    "bounced": N_("E-mail to this address came back."),
    "no_recipient": N_("There is no e-mail address."),
    "gone": N_("The record was put away or deleted."),
    "switched_off": N_("What sends it was switched off."),
    "human": N_("A person calls first: nothing is sent by itself."),
}
#: Trouble with the server itself: no letter is to blame, all wait.
OF_SERVER = {
    *("no_server", "no_address", "unknown_host", "not_public", "refused", "silent"),
    *("certificate", "encryption", "password", "lost_password", "sender", "broken"),
}
#: Nothing will make this letter go.
FINAL = {"never", "nobody", "bad_address"}
DETAIL = 300


class MailFault(Exception):
    """It did not work; `code` is a word of FAULTS, `detail` what the server said."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, clean(detail)


def clean(said: object) -> str:
    """Return a server's words on one line, without what no text may hold."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:DETAIL]


def tell(code: str | None, host: str | None = "", port: int | None = None) -> str:
    """Return the sentence for a word, in the reader's language."""
    if code not in FAULTS:
        return ""
    return _(FAULTS[code]) % {"host": host or _("The mail server"), "port": port or "–"}


def fault_of(error: Exception) -> MailFault:
    """Return what an error on the way to a server, or at its door, means."""
    if isinstance(error, MailFault):
        return error
    for kind, code in _KINDS:
        if isinstance(error, kind):
            return MailFault(code, "" if code in _PLAIN else _words(error))
    return MailFault("broken", _words(error))


def refusal_of(error: Exception) -> MailFault:
    """Return what it means that a server did not take a letter."""
    if isinstance(error, smtplib.SMTPSenderRefused):
        # Too large is said here already.
        is_ours = error.smtp_code >= 500 and error.smtp_code != 552
        words = f"{error.smtp_code} {clean(error.smtp_error)}"
        return MailFault("sender", words) if is_ours else _answered(error.smtp_code, words)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _answered(*next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return MailFault("bad_address", _words(error))
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error.smtp_code, error.smtp_error)
    return fault_of(error)


def _words(error: Exception) -> str:
    said: Any = getattr(error, "smtp_error", None)
    return clean(said if said is not None else error)


#: Our sentence says it all.
_PLAIN = ("unknown_host", "refused", "silent")
_KINDS: tuple[tuple[Any, str], ...] = (
    (ssl.SSLCertVerificationError, "certificate"),
    (ssl.SSLError, "encryption"),
    (smtplib.SMTPAuthenticationError, "password"),
    (smtplib.SMTPNotSupportedError, "encryption"),
    (socket.gaierror, "unknown_host"),
    (UnicodeError, "unknown_host"),
    (ConnectionRefusedError, "refused"),
    (TimeoutError, "silent"),
    (imaplib.IMAP4.error, "broken"),
)


def _answered(code: int, said: object) -> MailFault:
    """Say what a refusal means: 4xx is for now, 5xx for good; 5.1.x that nobody is there."""
    words = clean(said)
    if 400 <= code < 500:
        return MailFault("later", f"{code} {words}")
    return MailFault("nobody" if words.startswith("5.1.") else "never", f"{code} {words}")
