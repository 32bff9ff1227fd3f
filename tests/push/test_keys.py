"""The key that phones subscribe to: made once, kept, and never another's to read."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from crm.push import keys
from tests.house_rules.source import ROOT

MAKE = "import sys, pathlib; from crm.push import keys; keys.configure(pathlib.Path(sys.argv[1]),"
MAKE += " 'mailto:a@b.ir', ''); print(keys.find_keys().public)"


@pytest.fixture(autouse=True)
def _own_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys._Current, "place", None)


def made(folder: Path, subject: str = "", base_url: str = "") -> keys.VapidKeys:
    keys.configure(folder, subject, base_url)
    return keys.find_keys("ada@company.ir")


def test_they_are_made_on_the_first_start_and_stay(tmp_path: Path) -> None:
    first = made(tmp_path)
    assert made(tmp_path) == first
    assert len(base64.urlsafe_b64decode(first.public + "=")) == 65
    assert first.public != made(tmp_path / "another").public


def test_nobody_else_of_this_machine_may_read_them(tmp_path: Path) -> None:
    made(tmp_path)
    assert keys.key_file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["vapid-key"]


def test_of_many_starts_at_once_all_find_the_same(tmp_path: Path) -> None:
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    said = {start.communicate(timeout=60)[0] for start in starts}
    assert said == {made(tmp_path).public + "\n"}
    assert [path.name for path in tmp_path.iterdir()] == ["vapid-key"]


@pytest.mark.parametrize(
    ("setting", "base_url", "subject"),
    [
        ("", "", "mailto:ada@company.ir"),
        ("", "http://crm.company.ir", "mailto:ada@company.ir"),
        ("", "https://localhost:8000", "mailto:ada@company.ir"),
        ("", "https://10.0.0.1", "mailto:ada@company.ir"),
        ("", "https://crm.company.ir", "https://crm.company.ir"),
        ("mailto:it@company.ir", "https://crm.company.ir", "mailto:it@company.ir"),
        ("it@company.ir", "https://crm.company.ir", None),
        ("mailto: it@company.ir", "", None),
        ("mailto:it@localhost", "", None),
        ("mailto:<it@company.ir>", "", None),
        ("https://[::1/", "", None),
    ],
)
def test_whom_a_push_service_may_write_to_is_somebody(
    tmp_path: Path, setting: str, base_url: str, subject: str | None
) -> None:
    assert made(tmp_path, setting, base_url).subject == subject


def test_an_admin_is_asked_for_only_where_no_setting_says_it(tmp_path: Path) -> None:
    asked = {}
    for setting, base_url in (("", ""), ("mailto:a@b.ir", ""), ("", "https://crm.company.ir")):
        keys.configure(tmp_path, setting, base_url)
        asked[setting + base_url] = keys.needs_admin()
    assert asked == {"": True, "mailto:a@b.ir": False, "https://crm.company.ir": False}
