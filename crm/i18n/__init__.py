"""Languages, calendars, digits, money and phone numbers: all that differs between two readers.

`formatting` is imported as a module: its date, time and datetime would hide Python's own.
"""

from crm.i18n.catalogue import N_, _, gettext, ngettext, pgettext
from crm.i18n.currencies import CURRENCIES, find_currency, form_code, stored_code
from crm.i18n.fold import fold, to_ascii_digits, to_persian_digits
from crm.i18n.formatting import MoneyParts, money, money_parts
from crm.i18n.locale import Locale, current_locale, reset_locale, set_locale, use_locale
from crm.i18n.numerals import decimal, number, percent
from crm.i18n.parsing import parse_amount, parse_date, parse_time
from crm.i18n.phones import format_phone, parse_phone, phone_digits

__all__ = [
    "CURRENCIES",
    "N_",
    "Locale",
    "MoneyParts",
    "_",
    "current_locale",
    "decimal",
    "find_currency",
    "fold",
    "form_code",
    "format_phone",
    "gettext",
    "money",
    "money_parts",
    "ngettext",
    "number",
    "parse_amount",
    "parse_date",
    "parse_phone",
    "parse_time",
    "percent",
    "pgettext",
    "phone_digits",
    "reset_locale",
    "set_locale",
    "stored_code",
    "to_ascii_digits",
    "to_persian_digits",
    "use_locale",
]
