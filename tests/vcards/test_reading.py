"""A contact that a phone hands on is read, whatever wrote it; one's own is read by every other."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from crm.vcards import LENGTHS, MOST_REACH, read_card, write_card

CARDS = Path(__file__).parent / "cards"
FOUND = json.loads((CARDS / "found.json").read_text())
#: A second of CPU is thirty times what the largest of them took.
MOST_SECONDS = 1.0
LARGE = 1_000_000


@pytest.mark.mission(32)
@pytest.mark.parametrize("name", FOUND)
def test_a_card_is_read(name: str) -> None:
    assert read_card((CARDS / f"{name}.vcf").read_bytes()) == FOUND[name]


@pytest.mark.parametrize(
    "hostile",
    [
        b"BEGIN:VCARD\n" * 90_000,
        b"BEGIN:VCARD\nFN:" + b"x" * LARGE,
        b"BEGIN:VCARD\n" + b";" * LARGE,
        b"BEGIN:VCARD\nTEL" + b';"' * (LARGE // 2),
        b"BEGIN:VCARD\nTEL;" + b'"a"' * (LARGE // 3),
        b"BEGIN:VCARD\nADR:" + b"\\;" * (LARGE // 2),
        b"BEGIN:VCARD\nN:" + b";" * LARGE,
        b"BEGIN:VCARD\nFN;QUOTED-PRINTABLE:" + b"=\n" * (LARGE // 2),
        b"BEGIN:VCARD\nFN;QUOTED-PRINTABLE:" + b"=D8" * (LARGE // 3),
        b"BEGIN:VCARD\nFN;CHARSET=rot13;QUOTED-PRINTABLE:=41",
        b"BEGIN:VCARD\nFN;CHARSET=;QUOTED-PRINTABLE:=41",
        b"BEGIN:VCARD\nTEL:1\n" * 60_000,
        b"BEGIN:VCARD" + b"\n " * (LARGE // 2),
        b"BEGIN:VCARD" + b"\r" * LARGE,
        b"MECARD:" + b"N:" * (LARGE // 2),
        b"\xff\xfe" + b"\x00\xd8" * (LARGE // 2),
        bytes(range(256)) * 4000,
        b"",
    ],
    ids=range(18),
)
def test_no_card_takes_long_or_yields_more_than_fits(hostile: bytes) -> None:
    start = time.process_time()
    found = read_card(hostile)
    assert time.process_time() - start < MOST_SECONDS
    assert all(len(found.get(name, "")) <= most for name, most in LENGTHS.items())
    assert all(len(found.get(name, ())) <= MOST_REACH for name in ("phones", "emails"))


@pytest.mark.real_data
def test_the_cards_of_other_programs_are_read(real_data: Path) -> None:
    nameless = []
    for path in sorted((real_data / "vcards").rglob("*.vcf")):
        found = read_card(path.read_bytes())
        assert found.get("phones") or found.get("emails"), path.name
        assert "=" not in found.get("name", ""), path.name
        nameless += [] if found.get("name") else [path.name]
    assert nameless == ["John_Doe_ANDROID.vcf"], "the first card in there has none"


@pytest.mark.mission(32)
def test_ones_own_card_is_read_as_it_was_meant() -> None:
    name = "سارا رضایی; Sara \\ Ahmadi, " + "خیلی بلند " * 10
    written = write_card(name.strip(), "Acme\nLtd", "+989123456789", "sara@example.com")
    assert all(len(line.encode()) <= 75 for line in written.split("\r\n"))
    assert read_card(written.encode()) == {
        "name": name.strip(),
        "company": "Acme Ltd",
        "phones": [{"value": "+989123456789", "label": "mobile"}],
        "emails": [{"value": "sara@example.com", "label": ""}],
    }
