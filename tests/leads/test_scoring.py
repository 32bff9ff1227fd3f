"""A score is the sum of what it lists, wherever its parts came from, and fades by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.leads.scoring import Bands, Line, Rule, Sign, next_change, score

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
BANDS = Bands(40, 70)
FORM = Rule("r1", "form", 30, half_life=14, cap=45, expires=180)
PRICING = Rule("r2", "key_page", 9, half_life=7, cap=27)
NO_ANSWER = Rule("r3", "no_answer", -5, half_life=14, cap=10)
ROLE = Rule("r4", "role", 18, words=("manager", "مدیر"))
SIZE = Rule("r5", "size", 12, at_least=50)
DOWNLOAD = Rule("r6", "download", 12, words=("price",))
RULES = (FORM, PRICING, NO_ANSWER, ROLE, SIZE, DOWNLOAD)


def days(number: float) -> timedelta:
    return timedelta(days=number)


@pytest.mark.mission(33, 37, 41, 42)
def test_every_line_has_its_points_its_reason_and_its_date() -> None:
    signs = [
        Sign("form", NOW, "Contact us"),
        Sign("key_page", NOW - days(7), "/pricing"),
        Sign("key_page", NOW, "/pricing"),
    ]
    found = score(RULES, signs, {"job_title": "مدیر خرید", "employees": 120}, NOW)
    assert found.lines == (
        Line(FORM, 30, 1, NOW, "Contact us"),
        Line(ROLE, 18, 1, None, "مدیر خرید"),
        Line(PRICING, 14, 2, NOW, "/pricing"),  # 9 + 9/2, to the even
        Line(SIZE, 12, 1, None, "120"),
    )
    assert found.points == 74


def test_a_signal_halves_with_its_half_life_and_is_gone_when_it_expires() -> None:
    def points(age: float) -> int:
        return score([FORM], [Sign("form", NOW - days(age))], {}, NOW).points

    assert [points(age) for age in (0, 14, 28, 180, 181)] == [30, 15, 8, 0, 0]
    assert points(-1) == 30, "a clock ahead of ours makes nothing worth more"


def test_much_of_one_thing_is_worth_no_more_than_its_cap() -> None:
    many = [Sign("key_page", NOW)] * 40 + [Sign("no_answer", NOW)] * 40
    assert [line.points for line in score(RULES, many, {}, NOW).lines] == [27, -10]


def test_words_narrow_what_counts() -> None:
    def counts(path: str) -> bool:
        return bool(score([DOWNLOAD], [Sign("download", NOW, path)], {}, NOW).lines)

    assert counts("/files/Price-List.pdf")
    assert not counts("/files/logo.zip")


def test_over_a_hundred_and_under_zero_are_lines_of_their_own() -> None:
    rules = [Rule(f"r{n}", f"s{n}", 60) for n in range(2)]
    much = score(rules, [Sign("s0", NOW), Sign("s1", NOW)], {}, NOW)
    assert (much.points, [line.points for line in much.lines]) == (100, [60, 60, -20])
    less = score(RULES, [Sign("no_answer", NOW)], {}, NOW)
    assert (less.points, [line.points for line in less.lines]) == (0, [-5, 5])


SIGNS = st.lists(
    st.builds(
        Sign,
        st.sampled_from(["form", "key_page", "no_answer", "download", "other"]),
        st.timedeltas(days(0), days(400)).map(lambda age: NOW - age),
        st.sampled_from(["/pricing", "/price.pdf", ""]),
    ),
    max_size=40,
)
FACTS = st.fixed_dictionaries(
    {"job_title": st.sampled_from([None, "", "Manager", "clerk"]),
     "employees": st.sampled_from([None, 3, 50])}
)  # fmt: skip


@given(SIGNS, FACTS, st.randoms())
def test_the_score_is_the_sum_of_its_lines_in_any_order(signs, facts, dice) -> None:  # type: ignore[no-untyped-def]
    found = score(RULES, signs, facts, NOW)
    assert found.points == sum(line.points for line in found.lines)
    assert 0 <= found.points <= 100
    shuffled = [*signs]
    dice.shuffle(shuffled)
    assert score(RULES, shuffled, facts, NOW) == found


@given(SIGNS, FACTS)
def test_nothing_changes_its_heat_before_the_time_that_is_said(signs, facts) -> None:  # type: ignore[no-untyped-def]
    def heat(at: datetime) -> str:
        return BANDS.heat(score(RULES, signs, facts, at).points)

    at = next_change(RULES, signs, facts, NOW, BANDS)
    good = [sign for sign in signs if sign.signal != "no_answer"]
    if at is None:
        assert all(heat(NOW + days(n)) == heat(NOW) for n in (1, 7, 30, 200, 2000))
        return
    assert at > NOW
    if good == signs:  # only what fades: the fall is found to the hour
        assert heat(at) != heat(NOW)
        assert heat(at - timedelta(hours=1, minutes=1)) == heat(NOW) or at - NOW < timedelta(
            hours=1
        )
    else:
        assert at <= NOW + days(7) or heat(at) != heat(NOW)
