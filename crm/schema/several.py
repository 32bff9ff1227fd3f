"""Fields for several values: phones and e-mail addresses with labels, tags; and for amounts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields

from crm.i18n import _, current_locale, parse_amount, parse_phone
from crm.schema.base import Said, Schema
from crm.schema.values import CONTROL, OneOf

TOO_LONG = 2_000
#: In smallest units. Sums of thousands, times a hundred per cent, must still fit 64 bits.
MOST_AMOUNT = 10**15
_EMAIL = re.compile(r"[^@\s,;<>?]+@[^@\s,;<>?]+\.[^@\s,;<>?.]{2,}")


class Labelled(Said):
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
        if len(text) > TOO_LONG or CONTROL.search(text):
            raise ma.ValidationError(_("There are characters here that cannot be kept."))
        if self.kind == "phone":
            try:
                return parse_phone(text, current_locale().region)
            except ValueError as error:
                raise ma.ValidationError(str(error)) from None
        if len(text) > 254 or not _EMAIL.fullmatch(text):
            raise ma.ValidationError(_("An e-mail address looks like name@firm.com."))
        return text


class Words(Said):
    """A list of words, or one text with commas; an empty field takes all of them away."""

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
            if not isinstance(part, str) or CONTROL.search(part) or len(part) > 60:
                raise ma.ValidationError(_("Each has at most 60 characters."))
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
