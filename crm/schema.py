"""marshmallow fields for what people type: one meaning for forms, JSON and files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields

from crm import errors
from crm.database import is_id
from crm.i18n import _, current_locale, parse_amount, parse_date, parse_phone

TOO_LONG = 2_000
#: In smallest units. Sums of thousands, times a hundred per cent, must still fit 64 bits.
MOST_AMOUNT = 10**15
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_EMAIL = re.compile(r"[^@\s,;<>?]+@[^@\s,;<>?]+\.[^@\s,;<>?.]{2,}")


class Schema(ma.Schema):
    """Refuses what it does not know; empty text from a form means «nothing»."""

    class Meta:
        unknown = ma.RAISE

    error_messages = {"unknown": "Unknown field.", "type": "Not an object."}  # noqa: RUF012

    @ma.pre_load
    def _empty_is_none(self, data: Any, **_kwargs: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {k: (None if isinstance(v, str) and not v.strip() else v) for k, v in data.items()}


_made: dict[type[ma.Schema], ma.Schema] = {}


def load(
    schema: ma.Schema | type[ma.Schema], data: Any, *, partial: bool = False
) -> dict[str, Any]:
    """Return the valid data. Raises errors.ValidationError with sentences by field name.

    Hand in the class where a schema needs no arguments: making one costs more than using it.
    """
    if isinstance(schema, type):
        schema = _made.get(schema) or _made.setdefault(schema, schema())
    try:
        given = dict(data) if isinstance(data, Mapping) else data
        return dict(schema.load(given, partial=partial))
    except ma.ValidationError as error:
        raise errors.ValidationError(_flat(error.normalized_messages())) from error  # type: ignore[no-untyped-call]


def _flat(messages: dict[str, Any], prefix: str = "") -> dict[str, list[str]]:
    flat: dict[str, list[str]] = {}
    for name, said in messages.items():
        path = "" if name == "_schema" and not prefix else f"{prefix}{name}"
        if isinstance(said, dict):
            flat |= _flat(said, f"{path}.")
        else:
            flat[path] = [str(sentence) for sentence in said]
    return flat


class _Said(fields.Field[Any]):
    """A field whose stock messages are said in the reader's language, when they are needed."""

    def make_error(self, key: str, **kwargs: Any) -> ma.ValidationError:
        stock = {
            "required": _("This is needed."),
            "null": _("This is needed."),
            "invalid": _("This cannot be read."),
        }
        return ma.ValidationError(stock.get(key, _("This cannot be read.")))


class Str(_Said):
    """Trimmed text without control characters, at most `most` characters; empty is None."""

    def __init__(self, most: int = 200, **kwargs: Any) -> None:
        self.most = most
        if not kwargs.get("required"):
            kwargs.setdefault("allow_none", True)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str | None:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if _CONTROL.search(value):
            raise ma.ValidationError(_("There are characters here that cannot be kept."))
        text = value.replace("\r\n", "\n").strip()
        if len(text) > self.most:
            raise ma.ValidationError(_("At most %(most)s characters fit here.", most=self.most))
        if not text and self.required:
            raise self.make_error("required")
        return text or None


class Key(_Said):
    """A record's id: a UUID in lower case."""

    def __init__(self, **kwargs: Any) -> None:
        if not kwargs.get("required"):
            kwargs.setdefault("allow_none", True)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not is_id(value):
            raise ma.ValidationError(_("This is not a known record."))
        return str(value)


class OneOf(_Said):
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


class Whole(_Said):
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
                number = int(re.sub(r"[٬,\s]", "", value.translate(_DIGITS)))
            except ValueError:
                raise ma.ValidationError(_("Write a whole number.")) from None
        if not isinstance(number, int) or isinstance(number, bool):
            raise ma.ValidationError(_("Write a whole number."))
        if not self.least <= number <= self.most:
            raise ma.ValidationError(
                _("Between %(least)s and %(most)s.", least=self.least, most=self.most)
            )
        return number


