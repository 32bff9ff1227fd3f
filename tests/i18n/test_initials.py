"""A name in a letter or two."""

from __future__ import annotations

import pytest

from crm.i18n import formatting


@pytest.mark.parametrize(
    ("name", "said"),
    [("Sara Nouri", "SN"), ("sara", "S"), ("سارا نوری", "س"), ("", "?"), ("a b c", "AC")],
)
def test_initials_are_two_latin_letters_or_one_persian(name: str, said: str) -> None:
    assert formatting.initials(name) == said
