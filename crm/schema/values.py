"""Fields for one value: text, a record, a choice, a number, a day, a moment, a tick."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import marshmallow as ma

from crm.database import is_id
from crm.i18n import _, current_locale, formatting, parse_date
from crm.schema.base import Said

_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})")
#: In minutes.
WHOLE_DAY = 24 * 60
#: What no text may hold: control characters and lone surrogates.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Str(Said):
    """Trimmed text without control characters, at most `most` characters; empty is None."""

    def __init__(self, most: int = 200, **kwargs: Any) -> None:
        self.most = most
        if not kwargs.get("required"):
            kwargs.setdefault("allow_none", True)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str | None:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if CONTROL.search(value):
            raise ma.ValidationError(_("There are characters here that cannot be kept."))
        text = value.replace("\r\n", "\n").strip()
        if len(text) > self.most:
            raise ma.ValidationError(_("At most %(most)s characters fit here.", most=self.most))
        if not text and self.required:
            raise self.make_error("required")
        return text or None


class Key(Said):
    """A record's id: a UUID in lower case."""

    def __init__(self, **kwargs: Any) -> None:
        if not kwargs.get("required"):
            kwargs.setdefault("allow_none", True)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not is_id(value):
            raise ma.ValidationError(_("This is not a known record."))
        return str(value)


class OneOf(Said):
    """One of a fixed set of words."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        self.choices = {str(choice) for choice in choices}
        if not kwargs.get("required"):
            kwargs.setdefault("allow_none", True)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or value not in self.choices:
            raise ma.ValidationError(_("Choose one of those offered."))
        return value


class Whole(Said):
    """A whole number between `least` and `most`, in either kind of digits."""

    def __init__(self, least: int = 0, most: int = 2**53, **kwargs: Any) -> None:
        self.least, self.most = least, most
        if not kwargs.get("required"):
            kwargs.setdefault("allow_none", True)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        number = value
        if isinstance(value, str):
            try:
                number = int(re.sub(r"[٬,\s\u200e\u200f]", "", value.translate(_DIGITS)))
            except ValueError:
                raise ma.ValidationError(_("Write a whole number.")) from None
        if not isinstance(number, int) or isinstance(number, bool):
            raise ma.ValidationError(_("Write a whole number."))
        if not self.least <= number <= self.most:
            raise ma.ValidationError(
                _(
                    "Between %(least)s and %(most)s.",
                    least=formatting.number(self.least),
                    most=formatting.number(self.most),
                )
            )
        return number


#: Either kind of digits, and the minus that we write.
_DIGITS = {ord(c): str(i % 10) for i, c in enumerate("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩")} | {ord("−"): "-"}


class Day(Said):
    """A date as people write it, in either calendar and either kind of digits."""

    def __init__(self, **kwargs: Any) -> None:
        if not kwargs.get("required"):
            kwargs.setdefault("allow_none", True)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str) or len(value) > 40:
            raise self.make_error("invalid")
        try:
            return parse_date(value, current_locale())
        except ValueError as error:
            raise ma.ValidationError(str(error)) from None


class Moment(Said):
    """An instant in ISO 8601 with its zone, between 1900 and 2200."""

    def __init__(self, **kwargs: Any) -> None:
        if not kwargs.get("required"):
            kwargs.setdefault("allow_none", True)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or len(value) > 40:
            raise self.make_error("invalid")
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None or not 1900 <= moment.year <= 2200:
                raise ValueError
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise ma.ValidationError(_("Write the time with its zone (ISO 8601).")) from None


class ClockTime(Str):
    """A time of day as 9:00 or «۹:۰۰», kept as minutes; 24:00 is the day's end."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs) or ""
        found = _CLOCK.fullmatch(text)
        minutes = int(found[1]) * 60 + int(found[2]) if found else WHOLE_DAY + 1
        if minutes > WHOLE_DAY or (found and int(found[2]) > 59):
            raise ma.ValidationError(_("Write a time such as 9:00."))
        return minutes


class Flag(Said):
    """A tick: JSON's true and false, or a form's «on»."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if value in (True, "on", "1", "true"):
            return True
        if value in (False, None, "", "0", "false", "off"):
            return False
        raise self.make_error("invalid")
