"""Puts a lead's score into words: why it is what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crm import clock
from crm.i18n import _, formatting, ngettext
from crm.leads.score_book import SIGNALS
from crm.leads.scoring import FIT, Line


@dataclass(frozen=True)
class Reason:
    """One line of the sum, as templates/macros/score.html takes it."""

    points: int
    text: str
    detail: str = ""
    when: str = ""


def signal_label(signal: str) -> str:
    """Return what a signal is called."""
    return _(SIGNALS[signal]) if signal in SIGNALS else signal


def reasons_of(lines: tuple[Line, ...]) -> list[Reason]:
    """Return the lines of a score in words; their points add up to it."""
    return [_reason(line) for line in lines]


def _reason(line: Line) -> Reason:
    if line.rule is None:
        over = _("More than 100 counts as 100") if line.points < 0 else _("Less than 0 counts as 0")
        return Reason(line.points, over)
    label = signal_label(line.rule.signal)
    if line.rule.signal == "size":
        said = ngettext("%(num)s employee", "%(num)s employees", int(line.detail))
        return Reason(line.points, said, label)
    if line.rule.signal in FIT:
        return Reason(line.points, line.detail, label)
    when = formatting.timeline_time(line.at, clock.now()) if line.at else ""
    return Reason(line.points, times(label, line.times), line.detail, when)


def times(label: str, number: int) -> str:
    """Return what was done, and how often."""
    if number == 1:
        return label
    return _("%(what)s, %(times)s times", what=label, times=formatting.number(number))


def told(data: dict[str, Any]) -> str:
    """Return the reasons that a timeline entry names: «+30 Asked for a quote · …»."""
    parts = (
        f"{'+' if one['points'] >= 0 else '−'}{formatting.number(abs(one['points']))} "
        + times(signal_label(one["signal"]), one["times"])
        for one in data.get("reasons", ())
    )
    return " · ".join(parts)
