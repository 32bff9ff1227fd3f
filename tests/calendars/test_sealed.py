"""What others trusted us with is sealed by this installation, and opens nowhere else."""

from __future__ import annotations

import pytest
from flask import Flask

from crm import installation, sealed


def test_what_is_sealed_opens_here_only(app: Flask) -> None:
    kept = sealed.seal("رمز ۱۲۳")
    assert "رمز" not in kept
    assert kept != sealed.seal("رمز ۱۲۳")
    assert sealed.unseal(kept) == "رمز ۱۲۳"
    installation.configure("another installation", "")
    try:
        with pytest.raises(sealed.SealBroken):
            sealed.unseal(kept)
    finally:
        installation.configure(str(app.config["SECRET_KEY"]), "")


def test_what_nobody_sealed_does_not_open(app: Flask) -> None:
    with pytest.raises(sealed.SealBroken):
        sealed.unseal("plain")
