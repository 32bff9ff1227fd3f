"""What a phone is told: the form that systems show themselves, whole and small enough."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.push import payloads
from crm.push.payloads import Action, build, cut, topic_of

FAMILY, FLAG, THUMB = "👨‍👩‍👧‍👦", "🇮🇷", "👍🏽"


def message(title: str = "Hot lead", body: str = "Tap to open.", **more: Any) -> dict[str, Any]:
    said = {"language": "en", "navigate": "/leads/1", "tag": "lead-1"} | more
    return dict(json.loads(build(title, body, **said)))


def test_it_has_the_form_that_systems_show_themselves() -> None:
    call = Action("call", "تماس", "/leads/1?call=1")
    assert message(
        "سرنخ داغ", "برای دیدن بزنید", language="fa", badge=3, actions=[call], data={"alert": "7"}
    ) == {
        "web_push": 8030,
        "mutable": True,
        "notification": {
            "title": "سرنخ داغ",
            "body": "برای دیدن بزنید",
            "lang": "fa",
            "dir": "rtl",
            "navigate": "/leads/1",
            "tag": "lead-1",
            "app_badge": 3,
            "actions": [{"action": "call", "title": "تماس", "navigate": "/leads/1?call=1"}],
            "data": {"alert": "7"},
        },
    }


def test_without_badge_and_actions_none_are_named() -> None:
    assert set(message()["notification"]) == {"title", "body", "lang", "dir", "navigate", "tag"}


@pytest.mark.parametrize(
    "title", ["۵ کار برای امروز", "Acme منتظر پاسخ است", "«آکمه» آماده است", "+۹۸۹۱۲", "🔥 داغ"]
)
def test_persian_begins_from_the_right_whatever_it_begins_with(title: str) -> None:
    said = message(title, title, language="fa")["notification"]
    assert said["title"] == said["body"] == "\u200f" + title
    assert message(title)["notification"]["title"] == title


def test_persian_that_begins_with_a_letter_is_left_as_it_is() -> None:
    assert message("سرنخ داغ", language="fa")["notification"]["title"] == "سرنخ داغ"


def test_what_turns_a_line_round_or_breaks_it_is_left_out() -> None:
    said = message("Sara\u202e gnp.exe\x00\nnext", "a\ud800b")["notification"]
    assert (said["title"], said["body"]) == ("Sara gnp.exe next", "a b")


@pytest.mark.parametrize("piece", ["a", '"', "\\", "سلام ", FAMILY, FLAG, THUMB, "é", "ه\u200cها "])
def test_a_long_text_is_cut_between_what_a_reader_sees_as_characters(piece: str) -> None:
    for more in range(8):
        data = build(
            piece * 400, "x" * more + piece * 3000, language="en", navigate="/", tag="t" * more
        )
        assert len(data) <= payloads.MOST_BYTES
        for text in (json.loads(data)["notification"][name] for name in ("title", "body")):
            assert text.endswith("…")
            kept = text.removesuffix("…").lstrip("x")
            assert (piece * 3000).startswith(kept)
            rest = kept[len(kept) // len(piece) * len(piece) :]
            assert rest.rstrip() in ("", "سلام"[: len(rest)], "ه\u200cها"[: len(rest)])


def test_a_text_that_fits_is_left_alone() -> None:
    assert cut("سلام", 8) == "سلام"
    assert cut("سلام", 7) == "سل…"
    assert cut(FAMILY, 20) == ""


@given(st.text(), st.text(), st.sampled_from(["en", "fa"]), st.integers(0, 1500))
def test_whatever_was_typed_the_message_is_whole_and_small(
    title: str, body: str, language: str, times: int
) -> None:
    data = build(title * 20, body * times, language=language, navigate="/", tag="t")
    assert len(data) <= 2500
    said = json.loads(data)["notification"]
    for text in (said["title"], said["body"]):
        assert not re.search("[\x00-\x1f\u202a-\u202e]", text)
        if language == "fa" and text:
            assert unicodedata.bidirectional(text[0]) in ("R", "AL")


def test_what_cannot_fit_at_all_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="too many"):
        message(tag="t" * 3000)


def test_a_topic_tells_a_push_service_nothing() -> None:
    one = topic_of("lead", "019b0000-0000-7000-8000-000000000001")
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", one)
    assert one == topic_of("lead", "019b0000-0000-7000-8000-000000000001")
    assert one != topic_of("deal", "019b0000-0000-7000-8000-000000000001")
    assert topic_of("a", "bc") != topic_of("ab", "c")
