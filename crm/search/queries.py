"""Finds records by any part of what stands on their one folded line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from crm.database import db
from crm.i18n import fold
from crm.search import statements as sql
from crm.users.viewer import Viewer

MOST_WORDS = 6
LONGEST_WORD = 40
_NUMBER = re.compile(r"[\d\s()+\-./]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found, with what a row of a list says about it."""

    record_type: str
    record_id: str
    title: str
    subtitle: str


def search(
    viewer: Viewer, text: str, types: Iterable[str] | None = None, limit: int = 20
) -> list[Hit]:
    """Return what the viewer may see in which every word of `text` occurs.

    Exact names stand first, then names that begin with the text (or phones that end with it),
    then the newest. One letter looks at the beginnings of names only, two at those of words.
    """
    look = _Look(viewer, tuple(types or ()), limit)
    found: dict[str, Hit] = {}
    for rows in look.rounds(_typed(text)):
        for row in rows:
            found.setdefault(row[2], Hit(*row[1:5]))
        if len(found) >= limit:
            break
    return list(islice(found.values(), limit))


def latest(
    viewer: Viewer, types: Iterable[str], before: int | None = None, limit: int = 20
) -> Sequence[Any]:
    """Return the newest records as rows like Hit, with `row_id`: the `before` to go on from."""
    look = _Look(viewer, tuple(types), limit)
    goes_on = before is not None
    return look.run(sql.own_latest(look.shape, goes_on=goes_on), {"before": before})


def _typed(text: str) -> str:
    """Fold what was typed; a number loses its spaces, signs and international prefix."""
    folded = fold(text[:200]).replace('"', " ")
    if _NUMBER.fullmatch(folded):
        digits = re.sub(r"\D", "", folded)
        return digits[2:] if digits.startswith("00") else digits
    return " ".join(word[:LONGEST_WORD] for word in folded.split()[:MOST_WORDS])


class _Look:
    """One search by one viewer."""

    def __init__(self, viewer: Viewer, types: tuple[str, ...], limit: int) -> None:
        self.viewer = viewer
        self.shape = sql.shape_of(viewer, types)
        self.params = sql.params_of(viewer, types, limit)

    def rounds(self, typed: str) -> Iterator[Sequence[Any]]:
        """Yield rows in falling order of fitness; the caller stops when it has enough."""
        if not typed:
            return
        if not self.shape.sqlite:
            db.session.execute(sql.PLAN_EACH)
        yield self._by_title(typed)
        if len(typed) < 2:
            return
        if typed.isdigit() and len(typed) >= sql.TRIGRAM:
            yield self._by_words([f"{typed} "])
        words = typed.split()
        yield self._by_words(words)
        # «نیک پی» finds «نیک‌پی» too: a half-space may have been typed as a space.
        for n in range(len(words) - 1):
            if min(len(words[n]), len(words[n + 1])) < sql.TRIGRAM:
                yield self._by_words([*words[:n], words[n] + words[n + 1], *words[n + 2 :]])

    def run(self, statement: Any, params: dict[str, Any]) -> Sequence[Any]:
        """Return the statement's rows."""
        return db.session.execute(statement, self.params | params).all()

    def _by_title(self, typed: str) -> Sequence[Any]:
        return self.run(sql.by_title(self.shape), sql.title_params(typed))

    def _by_words(self, words: list[str]) -> Sequence[Any]:
        # Shorter than a trigram, a word is looked for at the beginning of words.
        parts = [word if len(word) >= sql.TRIGRAM else f" {word}" for word in words]
        if all(len(part) < sql.TRIGRAM for part in parts):
            return []
        shape = self.shape._replace(words=len(parts))
        return self.run(sql.by_words(shape), sql.word_params(self.viewer, parts))
