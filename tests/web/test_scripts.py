"""Our modules are joined into two files, and still find each other."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from crm.web.scripts import BUNDLES, join

SOURCE = Path(__file__).parents[2] / "static" / "js"
NEEDED = re.compile(r'\bneed\("([^"]+)"\)')
ASKED = re.compile(r'\bimport(?:\(| )"([^"]+)"')


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build") / "js"
    shutil.copytree(SOURCE, folder)
    join(folder)
    return folder


def test_every_module_is_in_one_file_and_every_file_that_is_asked_for_is_there(
    joined: Path,
) -> None:
    defined: list[str] = []
    needed: set[str] = set()
    for path in joined.rglob("*.js"):
        text = path.read_text()
        defined += re.findall(r'^modules\["([^"]+)"\] = ', text, re.MULTILINE)
        needed |= set(NEEDED.findall(text))
        for address in ASKED.findall(text):
            assert (path.parent / address).resolve().is_file() or "vendor" in address, address
    assert len(defined) == len(set(defined))
    assert needed <= set(defined)
    assert {name for bundle in BUNDLES for name in bundle} <= set(defined)


def test_modules_speak_only_in_the_forms_that_are_joined() -> None:
    for path in SOURCE.rglob("*.js"):
        for line in path.read_text().splitlines():
            if re.match(r"(import|export)\b(?!\()", line):
                assert re.fullmatch(
                    r'import \{ [^}]+ \} from "[^"]+";|'
                    r"export (?:async )?(?:function|class|const) \w+.*",
                    line,
                ), f"{path.name}: {line}"
            assert not re.match(r"(const .* = )?await ", line), f"{path.name} waits: {line}"
