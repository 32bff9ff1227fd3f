"""Why a lead is worth what it is, in a line of words: for its history, and for who is told."""

from __future__ import annotations

from typing import Any

from crm.i18n import _, formatting
from crm.leads.score_book import SIGNALS


def signal_label(signal: str) -> str:
    """Return what a signal is called."""
    return _(SIGNALS[signal]) if signal in SIGNALS else signal


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
