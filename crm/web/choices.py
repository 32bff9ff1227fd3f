"""What the settings' selects offer, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from zoneinfo import available_timezones

from crm.i18n import CURRENCIES, _
from crm.users.models import Role

Pairs = list[tuple[str, str]]
_AREAS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def _zones() -> tuple[str, ...]:
    zones = (zone for zone in available_timezones() if zone.partition("/")[0] in _AREAS)
    return (*sorted(zones), "UTC")


def zone_choices(chosen: str | None = None) -> Pairs:
    """Return the time zones by name; one that is in use but rare is there too."""
    zones = _zones() if chosen in (None, *_zones()) else (str(chosen), *_zones())
    return [(zone, zone.replace("_", " ").replace("/", " · ")) for zone in zones]


def currency_choices(codes: Iterable[str]) -> Pairs:
    """Return currencies by their names."""
    return [(code, _(CURRENCIES[code].name)) for code in codes]


def role_choices() -> Pairs:
    """Return the roles."""
    return [(role.value, role_label(role)) for role in Role]


def role_label(role: str) -> str:
    """Return a role's name."""
    return {"rep": _("Rep"), "manager": _("Manager"), "admin": _("Admin")}.get(role, role)


def language_choices() -> Pairs:
    """Return the languages, each in its own."""
    return [("en", "English"), ("fa", "فارسی")]


def calendar_choices() -> Pairs:
    """Return the calendars."""
    return [("jalali", _("Jalali")), ("gregorian", _("Gregorian"))]


def unit_choices() -> Pairs:
    """Return the units of Iran's money."""
    return [("toman", _("Toman")), ("rial", _("Rial"))]


def theme_choices() -> Pairs:
    """Return the themes."""
    return [("auto", _("As the phone")), ("light", _("Light")), ("dark", _("Dark"))]
