"""The forms of accounts, contacts, leads and products: what they show, take, and say when wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Response, request

from crm import errors
from crm.accounts.queries import find_alike
from crm.database import new_id
from crm.i18n import _, current_locale, form_code, formatting, phones
from crm.records import field_label
from crm.schema import Schema, load
from crm.tags.queries import all_tags, tags_of
from crm.users.owners import assignable
from crm.web.record_choices import label_choices, language_choices, source_choices
from crm.web.rendering import back_or, checked, go, is_check, it_would_do, render, viewer

LISTS = {"phones": ("phone", "phone_label"), "emails": ("email", "email_label")}
#: Empty rows offered beyond what is there: with a script or without.
SPARE_ROWS = 2
#: Where the form has a name in place of an id.
NAMED = {"account_id": "account_name", "parent_id": "parent_name"}
_ISOLATES = {0x2066: None, 0x2069: None}


@dataclass(frozen=True)
class Family:
    """One kind of record: its address, its fields in the order of the form, its commands."""

    kind: str
    path: str
    fields: tuple[str, ...]
    schema: type[Schema]
    get: Callable[..., Any]
    create: Callable[..., str]
    update: Callable[..., None]
    archive: Callable[..., None]
    restore: Callable[..., None]
    added: Callable[[], str]
    #: Names behind the ids that the form shows: {"account_name": …}.
    names: Callable[[Any], dict[str, str]] = field(default=lambda _record: {})
    #: What the form offers besides, such as choices of a select.
    extras: Callable[[], dict[str, Any]] = field(default=dict)
    #: What stands beside the form of a record that is there, such as its photos.
    beside: Callable[[Any], dict[str, Any]] = field(default=lambda _record: {})
    reachable: bool = True

    @property
    def types(self) -> tuple[str, ...]:
        return ("account",) if self.kind == "account" else ("contact", "lead")


def new_page(family: Family, **given: Any) -> Response:
    """Return the empty form; names and links may come with the address."""
    return filled_page(family, given)


def filled_page(
    family: Family, given: Mapping[str, Any], status: int = 200, **more: Any
) -> Response:
    """Return the form for a new record with what is given."""
    me = viewer()
    names = ("name", "account_name", "company")
    values: dict[str, Any] = {name: request.args.get(name, "")[:200] for name in names}
    values |= {
        "id": new_id(),
        "owner_id": me.id,
        "language": "",
        "phones": [],
        "emails": [],
        "currency": form_code(me.currency, me.locale.money_unit),
        **given,
    }
    if phone := request.args.get("phone"):
        values["phones"] = [{"value": phone[:60], "label": ""}]
    return _form(family, "new", values, status, **more)


def edit_page(family: Family, record_id: str) -> Response:
    """Return the form with what is known."""
    record = family.get(viewer(), record_id)
    return _form(family, "edit", values_of(family, record), record=record)


def create_from(family: Family, form: Any) -> Response:
    """Save a new record; a double tap carries the same id. Somebody alike is shown first."""
    payload = _payload(family, form) | {"id": form.get("id")}
    try:
        data = load(family.schema, payload)
        alike = [] if form.get("anyway") or not family.reachable else _alike(family, data)
        if alike:
            return _form(family, "new", _typed(family, form), 422, alike=alike)
        if is_check():
            return it_would_do()
        record_id = family.create(viewer(), payload)
    except errors.ValidationError as error:
        return _form(family, "new", _typed(family, form), 422, errors=_by_field(error.fields))
    return go(back_or(f"{family.path}/{record_id}"), family.added())


def _alike(family: Family, data: dict[str, Any]) -> list[Any]:
    phones_, emails = ([e["value"] for e in data.get(name) or ()] for name in LISTS)
    hits = find_alike(viewer(), data["name"], phones_, emails, family.types)
    return [] if any(hit.record_id == data.get("id") for hit in hits) else hits


def update_from(family: Family, record_id: str, form: Any) -> Response:
    """Save a record, or show what somebody else wrote meanwhile beside what was typed."""
    me = viewer()
    record, payload = family.get(me, record_id), _payload(family, form)
    try:
        if answer := checked(family.schema, payload, partial=True):
            return answer
        family.update(me, record_id, payload, version_of(form))
    except errors.ValidationError as error:
        return _form(
            family, "edit", _typed(family, form), 422, record=record, errors=_by_field(error.fields)
        )
    except errors.Conflict as error:
        current = family.get(me, record_id)
        typed = _typed(family, form) | {"version": current.version}
        return _form(
            family,
            "edit",
            typed,
            409,
            record=current,
            errors={"": [str(error)]},
            differences=_differences(values_of(family, current), typed),
        )
    return go(back_or(f"{family.path}/{record_id}"), _("Saved"))


def archive_from(family: Family, record_id: str, form: Any, home: str) -> Response:
    """Put a record away, or bring it back where `archived` is empty; each can be undone."""
    me, page = viewer(), f"{family.path}/{record_id}"
    if form.get("archived", "1"):
        family.archive(me, record_id)
        undo = {"action": f"{page}/archive", "fields": {"archived": "", "next": page}}
        return go(back_or(home), _("Archived"), undo)
    family.restore(me, record_id)
    return go(back_or(page), _("Brought back"))


def version_of(form: Mapping[str, str]) -> int | None:
    """Return the version a form was made from, if it says one."""
    said = form.get("version", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


def values_of(family: Family, record: Any) -> dict[str, Any]:
    """Return what the form shows of a record."""
    values: dict[str, Any] = {name: getattr(record, name, None) for name in family.fields}
    values |= {
        name: formatting.date_numeric(value)
        for name, value in values.items()
        if isinstance(value, date)
    }
    if "amount" in values:
        values["currency"] = form_code(
            record.currency or viewer().currency, current_locale().money_unit
        )
        values["amount"] = (
            formatting.money(record.amount, record.currency or viewer().currency, bare=True)
            if record.amount is not None
            else ""
        )
    if "tags" in values:
        values["tags"] = _(", ").join(tags_of(record.id))
    if family.reachable:
        region = current_locale().region
        values["phones"] = [
            {**entry, "value": phones.format_phone(entry["value"], region).translate(_ISOLATES)}
            for entry in record.phones
        ]
        values["emails"] = list(record.emails)
    return values | family.names(record) | {"version": getattr(record, "version", None)}


def _payload(family: Family, form: Any) -> dict[str, Any]:
    payload: dict[str, Any] = {n: form.get(n) for n in family.fields if n in form}
    if family.reachable:
        payload |= {name: _rows(form, *parts) for name, parts in LISTS.items() if parts[0] in form}
    return payload


def _rows(form: Any, value: str, label: str) -> list[dict[str, str]]:
    labels = form.getlist(label)
    return [
        {"value": text, "label": labels[n] if n < len(labels) else ""}
        for n, text in enumerate(form.getlist(value))
        if text.strip()
    ]


def _typed(family: Family, form: Any) -> dict[str, Any]:
    rows = {n: _rows(form, *parts) for n, parts in LISTS.items()} if family.reachable else {}
    return {**form.to_dict(), **rows}


def _by_field(said: dict[str, list[str]]) -> dict[str, list[str]]:
    return {NAMED.get(name, name): sentences for name, sentences in said.items()}


@dataclass(frozen=True)
class Difference:
    """A field that two people filled in differently."""

    label: str
    theirs: str
    yours: str


def _differences(theirs: dict[str, Any], yours: dict[str, Any]) -> list[Difference]:
    def words(value: Any) -> str:
        if isinstance(value, list):
            return _(", ").join(str(entry["value"]) for entry in value)
        return "" if value is None else str(value).strip()

    return [
        Difference(field_label(NAMED_BACK.get(name, name)), words(value), words(yours.get(name)))
        for name, value in theirs.items()
        if name in yours
        and name not in ("version", "id", "owner_id")
        and words(value) != words(yours.get(name))
    ]


NAMED_BACK = {name: key for key, name in NAMED.items()}


def _form(
    family: Family, page: str, values: dict[str, Any], status: int = 200, **more: Any
) -> Response:
    for name in LISTS if family.reachable else ():
        rows = list(values.get(name) or [])
        spare = SPARE_ROWS if rows else 1
        values[name] = (rows + [{"value": "", "label": ""}] * spare)[:10]
    context: dict[str, Any] = {"errors": {}, "alike": [], "differences": [], "record": None}
    if family.reachable:
        context |= {
            "owners": _owners(values.get("owner_id"), more.get("record")),
            "all_tags": all_tags(),
            "labels": label_choices(),
            "languages": language_choices(),
            "sources": source_choices(),
        }
    if more.get("record"):
        context |= family.beside(more["record"])
    return render(
        f"{family.path[1:]}/{page}.html",
        status=status,
        values=values,
        family=family,
        **context | family.extras() | more,
    )


def _owners(owner_id: str | None, record: Any) -> list[tuple[str, str]]:
    """Return who may be chosen; a record that is nobody's may stay so."""
    owners = assignable(viewer(), getattr(record, "owner_id", None))
    return owners if owner_id else [("", _("Nobody yet")), *owners]
