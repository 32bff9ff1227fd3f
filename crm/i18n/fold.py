"""One spelling for search and comparison, whichever keyboard, digits or half-space were used."""

from __future__ import annotations

import unicodedata
from typing import Final

# Letters that differ between keyboards or that people leave out. The table is asked after
# decomposition, so أ إ آ ؤ ئ ۀ have already lost their hamza as a combining mark.
_LETTERS: Final = {
    **dict.fromkeys("يىےۍېۑ", "ی"),
    **dict.fromkeys("كڪګ", "ک"),
    **dict.fromkeys("ةۃەہھۀ", "ه"),
    **dict.fromkeys("ٱٲٳ", "ا"),
    "ء": None,
    "ـ": None,  # tatweel
    "ı": "i",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "æ": "ae",
    "œ": "oe",
    "’": "'",
    "‘": "'",
}
# Marks (diacritics, accents) and format characters (half-space, joiners, bidi controls, BOM).
_DROPPED_CATEGORIES: Final = frozenset({"Mn", "Me", "Cf"})
# A hostile text must not make the tables remember all of Unicode.
_REMEMBERED: Final = 4096


class _LazyTable(dict[int, str | int | None]):
    """A `str.translate` table that decides about a character when it first meets it."""

    def __missing__(self, code: int) -> str | int | None:
        result = self.decide(code)
        if len(self) < _REMEMBERED:
            self[code] = result
        return result

    def decide(self, code: int) -> str | int | None:
        raise NotImplementedError


class _AsciiDigits(_LazyTable):
    def decide(self, code: int) -> str | int | None:
        digit = unicodedata.decimal(chr(code), -1)
        return code if digit < 0 else str(digit)


class _Folded(_AsciiDigits):
    def decide(self, code: int) -> str | int | None:
        character = chr(code)
        if character in _LETTERS:
            return _LETTERS[character]
        if unicodedata.category(character) in _DROPPED_CATEGORIES:
            return None
        return super().decide(code)


_ascii_digits = _AsciiDigits()
_folded = _Folded()
_persian_digits: Final = str.maketrans("0123456789٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹" * 2)


def to_ascii_digits(text: str) -> str:
    """Write every decimal digit, of whatever script, as 0-9."""
    return text if text.isascii() else text.translate(_ascii_digits)


def to_persian_digits(text: str) -> str:
    """Write ASCII and Arabic digits as ۰-۹."""
    return text.translate(_persian_digits)


def fold(text: str) -> str:
    """Return the form in which two spellings of one thing are equal.

    Half-spaces vanish: «دیجی‌کالا» equals «دیجیکالا». A plain space stays, so the caller compares
    word by word. Folding twice changes nothing more.
    """
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", text).casefold()
        # Casefolding can bring back composed letters and compatibility forms.
        folded = unicodedata.normalize("NFKD", folded).translate(_folded)
        text = unicodedata.normalize("NFC", folded)
    return " ".join(text.lower().split())
