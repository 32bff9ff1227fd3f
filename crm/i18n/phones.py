"""Phone numbers: stored as E.164, shown as the reader dials them, found by any of their digits."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from crm.i18n.catalogue import gettext as _
from crm.i18n.catalogue import ngettext
from crm.i18n.fold import fold, to_persian_digits
from crm.i18n.locale import current_locale

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_LONGEST: Final = 60
_LRI, _PDI = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_EXTENSION: Final = re.compile(
    r"\s*(?:;ext=|داخلی|داخل|extension|ext\.?|int\.?|x|#)\s*:?\s*(\d{1,7})$"
)
_WRITTEN: Final = re.compile(r"\+?[\d\s().\-/]+")
# «0912… / 0935…»
_TWO_NUMBERS: Final = re.compile(r"\d\s*/\s*(?:0|\+)")
_IR_MOBILE_DIGITS: Final = 11
_IR_AREA_CODE: Final = "021"
_IR_LOCAL_SHORTEST, _IR_LOCAL_LONGEST = 4, 8


def parse_phone(text: str, region: str) -> str:
    """Return the number as E.164, an extension kept as `;ext=12`.

    Digits of any script, spaces, 00 and missing 0 are understood; `region` is the country whose
    people dial without a country code. ValueError carries the sentence for the reader.
    """
    from phonenumbers import PhoneNumberFormat, format_number

    typed, extension = _split(text)
    parsed = _understand(typed, region)
    if parsed is None:
        raise ValueError(_complaint(typed, region))
    e164: str = format_number(parsed, PhoneNumberFormat.E164)
    return f"{e164};ext={extension}" if extension else e164


def format_phone(e164: str, region: str) -> str:
    """Return the number as people of the region write it, in the reader's digits.

    In right-to-left text it is wrapped in isolating characters: its groups would swap places.
    """
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, parse

    number, _sep, extension = e164.partition(";ext=")
    try:
        parsed = parse(number, None)
    except NumberParseException:
        shown = number
    else:
        own = parsed.country_code == _country_code(region)
        style = PhoneNumberFormat.NATIONAL if own else PhoneNumberFormat.INTERNATIONAL
        shown = format_number(parsed, style)
    if extension:
        shown = _("%(phone)s ext. %(extension)s", phone=shown, extension=extension)
    shown = _digits(shown)
    return f"{_LRI}{shown}{_PDI}" if current_locale().direction == "rtl" else shown


def phone_digits(e164: str) -> str:
    """Return what search looks through: the digits as dialled from abroad and from home.

    "+989123456789" gives "989123456789 09123456789", so any run of either is found.
    """
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, parse

    number, _sep, extension = e164.partition(";ext=")
    written = [number]
    with suppress(NumberParseException):
        written.append(format_number(parse(number, None), PhoneNumberFormat.NATIONAL))
    return " ".join(re.sub(r"\D", "", one) for one in [*written, extension] if one)


def _split(text: str) -> tuple[str, str]:
    typed = fold(text[: _LONGEST * 2]).removeprefix("tel:")
    match = _EXTENSION.search(typed)
    return (typed[: match.start()], match[1]) if match else (typed, "")


def _understand(typed: str, region: str) -> PhoneNumber | None:
    from phonenumbers import NumberParseException, is_possible_number, is_valid_number, parse

    if not _WRITTEN.fullmatch(typed):
        return None
    digits = re.sub(r"[^\d+]", "", typed)
    # Most of the world dials 00; phonenumbers knows only the region's own prefix.
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    code = str(_country_code(region))
    for candidate in (digits, f"+{digits}" if digits.startswith(code) else ""):
        try:
            parsed = parse(candidate, region)
        except NumberParseException:
            continue
        # Metadata lags behind new prefixes abroad; at home, in Iran, it is kept and checked.
        if is_valid_number(parsed):
            return parsed
        if parsed.country_code != _country_code("IR") and is_possible_number(parsed):
            return parsed
    return None


def _country_code(region: str) -> int:
    from phonenumbers import country_code_for_region

    return int(country_code_for_region(region))


def _complaint(typed: str, region: str) -> str:
    if not typed:
        return _("Write a phone number.")
    if not _WRITTEN.fullmatch(typed) or _TWO_NUMBERS.search(typed):
        return _("Write one phone number, with digits only.")
    national = _iranian(re.sub(r"[^\d+]", "", typed), region) or ""
    if national.startswith("09"):
        return _mobile_complaint(national)
    if _IR_LOCAL_SHORTEST <= len(national) <= _IR_LOCAL_LONGEST and national[0] != "0":
        return _("Write the area code too, such as %(area)s.", area=_digits(_IR_AREA_CODE))
    if national.startswith("0"):
        return _("A landline has 11 digits with its area code. Check this one.")
    return _("This is not a phone number we know. Check its digits and its country code.")


def _iranian(digits: str, region: str) -> str | None:
    """Return the digits as dialled within Iran, or nothing where the number is from elsewhere."""
    for prefix in ("+98", "0098"):
        if digits.startswith(prefix):
            return "0" + digits.removeprefix(prefix).lstrip("0")
    if region != "IR" or digits.startswith(("+", "00")):
        return None
    return "0" + digits if digits.startswith("9") else digits


def _mobile_complaint(national: str) -> str:
    missing = _IR_MOBILE_DIGITS - len(national)
    if missing > 0:
        return ngettext(
            "A mobile number has 11 digits; %(num)s is missing.",
            "A mobile number has 11 digits; %(num)s are missing.",
            missing,
        )
    if missing < 0:
        return ngettext(
            "A mobile number has 11 digits; this one has %(num)s too many.",
            "A mobile number has 11 digits; this one has %(num)s too many.",
            -missing,
        )
    return _("No mobile number in Iran begins with %(start)s.", start=_digits(national[:4]))


def _digits(text: str) -> str:
    return to_persian_digits(text) if current_locale().digits == "fa" else text
