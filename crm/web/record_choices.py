"""What the forms of accounts, contacts and leads offer to choose from."""

from __future__ import annotations

from crm.i18n import _


def label_choices() -> list[tuple[str, str]]:
    """Return what a phone or e-mail address may be for."""
    return [
        ("", "—"),
        ("mobile", _("Mobile")),
        ("work", _("Work")),
        ("home", _("Home")),
        ("other", _("Other")),
    ]


def label_of(label: str) -> str:
    """Return a phone's or address's label in the reader's words; an imported one as it is."""
    return dict(label_choices()[1:]).get(label.lower(), label)


def language_choices() -> list[tuple[str, str]]:
    """Return the languages a customer may speak with us."""
    return [
        ("", "—"),
        ("fa", _("Persian")),
        ("en", _("English")),
        ("ar", _("Arabic")),
        ("tr", _("Turkish")),
        ("ru", _("Russian")),
        ("de", _("German")),
        ("fr", _("French")),
        ("zh", _("Chinese")),
    ]


def language_label(code: str | None) -> str:
    """Return a language's name; an imported one as it is."""
    return dict(language_choices()[1:]).get(code or "", code or "")


def source_choices() -> list[str]:
    """Return sources to suggest; any other may be typed."""
    return [
        _("Website"),
        _("Referral"),
        _("Event"),
        _("Phone call"),
        _("Social network"),
        _("Advertisement"),
    ]
