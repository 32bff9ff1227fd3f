"""The invented words of the sample company, in each language as its own speakers write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Pair = tuple[str, str]


@dataclass(frozen=True)
class City:
    """A city, and the beginning of its numbers: those that are kept for films or are not given to
    anybody, so that a call from the sample reaches no stranger. Three digits follow."""

    name: str
    country: str
    office: str
    mobile: str


@dataclass(frozen=True)
class Words:
    """What one language has to say. A pair is the written word and its form in an address."""

    language: str
    #: First names with the surnames that go with them, and how often this circle is met.
    circles: Sequence[tuple[int, Sequence[Pair], Sequence[Pair]]]
    #: What a firm does: its name with a gap for the proper noun, the industry, the address word.
    trades: Sequence[tuple[str, str, str]]
    firms: Sequence[Pair]
    cities: Sequence[City]
    streets: Sequence[str]
    jobs: Sequence[str]
    sources: Sequence[str]
    tags: Sequence[str]
    teams: tuple[str, str]
    #: Name, family, and the price of one in euros.
    products: Sequence[tuple[str, str, int]]
    seats: str
    interests: Sequence[str]
    needs: Sequence[str]
    about: Sequence[str]
    #: What was said, by outcome; "" where nothing came of it yet.
    notes: Mapping[str, Sequence[str]]
    #: What is promised, by kind of activity.
    promises: Mapping[str, Sequence[str]]
    meetings: Sequence[str]
    labels: tuple[str, str]


def words_of(language: str) -> Words:
    """Return the words of a language, Persian or English."""
    if language == "fa":
        from crm.sample.words.persian import PERSIAN

        return PERSIAN
    from crm.sample.words.english import ENGLISH

    return ENGLISH
