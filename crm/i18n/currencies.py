"""The currencies a sale may be in: how many minor digits are stored, and how each is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from crm.i18n.catalogue import N_
from crm.i18n.fold import fold

# What a form offers for Iran's money. Both are stored as IRR; a toman is ten rials.
TOMAN, RIAL = "IRT", "IRR"
RIALS_IN_TOMAN = 10


@dataclass(frozen=True)
class Currency:
    """`name` is a msgid; `words` are what people type for it beside code and symbol."""

    code: str
    minor_digits: int
    symbol: str
    name: str
    words: tuple[str, ...] = ()

    @property
    def unit(self) -> int:
        """How many of the smallest unit make one of what the name says."""
        return int(10**self.minor_digits)


_TABLE = (
    # A toman has one minor digit: its tenth, the rial.
    Currency(TOMAN, 1, "", N_("toman"), (
        "تومان", "تومن", "تمن", "تمان", "تومون", "تومانی", "تومنی", "toman", "tomans", "tmn",
    )),
    Currency(RIAL, 0, "", N_("rial"), ("ریال", "ریل", "ریالی", "rial", "rials")),
    Currency("EUR", 2, "€", N_("euro"), ("یورو", "euro", "euros")),
    Currency("USD", 2, "$", N_("dollar"), ("دلار", "dollar", "dollars", "us dollar", "us$")),
    Currency("GBP", 2, "£", N_("pound"), ("پوند", "pound", "pounds")),
    Currency("AED", 2, "AED", N_("dirham"), ("درهم", "dirham", "dirhams", "درهم امارات")),
    Currency("TRY", 2, "₺", N_("Turkish lira"), ("لیر", "لیره", "lira", "tl", "لیر ترکیه")),
    Currency("IQD", 0, "IQD", N_("Iraqi dinar"), ("دینار عراق", "دینار")),
    Currency("AFN", 2, "AFN", N_("afghani"), ("افغانی", "afghani")),
    Currency("QAR", 2, "QAR", N_("Qatari riyal"), ("ریال قطر",)),
    Currency("SAR", 2, "SAR", N_("Saudi riyal"), ("ریال عربستان",)),
    Currency("OMR", 3, "OMR", N_("Omani rial"), ("ریال عمان",)),
    Currency("KWD", 3, "KWD", N_("Kuwaiti dinar"), ("دینار کویت",)),
    Currency("BHD", 3, "BHD", N_("Bahraini dinar"), ("دینار بحرین",)),
    Currency("AMD", 2, "AMD", N_("Armenian dram"), ("درام",)),
    Currency("AZN", 2, "₼", N_("Azerbaijani manat"), ("منات", "manat")),
    Currency("GEL", 2, "₾", N_("Georgian lari"), ("لاری", "lari")),
    Currency("KZT", 2, "₸", N_("tenge"), ("تنگه", "tenge")),
    Currency("RUB", 2, "₽", N_("ruble"), ("روبل", "ruble", "rubles")),
    Currency("CNY", 2, "CN¥", N_("yuan"), ("یوان", "yuan", "rmb")),
    Currency("JPY", 0, "¥", N_("yen"), ("ین", "yen")),
    Currency("INR", 2, "₹", N_("rupee"), ("روپیه", "rupee", "rupees")),
    Currency("CHF", 2, "CHF", N_("Swiss franc"), ("فرانک", "franc", "francs")),
    Currency("SEK", 2, "SEK", N_("Swedish krona"), ("کرون سوئد",)),
    Currency("NOK", 2, "NOK", N_("Norwegian krone"), ("کرون نروژ",)),
    Currency("DKK", 2, "DKK", N_("Danish krone"), ("کرون دانمارک",)),
    Currency("CAD", 2, "CA$", N_("Canadian dollar"), ("دلار کانادا",)),
    Currency("AUD", 2, "A$", N_("Australian dollar"), ("دلار استرالیا",)),
)  # fmt: skip
CURRENCIES: Final = {currency.code: currency for currency in _TABLE}
_BY_WORD: Final = {
    fold(word): currency
    for currency in _TABLE
    for word in (*currency.words, currency.code, currency.symbol, currency.name)
    if word
}
# Names of several words, longest first: «ریال عمان» must not be read as «ریال».
PHRASES: Final = {
    phrase: _BY_WORD[phrase] for phrase in sorted(_BY_WORD, key=len, reverse=True) if " " in phrase
}


def find_currency(code: str) -> Currency:
    """Return the currency; one we have no row for has two minor digits and its code as symbol."""
    return CURRENCIES.get(code) or Currency(code, 2, code, code, (code.lower(),))


def find_currency_by_word(word: str) -> Currency | None:
    """Return what a folded word or symbol names: «تومن» is the toman."""
    return _BY_WORD.get(word)


def stored_code(code: str) -> str:
    """Return the code under which an amount is kept: toman and rial are both IRR."""
    return RIAL if code == TOMAN else code


def form_code(code: str, money_unit: str) -> str:
    """Return the unit a form shows and takes for a stored code: IRR as toman or rial."""
    return TOMAN if code == RIAL and money_unit == "toman" else code
