"""Reads one row of text into the values of a record; knows no database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import marshmallow as ma

from crm.accounts.commands import AccountSchema, ContactSchema
from crm.activities.commands import LogSchema
from crm.deals.commands import DealSchema
from crm.i18n import _, gettext
from crm.imports import values
from crm.imports.kinds import Field, field_of
from crm.imports.spec import Spec
from crm.leads.commands import LeadSchema
from crm.products.commands import ProductSchema
from crm.users.viewer import Viewer

#: The rules that forms obey hold for files too: their lengths and bounds come from the schemas.
SCHEMAS: dict[str, ma.Schema] = {
    "products": ProductSchema(),
    "accounts": AccountSchema(),
    "contacts": ContactSchema(),
    "leads": LeadSchema(),
    "deals": DealSchema(),
    "activities": LogSchema(),
    "users": ma.Schema(),
}


@dataclass(frozen=True)
class Message:
    """What there is to say about a row; `field` is the label of the column's field."""

    text: str
    field: str = ""


@dataclass
class Draft:
    """A row as understood: `values` by column of the record, `refs` still as names."""

    values: dict[str, Any] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    moments: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    #: What could not be put anywhere else, as (label, text): kept in the description.
    kept: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    errors: list[Message] = field(default_factory=list)

    def text(self, name: str = "description") -> str | None:
        """Return the description (or note) with everything in it that had no other place."""
        kept = (f"{gettext(label)}: {text}" for label, text in self.kept)
        return "\n".join(part for part in (self.values.get(name), *kept) if part) or None


class DraftReader:
    """Reads the rows of one file."""

    def __init__(self, spec: Spec, viewer: Viewer) -> None:
        self.spec, self.viewer = spec, viewer
        self.schema = SCHEMAS[spec.kind]
        self.columns = [
            (at, known)
            for at, target in enumerate(spec.columns)
            if (known := field_of(spec.kind, target)) is not None
        ]
        # The currency first: how an amount is read depends on it.
        self.columns.sort(key=lambda column: column[1].reads != "currency")

    def read(self, cells: Sequence[str]) -> Draft:
        """Return the draft; what is wrong stands in its `errors` and `warnings`."""
        draft = Draft()
        if len(cells) > len(self.spec.headers):
            draft.errors.append(Message(_("This row has more cells than the header has columns.")))
            return draft
        labels: dict[str, str] = {}
        names: dict[str, str] = {}
        parts: dict[str, list[str]] = {}
        for at, known in self.columns:
            text = cells[at]
            if not text:
                continue
            if known.reads == "name":
                names.setdefault(known.name, text)
            elif known.reads == "part":
                parts.setdefault(known.name, []).append(text)
            elif known.reads == "label":
                labels[known.name.partition("_")[0]] = text
            else:
                self._read_cell(draft, known, text, labels)
        self._name(draft, names)
        self._address(draft, parts)
        return draft

    def _read_cell(self, draft: Draft, known: Field, text: str, labels: dict[str, str]) -> None:
        try:
            if known.reads in ("phone", "email"):
                self._reachable(draft, known, text, labels)
            else:
                _READERS[known.reads](self, draft, known, text)
        except (ValueError, ma.ValidationError) as error:
            said = error.messages[0] if isinstance(error, ma.ValidationError) else str(error)
            said = said or _("This cannot be read.")
            message = Message(_("%(said)s “%(text)s”", said=said, text=text[:60]), known.label)
            if known.strict:
                draft.errors.append(message)
            else:
                draft.warnings.append(message)
                draft.kept.append((known.label, text))

    def _reachable(self, draft: Draft, known: Field, text: str, labels: dict[str, str]) -> None:
        what, _colon, label = known.name.partition(":")
        said = labels.pop(what, "")
        kept = draft.values.setdefault(f"{what}s", [])
        for one in values.several(text):
            value = (
                values.phone(one, self.viewer.locale.region)
                if what == "phone"
                else values.email(one)
            )
            if all(value != entry["value"] for entry in kept):
                kept.append({"value": value, "label": label or values.label(said)})

    def _name(self, draft: Draft, names: dict[str, str]) -> None:
        composed = " ".join(
            names[part] for part in ("first_name", "middle_name", "last_name") if part in names
        )
        name = names.get("name") or composed
        if not name:
            return
        rule = self.schema.fields.get("name")
        try:
            draft.values["name"] = rule.deserialize(name) if rule else name[:120]
        except ma.ValidationError as error:
            draft.errors.append(Message(str(error.messages[0]), "Name"))

    def _address(self, draft: Draft, parts: dict[str, list[str]]) -> None:
        if "address" in draft.values or not parts:
            return
        lines = (" ".join(parts.get(name, ())) for name in ("street", "region", "postal_code"))
        separator = "، " if self.viewer.locale.language == "fa" else ", "
        draft.values["address"] = separator.join(line for line in lines if line)[:500]


