"""What becomes of one row, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crm.i18n import N_, gettext
from crm.imports.drafts import Message


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    SKIPPED = "skipped"
    FAILED = "failed"


#: How a list says it.
OUTCOME_NAMES = {
    Outcome.CREATED: N_("Added"),
    Outcome.UPDATED: N_("Changed"),
    Outcome.SKIPPED: N_("Left as it is"),
    Outcome.FAILED: N_("Not brought in"),
}
#: The same before it has happened.
OUTCOME_PLANS = {
    Outcome.CREATED: N_("Will be added"),
    Outcome.UPDATED: N_("Will be changed"),
    Outcome.SKIPPED: N_("Stays as it is"),
    Outcome.FAILED: N_("Will not come in"),
}


@dataclass
class Verdict:
    """What becomes of a row. `adds` are records it needs beside its own, as (kind, name)."""

    line: int
    outcome: Outcome = Outcome.FAILED
    label: str = ""
    record_id: str | None = None
    messages: list[Message] = field(default_factory=list)
    adds: list[tuple[str, str]] = field(default_factory=list)
    #: {field: [before, after]} of an update.
    changes: dict[str, list[Any]] = field(default_factory=dict)
    #: Facts worth a total of their own, such as a deal without an account.
    tallies: list[str] = field(default_factory=list)
    #: Does the update, inside the command that writes the batch.
    update: Callable[[], None] | None = None
    digest: str = ""

    def fail(self, text: str, label: str = "") -> Verdict:
        """Say why the row is not brought in."""
        self.outcome = Outcome.FAILED
        self.messages.append(Message(text, label))
        self.update = None
        return self

    def skip(self, text: str) -> Verdict:
        """Say why the row changes nothing."""
        self.outcome = Outcome.SKIPPED
        self.messages.append(Message(text))
        return self

    @property
    def is_problem(self) -> bool:
        """Whether somebody should look at the row: it failed, or not all of it was understood."""
        return self.outcome == Outcome.FAILED or (
            bool(self.messages) and self.outcome != Outcome.SKIPPED
        )

    def as_json(self) -> dict[str, Any]:
        """Return what a report keeps of it."""
        kept: dict[str, Any] = {
            "line": self.line,
            "verdict": str(self.outcome),
            "label": self.label,
            "messages": [
                {"field": gettext(m.field) if m.field else "", "text": m.text}
                for m in self.messages
            ],
        }
        if self.adds:
            kept["adds"] = [list(added) for added in self.adds]
        if self.changes:
            kept["changes"] = self.changes
        if self.is_problem:
            kept["problem"] = True
        return kept


def count(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """Return how many rows there were of each outcome, and what else was added."""
    counts: dict[str, int] = {}

    def one(name: str) -> None:
        counts[name] = counts.get(name, 0) + 1

    for verdict in verdicts:
        one("rows")
        one(verdict.outcome)
        if verdict.is_problem and verdict.outcome != Outcome.FAILED:
            one("warned")
        for tally in verdict.tallies:
            one(tally)
        if verdict.outcome in (Outcome.CREATED, Outcome.UPDATED):
            for kind, _name in verdict.adds:
                one(f"added_{kind}")
    return counts


def add_counts(total: dict[str, int], more: dict[str, int]) -> dict[str, int]:
    """Return the sums."""
    return {name: total.get(name, 0) + more.get(name, 0) for name in {**total, **more}}
