"""Writes of web forms by an admin: build, change, switch off and on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from crm import clock
from crm.database import command, db
from crm.forms.models import COLOURS, FIELD_NAMES, Form
from crm.forms.queries import get_form
from crm.i18n import _
from crm.i18n.locale import LANGUAGES
from crm.schema import Flag, OneOf, Schema, Str, load
from crm.schema.base import Said
from crm.timeline.record import record
from crm.users.viewer import Viewer, require_admin


class Asked(Said):
    """What a form asks, in order: a list of {"name", "is_required"}; the name is always needed."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            raise self.make_error("invalid")
        names = [str(one.get("name")) for one in value]
        known = FIELD_NAMES.keys() >= set(names) and len(set(names)) == len(names)
        if "name" not in names or not known:
            raise self.make_error("invalid")
        if not {"phone", "email"}.intersection(names):
            raise ma.ValidationError(_("Ask for a phone or an e-mail: else nobody can answer."))
        return [
            {"name": name, "is_required": name == "name" or bool(one.get("is_required"))}
            for name, one in zip(names, value, strict=True)
        ]


class FormSchema(Schema):
    title = Str(100, required=True)
    language = OneOf(LANGUAGES, required=True)
    fields_ = Asked(required=True, data_key="fields")
    button = Str(40)
    thanks = Str(1000)
    colour = OneOf(COLOURS, required=True)
    consent = Str(2000)
    asks_quote = Flag(load_default=False)
    source = Str(100)


def _load(payload: Mapping[str, Any]) -> dict[str, Any]:
    data = load(FormSchema, payload)
    return data | {"fields": data.pop("fields_")}


@command
def create_form(actor: Viewer, payload: Mapping[str, Any]) -> str:
    """Add a form, switched on, and return its id."""
    require_admin(actor)
    now = clock.now()
    form = Form(**_load(payload), created_at=now, updated_at=now)
    db.session.add(form)
    db.session.flush()
    record("form.created", actor.id, data={"form": form.title})
    return form.id


@command
def update_form(actor: Viewer, form_id: str, payload: Mapping[str, Any]) -> None:
    """Change a form; its address stays. Other words of consent are another version."""
    form = get_form(actor, form_id)
    data = {"button": None, "thanks": None, "consent": None, "source": None} | _load(payload)
    changed = {name: value for name, value in data.items() if getattr(form, name) != value}
    if not changed:
        return
    if "consent" in changed:
        form.consent_version += 1
    for name, value in changed.items():
        setattr(form, name, value)
    form.updated_at = clock.now()
    record("form.changed", actor.id, data={"form": form.title, "changed": sorted(changed)})


@command
def switch_form(actor: Viewer, form_id: str, is_active: bool) -> None:
    """Take submissions of a form from now on, or no more."""
    form = get_form(actor, form_id)
    if form.is_active != is_active:
        form.is_active, form.updated_at = is_active, clock.now()
        kind = "form.switched_on" if is_active else "form.switched_off"
        record(kind, actor.id, data={"form": form.title})
