"""What the documents name is there."""

from __future__ import annotations

import re

import pytest

from tests.house_rules.source import ROOT

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)")
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|toml|html|js|css))`")


def paths(text: str) -> set[str]:
    """Return the paths that a document names, without patterns such as `docs/<name>`."""
    return set(LINK.findall(text)) | set(PATH.findall(text))


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"])
def test_every_path_a_document_names_exists(document: str) -> None:
    named = paths((ROOT / document).read_text())
    assert named
    assert not {path for path in named if not (ROOT / path).exists()}


def test_the_rule_sees_a_path_in_code_and_in_a_link() -> None:
    assert paths("`crm/none.py` and [docs](docs/none.md), `app.py`") == {
        "crm/none.py",
        "docs/none.md",
        "app.py",
    }
