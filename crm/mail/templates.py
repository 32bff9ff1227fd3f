"""Templates: words with {fields}, judged when an admin writes them and filled for one customer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from crm import clock, errors
from crm.database import command, db
from crm.i18n import _
from crm.i18n.locale import LANGUAGES
from crm.mail.addresses import one_line
from crm.mail.models import MailTemplate
from crm.mail.shipped import SHIPPED
from crm.schema import Schema, Str, load
from crm.timeline.record import record
from crm.users.viewer import Viewer, require_admin

MOST_SUBJECT, MOST_BODY = 150, 10_000
#: What values make of it: a name is no book.
MOST_VALUE = 300
_FIELD = re.compile(r"\{([^{}\n]*)\}")
_GAP = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Template:
    """What a template says by language: (subject, body)."""

    key: str
    words: Mapping[str, tuple[str, str]]
    is_changed: bool

    @property
    def name(self) -> str:
        return _(SHIPPED[self.key].name)


def read_template(key: str) -> Template:
    """Return a template as it is in force. Raises NotFound."""
    if key not in SHIPPED:
        raise errors.NotFound
    row = db.session.scalars(select(MailTemplate).where(MailTemplate.key == key)).first()
    if row is None:
        return Template(key, SHIPPED[key].words, False)
    words = {code: (one["subject"], one["body"]) for code, one in row.variants.items()}
    return Template(key, words, True)


def get_template(viewer: Viewer, key: str) -> Template:
    """Return a template; admins alone."""
    require_admin(viewer)
    return read_template(key)


def all_templates(viewer: Viewer) -> list[Template]:
    """Return every template; admins alone."""
    require_admin(viewer)
    return [read_template(key) for key in SHIPPED]


class MailTemplateSchema(Schema):
    subject_en = Str(MOST_SUBJECT, required=True)
    body_en = Str(MOST_BODY, required=True)
    subject_fa = Str(MOST_SUBJECT, required=True)
    body_fa = Str(MOST_BODY, required=True)


@command
def update_template(actor: Viewer, key: str, payload: Mapping[str, Any]) -> None:
    """Write a template anew. Raises ValidationError, at the field where an unknown one stands."""
    require_admin(actor)
    if key not in SHIPPED:
        raise errors.NotFound
    data = load(MailTemplateSchema, payload)
    known = SHIPPED[key].fields
    said = {name: _unknown(text, known) for name, text in data.items() if _unknown(text, known)}
    if said:
        raise errors.ValidationError(said)
    variants = {
        code: {"subject": data[f"subject_{code}"], "body": data[f"body_{code}"]}
        for code in LANGUAGES
    }
    row = _row(key)
    row.variants, row.updated_at = variants, clock.now()
    record("mail.template_changed", actor.id, data={"template": key})


def _row(key: str) -> MailTemplate:
    held = select(MailTemplate).where(MailTemplate.key == key).with_for_update()
    row = db.session.scalars(held).first()
    if row is None:
        row = MailTemplate(key=key)
        db.session.add(row)
    return row


@command
def restore_template(actor: Viewer, key: str) -> None:
    """Say again what ships."""
    require_admin(actor)
    if key not in SHIPPED:
        raise errors.NotFound
    db.session.execute(delete(MailTemplate).where(MailTemplate.key == key))
    record("mail.template_restored", actor.id, data={"template": key})


def _unknown(text: str, known: tuple[str, ...]) -> list[str]:
    found = dict.fromkeys(name for name in _FIELD.findall(text) if name not in known)
    return [_("There is no field {%(name)s}.", name=name[:40]) for name in found]


def fill(words: tuple[str, str], values: Mapping[str, str]) -> tuple[str, str]:
    """Return subject and body for one customer.

    A line that asks for what is not known is left out: better than one with a hole. Values are
    put in once: braces in somebody's name stay what they are.
    """
    subject, body = words
    known = {name: one_line(value)[:MOST_VALUE] for name, value in values.items()}
    lines = [_put(line, known) for line in body.split("\n") if not _lacks(line, known)]
    said = _GAP.sub("\n\n", "\n".join(lines)).strip()
    return one_line(_put(subject, known)), said


def _lacks(line: str, known: Mapping[str, str]) -> bool:
    return any(not known.get(name) for name in _FIELD.findall(line))


def _put(text: str, known: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda found: known.get(found[1], ""), text)
