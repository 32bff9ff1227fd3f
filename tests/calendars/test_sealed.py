"""What others trusted us with is sealed by this installation, and opens nowhere else."""

from __future__ import annotations

from flask import Flask

from crm import installation, sealed


def test_what_is_sealed_opens_here_only_and_for_its_purpose(app: Flask) -> None:
    kept = sealed.seal("رمز ۱۲۳", "calendars")
    assert "رمز" not in kept
    assert kept != sealed.seal("رمز ۱۲۳", "calendars")
    assert sealed.unseal(kept, "calendars") == "رمز ۱۲۳"
    assert sealed.unseal(kept, "hooks") is None
    address = installation.address()
    installation.configure("another installation", address)
    try:
        assert sealed.unseal(kept, "calendars") is None
    finally:
        installation.configure(str(app.config["SECRET_KEY"]), address)


def test_what_nobody_sealed_does_not_open(app: Flask) -> None:
    assert sealed.unseal("plain", "calendars") is None
