"""Puts a lead's score into words: why it is what it is."""

from __future__ import annotations

from dataclasses import dataclass

from crm import clock
from crm.i18n import _, formatting, ngettext
from crm.leads.reasons import signal_label, times
from crm.leads.scoring import FIT, Line


@dataclass(frozen=True)
class Reason:
    """One line of the sum, as templates/macros/score.html takes it."""

    points: int
    text: str
    detail: str = ""
    when: str = ""


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
