"""Which accounts and contacts a lead may be already: the same person, or the same firm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from crm.accounts.models import Account, Contact
from crm.database import db
from crm.i18n import fold, to_ascii_digits
from crm.i18n.phones import phone_digits
from crm.leads.models import Lead
from crm.search.queries import search
from crm.users.ownership import visible
from crm.users.viewer import Viewer

#: Whoever has an address here has it as a person: it says nothing of a firm.
FREE_MAILERS = frozenset((
    "gmail.com", "googlemail.com", "yahoo.com", "ymail.com", "rocketmail.com", "hotmail.com",
    "outlook.com", "live.com", "msn.com", "icloud.com", "me.com", "mac.com", "aol.com", "proton.me",
    "protonmail.com", "pm.me", "mail.com", "gmx.com", "gmx.de", "gmx.net", "web.de", "zoho.com",
    "fastmail.com", "yandex.com", "yandex.ru", "mail.ru", "chmail.ir", "mailfa.com",
    "mihanmail.ir", "vatanmail.ir", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "hotmail.co.uk",
    "hotmail.fr", "hotmail.de", "outlook.fr", "outlook.de",
))  # fmt: skip
MOST = 4
_HOST = re.compile(r"(?:https?://)?(?:www\.)?([^/?#:\s]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Match:
    """A record that the viewer may see, and why it is offered: name, phone, email, website,
    domain or person (of an account: the person is known there)."""

    kind: str
    record_id: str
    name: str
    sub: str
    why: str
    account_id: str | None = None


@dataclass
class Matches:
    """The nearest first: the firms, the person himself, and others at the same firm."""

    accounts: list[Match] = field(default_factory=list)
    persons: list[Match] = field(default_factory=list)
    colleagues: list[Match] = field(default_factory=list)


def find_matches(viewer: Viewer, lead: Lead) -> Matches:
    """Return what the lead may be, of what the viewer may see; nothing archived."""
    mine = _Marks(lead)
    hits = [
        hit for term in mine.terms() for hit in search(viewer, term, ("account", "contact"), MOST)
    ]
    found = Matches()
    for contact in _rows(viewer, Contact, [h.record_id for h in hits]):
        if why := mine.shared_by(contact):
            line = Match(
                "contact",
                contact.id,
                contact.name,
                contact.job_title or "",
                why,
                contact.account_id,
            )
            (found.colleagues if why == "domain" else found.persons).append(line)
    accounts = {
        account.id: (account, why)
        for account in _rows(viewer, Account, [h.record_id for h in hits])
        if (why := mine.shared_by(account))
    }
    accounts |= {one.id: (one, "website") for one in _with_site(viewer, mine.domains)}
    at = {one.account_id: "domain" for one in found.colleagues}
    at |= {one.account_id: "person" for one in found.persons}
    accounts |= {one.id: (one, at[one.id]) for one in _rows(viewer, Account, at)}
    named = {one.id: (one, "name") for one in _named(viewer, lead.company)}
    found.accounts = [
        Match("account", one.id, one.name, one.city or one.industry or "", why)
        for one, why in (named | {k: v for k, v in accounts.items() if k not in named}).values()
    ][:MOST]
    found.persons, found.colleagues = found.persons[:MOST], found.colleagues[:MOST]
    return found


class _Marks:
    """By what a lead is known: numbers, addresses, and the firm's own domains."""

    def __init__(self, lead: Lead) -> None:
        self.phones = {entry["value"] for entry in lead.phones or ()}
        self.emails = {entry["value"].casefold() for entry in lead.emails or ()}
        hosts = {email.rpartition("@")[2] for email in self.emails} | {_host(lead.website)}
        self.domains = sorted(hosts - FREE_MAILERS - {""})

    def terms(self) -> list[str]:
        """What search is asked for; few, because each is a query."""
        numbers = [phone_digits(phone).split()[0] for phone in sorted(self.phones)[:2]]
        return [*numbers, *sorted(self.emails)[:2], *self.domains[:2]]

    def shared_by(self, record_: Any) -> str:
        """Return what a record has in common with the lead: search finds parts of words too."""
        emails = {entry["value"].casefold() for entry in record_.emails or ()}
        if self.phones & {entry["value"] for entry in record_.phones or ()}:
            return "phone"
        if self.emails & emails:
            return "email"
        return "domain" if {e.rpartition("@")[2] for e in emails} & set(self.domains) else ""


def _host(website: str | None) -> str:
    found = _HOST.match((website or "").strip())
    return found[1].casefold() if found and "." in found[1] else ""


def _rows(viewer: Viewer, model: Any, ids: Iterable[str | None]) -> Sequence[Any]:
    wanted = list(dict.fromkeys(i for i in ids if i))
    if not wanted:
        return []
    rows = db.session.scalars(visible(viewer, model).where(model.id.in_(wanted))).all()
    return sorted(rows, key=lambda row: wanted.index(row.id))


def _named(viewer: Viewer, company: str | None) -> Sequence[Account]:
    folded = fold(to_ascii_digits(company or ""))
    if not folded:
        return []
    wanted = visible(viewer, Account).where(Account.name_folded == folded)
    return db.session.scalars(wanted.order_by(Account.id).limit(MOST)).all()


def _with_site(viewer: Viewer, domains: Sequence[str]) -> Sequence[Account]:
    """Whole addresses as people type them: an index finds these, and no part of one."""
    typed = [
        f"{scheme}{www}{domain}{end}"
        for domain in domains
        for scheme in ("", "https://", "http://")
        for www in ("", "www.")
        for end in ("", "/")
    ]
    if not typed:
        return []
    wanted = select(Account.id).where(Account.website.in_(typed))
    return db.session.scalars(
        visible(viewer, Account).where(Account.id.in_(wanted)).limit(MOST)
    ).all()