def _text(reader: DraftReader, draft: Draft, known: Field, text: str) -> None:
    if known.many and known.name in draft.values:
        text = f"{draft.values[known.name]}\n{text}"
    elif known.name in draft.values:
        return
    draft.values[known.name] = reader.schema.fields[known.name].deserialize(text)


def _whole(reader: DraftReader, draft: Draft, known: Field, text: str) -> None:
    number = values.decimal(text)
    if number != int(number):
        # A record keeps whole numbers: what the file says stays beside it, as written.
        draft.kept.append((known.label, text))
    draft.values[known.name] = reader.schema.fields[known.name].deserialize(round(number))


def _percent(reader: DraftReader, draft: Draft, known: Field, text: str) -> None:
    number = values.decimal(text.rstrip("%٪ "))
    whole = round(number * 100) if 0 < number < 1 else round(number)
    draft.values[known.name] = reader.schema.fields[known.name].deserialize(whole)


def _currency(reader: DraftReader, draft: Draft, known: Field, text: str) -> None:
    draft.values["currency"] = values.currency(text)


def _amount(reader: DraftReader, draft: Draft, known: Field, text: str) -> None:
    form = draft.values.get("currency") or reader.spec.currency
    draft.values["amount"] = values.amount(text, form)


def _date(reader: DraftReader, draft: Draft, known: Field, text: str) -> None:
    moment = values.moment(text, reader.spec.date_layout, reader.viewer.locale)
    draft.values[known.name] = moment.day


def _moment(reader: DraftReader, draft: Draft, known: Field, text: str) -> None:
    draft.moments[known.name] = values.moment(text, reader.spec.date_layout, reader.viewer.locale)


def _ref(reader: DraftReader, draft: Draft, known: Field, text: str) -> None:
    draft.refs.setdefault(known.name, " ".join(text.split())[:200])


def _tags(reader: DraftReader, draft: Draft, known: Field, text: str) -> None:
    words = values.tags(text)
    draft.tags += [word for word in words if word not in draft.tags]


def _word(reader: DraftReader, draft: Draft, known: Field, text: str) -> None:
    draft.values[known.name] = values.word(known.reads, text)


def _nothing(reader: DraftReader, draft: Draft, known: Field, text: str) -> None:
    """The number in the old system is in the row's key already."""


_READERS: dict[str, Callable[[DraftReader, Draft, Field, str], None]] = {
    "text": _text,
    "note": _text,
    "whole": _whole,
    "percent": _percent,
    "currency": _currency,
    "amount": _amount,
    "date": _date,
    "moment": _moment,
    "ref": _ref,
    "stage": _ref,
    "tags": _tags,
    "id": _nothing,
    "heat": _word,
    "status": _word,
    "activity_kind": _word,
    "outcome": _word,
    "lost_reason": _word,
    "language": _word,
    "flag": _word,
}
