"""What came, and what is read out of it: values between the address, the presets and the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crm.hooks.models import Verdict
from crm.i18n import N_
from crm.leads.arrivals import Arrival

UNREADABLE, INVALID, TOO_MANY, WAITS = "unreadable", "invalid", "too_many", "waits_for_fields"
NO_PERSON, DELETED, LETTER, BOUNCED = "no_person", "deleted", "letter", "bounced"
NOT_KNOWN = "not_known"
#: Why a message made no lead; what the first ones say should be looked into.
REASONS = {
    UNREADABLE: N_("Could not be read"),
    INVALID: N_("Not valid"),
    TOO_MANY: N_("More than 50 at a time"),
    WAITS: N_("Its answers have to be fetched from Meta"),
    NO_PERSON: N_("About nobody in particular"),
    DELETED: N_("Only says that somebody was deleted there"),
    LETTER: N_("A letter that was sent to somebody"),
    BOUNCED: N_("An address that takes no mail"),
    NOT_KNOWN: N_("News of somebody who is no open lead here"),
}
REFUSED = (UNREADABLE, INVALID, TOO_MANY, WAITS)
#: Of our own senders, who are answered so. A vendor looks at the status only, and would lose them.
MOST_PEOPLE = 50


@dataclass(frozen=True)
class Message:
    """A request as it came; the names of its headers are in lower case."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    #: From the address, where the sender signs nothing.
    secret: str = ""

    def header(self, name: str) -> str:
        """Return a header, or ""."""
        return self.headers.get(name.lower(), "")


@dataclass(frozen=True)
class Piece:
    """One person of a message, or why there is none."""

    arrival: Arrival | None = None
    reason: str = ""
    #: Names of fields or the sender's own id: never anything personal.
    detail: str = ""
    #: What the signals are about: they count once for it.
    subject: str | None = None

    @property
    def verdict(self) -> Verdict:
        """What the ledger says of it, if all goes well."""
        if self.arrival is not None:
            return Verdict.TAKEN
        return Verdict.REFUSED if self.reason in REFUSED else Verdict.IGNORED
