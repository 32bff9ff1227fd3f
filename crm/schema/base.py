"""The base of every schema: what is unknown is refused, and each error is a sentence by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields

from crm import errors
from crm.i18n import _


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


class Said(fields.Field[Any]):
    """A field whose stock messages are said in the reader's language, when they are needed."""

    def make_error(self, key: str, **kwargs: Any) -> ma.ValidationError:
        stock = {
            "required": _("This is needed."),
            "null": _("This is needed."),
            "invalid": _("This cannot be read."),
        }
        return ma.ValidationError(stock.get(key, _("This cannot be read.")))
