"""What an alert says, in the reader's language: a title and a line, with names or without."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crm.alerts.kinds import AlertKind
from crm.i18n import _, current_locale, formatting, ngettext

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Words:
    title: str
    body: str


def words(alert: Any, *, names: bool = True) -> Words:
    """Return what an alert says to the reader at hand.

    Without `names` nobody and nothing is named: it is what may stand on a lock screen. `alert.data`
    may hold name, company, subject, line (a reason in words), time, years, kinds.
    """
    kind = AlertKind(alert.kind)
    if not names:
        return Words(_HUSHED[kind](alert.data), _("Tap to open."))
    said = _SAID[kind](alert.data)
    if alert.count > 1:
        times = ngettext("%(num)s time", "%(num)s times", alert.count)
        return Words(f"{said.title} · {times}", said.body)
    return said


def _who(data: Data) -> str:
    return " · ".join(part for part in (data.get("name"), data.get("company")) if part) or "?"


def _line(data: Data) -> str:
    return str(data.get("line") or "")


def _hot(data: Data) -> Words:
    title = _("Hot lead: %(who)s", who=_who(data))
    if data.get("passed_on"):
        title = _("Hot lead that nobody has opened: %(who)s", who=_who(data))
    return Words(title, _line(data))


def _won(data: Data) -> Words:
    return Words(_("Deal won: %(who)s", who=_who(data)), _line(data))


def _anniversary(data: Data) -> Words:
    years = int(data.get("years") or 0)
    when = _("Today") if not data.get("day") else str(data["day"])
    title = ngettext(
        "%(when)s is the %(ordinal)s anniversary of %(who)s with us",
        "%(when)s is the %(ordinal)s anniversary of %(who)s with us",
        years,
        when=when,
        ordinal=ordinal(years),
        who=_who(data),
    )
    return Words(title, _("Send a handwritten personal message."))


def ordinal(number: int) -> str:
    """Return 10th or «دهمین»: the rank of a number in the reader's language."""
    if current_locale().language == "fa":
        return _PERSIAN.get(number) or f"{formatting.number(number)}اُمین"
    tens = number % 100 // 10
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if tens != 1 else "th"
    return f"{formatting.number(number)}{ending}"


_PERSIAN = {
    1: "نخستین", 2: "دومین", 3: "سومین", 4: "چهارمین", 5: "پنجمین", 10: "دهمین",
    15: "پانزدهمین", 20: "بیستمین", 25: "بیست‌وپنجمین", 30: "سی‌امین",
}  # fmt: skip


def _titled(title: Callable[[str], str]) -> Callable[[Data], Words]:
    return lambda data: Words(title(_who(data)), _line(data))


def _soon(data: Data) -> Words:
    title = _("Meeting at %(time)s: %(who)s", time=data.get("time") or "", who=_who(data))
    return Words(title, _line(data))


def _promised(data: Data) -> Words:
    subject = str(data.get("subject") or _who(data))
    return Words(subject, _line(data))


def _late(data: Data) -> Words:
    return Words(_("Overdue: %(what)s", what=data.get("subject") or _who(data)), _line(data))


def _digest(data: Data) -> Words:
    counts = {str(kind): int(number) for kind, number in dict(data.get("kinds") or {}).items()}
    total = sum(counts.values())
    title = ngettext("%(num)s thing for today", "%(num)s things for today", total)
    parts = [
        _("%(what)s: %(number)s", what=kind_label(kind), number=formatting.number(number))
        for kind, number in sorted(counts.items(), key=lambda item: -item[1])
    ]
    return Words(title, " · ".join(parts))


def kind_label(kind: str) -> str:
    """Return a kind's name as the settings list it."""
    return {
        AlertKind.HOT_LEAD: _("Hot leads"),
        AlertKind.LEAD_ASSIGNED: _("Leads given to me"),
        AlertKind.LEAD_WAITING: _("Leads that wait too long"),
        AlertKind.MEETING_SOON: _("Meetings in 15 minutes"),
        AlertKind.MEETING_ENDED: _("Meetings to log"),
        AlertKind.PROMISE_DUE: _("Promises due"),
        AlertKind.PROMISE_OVERDUE: _("Promises overdue"),
        AlertKind.DEAL_QUIET: _("Quiet deals"),
        AlertKind.DEAL_WON: _("Deals won"),
        AlertKind.DEAL_STOPPED: _("Big deals that need a call"),
        AlertKind.ANNIVERSARY: _("Customer anniversaries"),
        AlertKind.BIRTHDAY: _("Birthdays"),
        AlertKind.CONTRACT_ENDS: _("Contracts that end"),
        AlertKind.DIGEST: _("The morning's list"),
    }[AlertKind(kind)]


_SAID: dict[AlertKind, Callable[[Data], Words]] = {
    AlertKind.HOT_LEAD: _hot,
    AlertKind.LEAD_ASSIGNED: _titled(lambda who: _("A lead for you: %(who)s", who=who)),
    AlertKind.LEAD_WAITING: _titled(lambda who: _("%(who)s waits for an answer", who=who)),
    AlertKind.MEETING_SOON: _soon,
    AlertKind.MEETING_ENDED: _titled(lambda who: _("How did it go with %(who)s?", who=who)),
    AlertKind.PROMISE_DUE: _promised,
    AlertKind.PROMISE_OVERDUE: _late,
    AlertKind.DEAL_QUIET: _titled(lambda who: _("Quiet: %(who)s", who=who)),
    AlertKind.DEAL_WON: _won,
    AlertKind.DEAL_STOPPED: _titled(lambda who: _("Call %(who)s yourself", who=who)),
    AlertKind.ANNIVERSARY: _anniversary,
    AlertKind.BIRTHDAY: _titled(lambda who: _("%(who)s has a birthday", who=who)),
    AlertKind.CONTRACT_ENDS: _titled(lambda who: _("The contract with %(who)s ends", who=who)),
    AlertKind.DIGEST: _digest,
}
#: For a lock screen that anybody may read.
_HUSHED: dict[AlertKind, Callable[[Data], str]] = {
    AlertKind.HOT_LEAD: lambda _data: _("Hot lead"),
    AlertKind.LEAD_ASSIGNED: lambda _data: _("A lead for you"),
    AlertKind.LEAD_WAITING: lambda _data: _("A lead waits for an answer"),
    AlertKind.MEETING_SOON: lambda data: _("Meeting at %(time)s", time=data.get("time") or ""),
    AlertKind.MEETING_ENDED: lambda _data: _("A meeting to log"),
    AlertKind.PROMISE_DUE: lambda _data: _("Something is due"),
    AlertKind.PROMISE_OVERDUE: lambda _data: _("Something is overdue"),
    AlertKind.DEAL_QUIET: lambda _data: _("A quiet deal"),
    AlertKind.DEAL_WON: lambda _data: _("A deal was won"),
    AlertKind.DEAL_STOPPED: lambda _data: _("A customer needs your call"),
    AlertKind.ANNIVERSARY: lambda _data: _("A customer anniversary"),
    AlertKind.BIRTHDAY: lambda _data: _("A customer’s birthday"),
    AlertKind.CONTRACT_ENDS: lambda _data: _("A contract ends"),
    AlertKind.DIGEST: lambda data: _digest(data).title,
}
