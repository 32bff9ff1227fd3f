"""Numbers and phones that no one here wrote: how many are read as their authors meant."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crm.i18n import format_phone, parse_amount, parse_phone, to_ascii_digits

pytestmark = pytest.mark.real_data
Rows = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def rows(real_data: Path) -> Rows:
    def read_rows(name: str) -> list[dict[str, Any]]:
        lines = (real_data / "fa-numbers-phones" / name).read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    return read_rows


def read(text: str, currency: str) -> int | None:
    try:
        return parse_amount(text, currency)
    except ValueError:
        return None


def dialled(text: str, region: str) -> str | None:
    try:
        return parse_phone(text, region)
    except ValueError:
        return None


def test_iranian_phones_are_read_all_21(rows: Rows) -> None:
    right = 0
    for row in rows("phones_ir.jsonl"):
        found = dialled(row["text"], "IR")
        if "valid" in row:
            right += (found is not None) == row["valid"]
        else:
            right += found == "+98" + row["normalized"][-10:]
    assert right == 21


def test_phones_of_eight_countries_are_read_and_shown_all_26(rows: Rows) -> None:
    right = sum(
        dialled(row["national"], row["region"]) == row["e164"]
        and dialled(row["international"], "IR") == row["e164"]
        and format_phone(row["e164"], row["region"]) == row["national"]
        for row in rows("libphonenumber_examples.jsonl")
    )
    assert right == 26


def test_numbers_in_persian_words_are_read_20_of_30(rows: Rows) -> None:
    """The rest are ordinals, «چهارصد 200» and words without a number: refused, not taken as 0."""
    wrong = []
    for row in rows("words_to_number.jsonl"):
        meant = to_ascii_digits(str(row["expected"])).strip('"').replace(",", "")
        found = read(row["text"], "IRR")
        if found != int(meant or 0):
            wrong.append(found)
    assert wrong == [None] * 10


def test_sums_said_formally_are_read_all(rows: Rows) -> None:
    """A quarter of the file: elsewhere it takes «صد تومن» for a hundred thousand, we do not."""
    formal = [row for row in rows("money_words.jsonl") if "formal: true" in (row["options"] or "")]
    wrong = []
    for row in formal:
        to_rial = 'to: "rial"' in row["options"]
        to_toman = 'to: "toman"' in row["options"]
        said_rial = "ریال" in row["text"]
        rials = row["expected"] * (10 if to_toman or not (to_rial or said_rial) else 1)
        if read(row["text"], "IRT") != rials:
            wrong.append(row)
    assert len(formal) >= 15
    assert wrong == []
