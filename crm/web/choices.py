"""What the settings' selects offer, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from zoneinfo import available_timezones

from crm.i18n import CURRENCIES, N_, _, current_locale
from crm.i18n.names import weekday_names
from crm.users.models import Role

Pairs = list[tuple[str, str]]
_AREAS = {
    "Africa": N_("Africa"),
    "America": N_("America"),
    "Asia": N_("Asia"),
    "Atlantic": N_("Atlantic"),
    "Australia": N_("Australia"),
    "Europe": N_("Europe"),
    "Indian": N_("Indian Ocean"),
    "Pacific": N_("Pacific"),
}


@cache
def _zones() -> dict[str, str]:
    """Return the Persian name of each zone's city, by zone; old second names have none."""
    from babel.dates import get_timezone_location

    zones = sorted(zone for zone in available_timezones() if zone.partition("/")[0] in _AREAS)
    cities = ((zone, get_timezone_location(zone, locale="fa", return_city=True)) for zone in zones)
    return {zone: city for zone, city in cities if not city.isascii()}


def _zone_label(zone: str) -> str:
    area, _slash, place = zone.partition("/")
    if area not in _AREAS:
        return zone
    city = place.replace("_", " ").replace("/", " · ")
    if current_locale().language == "fa":
        city = _zones().get(zone, city)
    return f"{_(_AREAS[area])} · {city}"


def zone_choices(chosen: str | None = None) -> Pairs:
    """Return the time zones in the order of their names; what is in use is there in any case."""
    zones = {*_zones(), "UTC", chosen or "UTC"}
    return sorted(((zone, _zone_label(zone)) for zone in zones), key=lambda pair: pair[1])


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


def week_days() -> Pairs:
    """Return the days of the reader's week with the numbers that are kept of them."""
    first = current_locale().week_start
    names = weekday_names(current_locale())
    return [(str((first + n) % 7), name) for n, name in enumerate(names)]


def clock_time(minutes: int) -> str:
    """Return minutes of a day as 9:00, for a field."""
    return digits_as_written(f"{minutes // 60}:{minutes % 60:02}")


def digits_as_written(text: str) -> str:
    """Return digits as the reader writes them; a field is no number to be grouped."""
    if current_locale().digits == "fa":
        return text.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    return text
