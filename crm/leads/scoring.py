"""How a lead's score comes about: a sum of lines, each with its points, its reason and its date."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from crm.i18n import fold

COLD, WARM, HOT = "cold", "warm", "hot"
LEAST, MOST = 0, 100
DAY = timedelta(days=1)
#: So exactly the moment is found when a lead cools down.
PRECISION = timedelta(hours=1)
#: Where something that counts against a lead fades, its score may rise: look again after this.
LOOK_AGAIN = timedelta(days=7)
FARTHEST = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one signal is worth.

    A signal that a lead gives (`form`, `key_page` …) counts each time, halves every `half_life`
    days, is gone after `expires` days, and all of it together is worth at most `cap` (of points
    against a lead: `-cap` at the least). A signal that a lead has (`role`, `city` …) counts once,
    as long as a field of the lead says so.
    """

    id: str
    signal: str
    points: int
    words: tuple[str, ...] = ()
    half_life: int | None = None
    cap: int | None = None
    expires: int | None = None
    at_least: int | None = None


class Sign(NamedTuple):
    """A signal that a lead gave; `detail` is what was seen, sent or said."""

    signal: str
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One summand; `rule` is None for what is over 100 or under 0."""

    rule: Rule | None
    points: int
    times: int = 0
    at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """The points are the sum of the lines, whatever they are."""

    points: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Bands:
    """From how many points on a lead is warm (marketing-qualified) and hot (sales-qualified)."""

    warm_from: int
    hot_from: int

    def heat(self, points: int) -> str:
        """Return cold, warm or hot."""
        if points >= self.hot_from:
            return HOT
        return WARM if points >= self.warm_from else COLD


#: Signals that a lead has, and the field that says so.
FIT = {"role": "job_title", "size": "employees", "city": "city", "industry": "industry"}


def score(
    rules: Iterable[Rule], signs: Sequence[Sign], facts: Mapping[str, Any], now: datetime
) -> Score:
    """Return the score at `now`, heaviest line first; the order of `signs` does not matter."""
    return _sum(_matches(rules, signs, facts), now)


#: A rule with the signs that it counts; for one about what a lead has: what the lead says.
Match = tuple[Rule, Sequence[Sign], str]


def _matches(
    rules: Iterable[Rule], signs: Sequence[Sign], facts: Mapping[str, Any]
) -> Sequence[Match]:
    found: list[Match] = []
    for rule in rules:
        if rule.signal in FIT:
            said = facts.get(FIT[rule.signal])
            if said not in (None, "") and _fits(rule, said):
                found.append((rule, (), str(said)))
        elif seen := [sign for sign in signs if _counts(rule, sign)]:
            found.append((rule, seen, ""))
    return found


def _counts(rule: Rule, sign: Sign) -> bool:
    return sign.signal == rule.signal and (not rule.words or has_word(sign.detail, rule.words))


def _fits(rule: Rule, said: Any) -> bool:
    if rule.signal == "size":
        return rule.at_least is not None and bool(said >= rule.at_least)
    return has_word(str(said), rule.words)


def has_word(text: str, words: Iterable[str]) -> bool:
    """Whether one of the folded `words` stands in the text, however that is written."""
    folded = fold(text)
    return any(word in folded for word in words)


def _sum(matches: Sequence[Match], now: datetime) -> Score:
    lines = [line for match in matches if (line := _line(*match, now)) and line.points]
    lines.sort(key=lambda line: (-line.points, line.rule.id if line.rule else ""))
    total = sum(line.points for line in lines)
    points = min(max(total, LEAST), MOST)
    if points != total:
        lines.append(Line(None, points - total))
    return Score(points, tuple(lines))


def _line(rule: Rule, signs: Sequence[Sign], said: str, now: datetime) -> Line | None:
    if rule.signal in FIT:
        return Line(rule, rule.points, 1, None, said)
    fresh = [sign for sign in signs if rule.expires is None or now - sign.at <= rule.expires * DAY]
    if not fresh:
        return None
    worth = math.fsum(_faded(rule, now - sign.at) for sign in fresh)
    if rule.cap is not None:
        worth = min(worth, rule.cap) if rule.points > 0 else max(worth, -rule.cap)
    last = max(fresh, key=lambda sign: (sign.at, sign.detail))
    return Line(rule, round(worth), len(fresh), last.at, last.detail)


def _faded(rule: Rule, age: timedelta) -> float:
    if rule.half_life is None:
        return rule.points
    return float(rule.points * 0.5 ** (max(age, timedelta(0)) / (rule.half_life * DAY)))


def next_change(
    rules: Sequence[Rule],
    signs: Sequence[Sign],
    facts: Mapping[str, Any],
    now: datetime,
    bands: Bands,
) -> datetime | None:
    """Return when the heat may be another although nothing happens; None: never.

    Until then nobody needs to look at this lead: that is why no row is written because of its age.
    Where only good signs fade, it is the moment of the fall to the hour; where bad ones fade too it
    is a week ahead at the most.
    """

    matches = _matches(rules, signs, facts)

    def heat(at: datetime) -> str:
        return bands.heat(_sum(matches, at).points)

    here = heat(now)
    fading = [rule for rule, seen, __ in matches if seen and (rule.half_life or rule.expires)]
    if not fading:
        return None
    if any(rule.points < 0 for rule in fading):
        return now + LOOK_AGAIN if heat(now + LOOK_AGAIN) == here else _when(heat, now, LOOK_AGAIN)
    if here == COLD or heat(now + FARTHEST) == here:
        return None
    return _when(heat, now, FARTHEST)


def _when(heat: Any, now: datetime, span: timedelta) -> datetime:
    """Return the first moment at which the heat is another, by halving the span."""
    here, same, other = heat(now), now, now + span
    while other - same > PRECISION:
        middle = same + (other - same) / 2
        if heat(middle) == here:
            same = middle
        else:
            other = middle
    return other
