"""Languages, calendars, digits, money and phone numbers: all that differs between two readers."""

from crm.i18n.catalogue import N_, _, gettext, ngettext, pgettext
from crm.i18n.fold import fold, to_ascii_digits, to_persian_digits
from crm.i18n.locale import Locale, current_locale, reset_locale, set_locale, use_locale

__all__ = [
    "N_",
    "Locale",
    "_",
    "current_locale",
    "fold",
    "gettext",
    "ngettext",
    "pgettext",
    "reset_locale",
    "set_locale",
    "to_ascii_digits",
    "to_persian_digits",
    "use_locale",
]