_DIGITS = {ord(c): str(i % 10) for i, c in enumerate("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩")}


class Day(_Said):
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


class Moment(_Said):
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


class Flag(_Said):
    """A tick: JSON's true and false, or a form's «on»."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if value in (True, "on", "1", "true"):
            return True
        if value in (False, None, "", "0", "false", "off"):
            return False
        raise self.make_error("invalid")


class Labelled(_Said):
    """A list of {"value", "label"}: phones or e-mail addresses. Empty values are left out."""

    most = 10

    def __init__(self, kind: str, **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[dict[str, str]]:
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > self.most:
            raise self.make_error("invalid")
        kept: list[dict[str, str]] = []
        for item in value:
            entry = {"value": item, "label": ""} if isinstance(item, str) else item
            if not isinstance(entry, Mapping) or not isinstance(entry.get("value"), str):
                raise self.make_error("invalid")
            text = entry["value"].strip()
            if not text or any(text == e["value"] for e in kept):
                continue
            kept.append({"value": self._read(text), "label": str(entry.get("label") or "")[:20]})
        return kept

    def _read(self, text: str) -> str:
        if len(text) > TOO_LONG or _CONTROL.search(text):
            raise ma.ValidationError(_("There are characters here that cannot be kept."))
        if self.kind == "phone":
            try:
                return parse_phone(text, current_locale().region)
            except ValueError as error:
                raise ma.ValidationError(str(error)) from None
        if len(text) > 254 or not _EMAIL.fullmatch(text):
            raise ma.ValidationError(_("An e-mail address looks like name@firm.com."))
        return text


class Words(_Said):
    """Tags: a list of words, or one text with commas; an empty field takes all of them away."""

    def deserialize(
        self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any
    ) -> Any:
        return super().deserialize([] if value is None else value, attr, data, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[str]:
        parts = re.split(r"[,،;\n]", value) if isinstance(value, str) else value
        if not isinstance(parts, list) or len(parts) > 30:
            raise self.make_error("invalid")
        words = []
        for part in parts:
            if not isinstance(part, str) or _CONTROL.search(part) or len(part) > 60:
                raise ma.ValidationError(_("A tag has at most 60 characters."))
            word = " ".join(part.split()).lstrip("#")
            if word and word not in words:
                words.append(word)
        return words


class Priced(Schema):
    """A schema with `amount` and `currency`: IRT (toman) is read as ten rials.

    `amount` is text as people say it ("200m", «۲۰۰ میلیون»), or from JSON an integer in the
    currency's smallest unit.
    """

    amount = fields.Raw(allow_none=True)
    currency = OneOf(("IRR", "IRT", "EUR", "USD", "GBP", "AED", "TRY", "CAD", "CNY", "INR", "RUB"))

    @ma.post_load
    def _read_amount(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        if "amount" not in data:
            if data.get("currency") == "IRT":
                data["currency"] = "IRR"
            return data
        amount, currency = data["amount"], data.get("currency") or "IRR"
        if isinstance(amount, str):
            if not data.get("currency"):
                raise ma.ValidationError(_("Say in which currency."), "currency")
            try:
                amount = parse_amount(amount, currency)
            except ValueError as error:
                raise ma.ValidationError(str(error), "amount") from None
        elif isinstance(amount, int) and not isinstance(amount, bool):
            amount = amount * 10 if currency == "IRT" else amount
        elif amount is not None:
            raise ma.ValidationError(_("Write an amount, such as 200m."), "amount")
        if amount is not None and not 0 <= amount <= MOST_AMOUNT:
            low, high = _("Write an amount of zero or more."), _("This amount is too large.")
            raise ma.ValidationError(low if amount < 0 else high, "amount")
        data["amount"] = amount
        if currency == "IRT":
            data["currency"] = "IRR"
        return data
