"""People as other systems write them, made into what a lead takes: nobody is refused for an odd
phone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import marshmallow as ma

from crm import clock
from crm.i18n import current_locale, parse_phone
from crm.leads.arrivals import ORIGIN
from crm.schema import Labelled
from crm.schema.values import CONTROL

#: As long as each may be: what is longer is cut.
LENGTHS = {
    "name": 200,
    "company": 200,
    "job_title": 100,
    "website": 300,
    "address": 500,
    "city": 100,
    "country": 100,
    "source": 100,
    "interests": 1000,
    "needs": 1000,
    "industry": 100,
    "description": 5000,
}
REACH = ("phones", "emails")
_MOST_REACH = 10
_EMAIL = Labelled("email")
_REGION = re.compile("[A-Z]{2}")


def text(value: Any, most: int = 300) -> str:
    """Return it as one text without control characters, cut; "" for what is no text."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return ""
    return CONTROL.sub("", value[: most * 4]).replace("\r\n", "\n").strip()[:most].strip()


def mapping(value: Any) -> Mapping[str, Any]:
    """Return it if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def listed(value: Any) -> list[Any]:
    """Return a list as it is, one value as a list, nothing as none."""
    if isinstance(value, list):
        return value
    return [] if value in (None, "") else [value]


def moment(value: Any) -> datetime:
    """Return when it was, in UTC: ISO 8601 (with no zone: UTC) or Unix seconds; at the latest now.

    What cannot be read is now.
    """
    now = clock.now()
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            at = datetime.fromtimestamp(value, UTC)
        else:
            at = datetime.fromisoformat(value)
            at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return now
    return min(at, now) if at.year >= 1900 else now


def payload(said: Mapping[str, Any], region: str = "") -> dict[str, Any] | None:
    """Return a lead's fields from what was said of a person; None where it is nobody.

    Takes a lead's names, `first_name`, `last_name`, and `notes`: lines for the description.
    `region` is the country of the address; else the company's own is meant.
    """
    kept: dict[str, Any] = {name: text(said.get(name), most) for name, most in LENGTHS.items()}
    phones, odd_phones = _phones(listed(said.get("phones")), region)
    emails, odd_emails = _emails(listed(said.get("emails")))
    both = f"{text(said.get('first_name'), 99)} {text(said.get('last_name'), 99)}".strip()
    company = kept["company"]
    name = kept["name"] or both or company or (emails + phones + odd_emails + odd_phones + [""])[0]
    if not name:
        return None
    lines = [kept["description"], *(said.get("notes") or ()), *odd_phones, *odd_emails]
    kept["name"] = name[:200]
    kept["description"] = "\n".join(line for line in lines if line)[:5000]
    if phones:
        kept["phones"] = phones
    if emails:
        kept["emails"] = emails
    return {name: value for name, value in kept.items() if value}


def _phones(values: Iterable[Any], region: str) -> tuple[list[str], list[str]]:
    regions = [region] if _REGION.fullmatch(region) else []
    regions.append(current_locale().region)
    good: list[str] = []
    odd: list[str] = []
    for typed in _values(values):
        number = next((n for n in (_number(typed, r) for r in regions) if n), None)
        if number is None or (number not in good and len(good) == _MOST_REACH):
            odd.append(typed)
        elif number not in good:
            good.append(number)
    return good, odd


def _number(typed: str, region: str) -> str | None:
    try:
        return parse_phone(typed, region)
    except ValueError:
        return None


def _emails(values: Iterable[Any]) -> tuple[list[str], list[str]]:
    good: list[str] = []
    odd: list[str] = []
    for typed in _values(values):
        try:
            _EMAIL.deserialize([typed])
        except ma.ValidationError:
            odd.append(typed)
        else:
            (good if len(good) < _MOST_REACH else odd).append(typed)
    return list(dict.fromkeys(good)), odd


def _values(values: Iterable[Any]) -> list[str]:
    """Return the texts of a list of texts or of {"value": …}."""
    found = [text(mapping(one).get("value", one)) for one in list(values)[:30]]
    return [one for one in found if one]


def origin_of(landing: Any, referrer: Any = None) -> dict[str, str]:
    """Return where somebody came from, by the address he landed on."""
    address = text(landing, 2000)
    try:
        asked = dict(parse_qsl(urlsplit(address).query, max_num_fields=50))
    except ValueError:
        asked = {}
    found = {name: text(asked.get(name)) for name in ORIGIN if name.startswith("utm_")}
    found |= {"landing": address, "referrer": text(referrer)}
    return {name: value for name, value in found.items() if value}
