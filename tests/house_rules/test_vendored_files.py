"""What we ship of others' work is what they published: versioned, checked, licensed."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

STATIC = Path(__file__).parents[2] / "static"
VENDOR = STATIC / "vendor"
FONT_LIMIT = 60_000


def listed() -> dict[Path, str]:
    lines = (VENDOR / "CHECKSUMS").read_text().splitlines()
    return {(VENDOR / name).resolve(): digest for digest, name in (line.split() for line in lines)}


def vendored() -> set[Path]:
    return {p.resolve() for p in (*VENDOR.glob("*.js"), *(STATIC / "fonts").glob("*.woff2"))}


def test_every_vendored_file_has_its_line_and_no_line_is_left_over() -> None:
    assert set(listed()) == vendored()


def test_vendored_files_are_unchanged() -> None:
    for path, digest in listed().items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, path.name


def test_vendored_files_carry_their_version() -> None:
    assert [p.name for p in vendored() if not re.search(r"-\d+\.\d+\.\d+", p.name)] == []


def test_licences_stand_beside() -> None:
    for name in ("vendor/htmx-LICENSE", "fonts/Vazirmatn-OFL.txt"):
        assert (STATIC / name).stat().st_size > 0


def test_the_font_is_one_small_file() -> None:
    [font] = (STATIC / "fonts").glob("*.woff2")
    assert font.stat().st_size <= FONT_LIMIT
