"""Writes of hooks: make one, change it, switch it off and on, renew its secret."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from crm import clock, errors
from crm.database import command, db, new_id
from crm.hooks.models import Hook, HookSecret
from crm.hooks.presets import PRESETS
from crm.hooks.safe import Safe
from crm.i18n import _
from crm.schema import OneOf, Schema, Str, load
from crm.timeline.record import record
from crm.users.viewer import Viewer, require_admin

MOST_SECRETS = 2
SHORTEST_SECRET = 16


class ChangedHookSchema(Schema):
    name = Str(100, required=True)
    source = Str(100)


class HookSchema(ChangedHookSchema):
    preset = OneOf(PRESETS, required=True)
    #: Where the sender makes it (Meta, Shopify).
    secret = Str(200)


class SecretSchema(Schema):
    secret = Str(200)


@command
def create_hook(actor: Viewer, payload: Mapping[str, Any], safe: Safe) -> tuple[str, str]:
    """Make a hook; return its id and its secret, which is known in full only now."""
    require_admin(actor)
    data = load(HookSchema(), payload)
    hook = Hook(
        id=new_id(),
        name=data["name"],
        preset=data["preset"],
        source=data.get("source"),
        slug=secrets.token_hex(16),
        created_at=clock.now(),
    )
    db.session.add(hook)
    db.session.flush()
    secret = _add_secret(hook, data.get("secret"), safe)
    record("hook.created", actor.id, data={"name": hook.name, "preset": hook.preset})
    return hook.id, secret


@command
def update_hook(actor: Viewer, hook_id: str, payload: Mapping[str, Any]) -> None:
    """Change its name and the source of its leads."""
    hook = _lock(actor, hook_id)
    data = load(ChangedHookSchema(), payload)
    hook.name, hook.source = data["name"], data.get("source")
    record("hook.changed", actor.id, data={"name": hook.name})


@command
def switch_hook(actor: Viewer, hook_id: str, *, is_active: bool) -> None:
    """Take messages, or none: to senders the address is not there then."""
    hook = _lock(actor, hook_id)
    if hook.is_active != is_active:
        hook.is_active = is_active
        kind = "hook.switched_on" if is_active else "hook.switched_off"
        record(kind, actor.id, data={"name": hook.name})


@command
def add_secret(actor: Viewer, hook_id: str, payload: Mapping[str, Any], safe: Safe) -> str:
    """Put a new secret beside the old one, which goes on until it is retired; return it.

    Raises Conflict where there are two already.
    """
    hook = _lock(actor, hook_id)
    data = load(SecretSchema(), payload)
    if len(_active(hook.id)) >= MOST_SECRETS:
        raise errors.Conflict(_("Retire the old secret first: at most two are in use."))
    secret = _add_secret(hook, data.get("secret"), safe)
    record("hook.secret_added", actor.id, data={"name": hook.name})
    return secret


@command
def retire_secret(actor: Viewer, hook_id: str, secret_id: str) -> None:
    """Take a secret out of use for good. Raises Conflict for the only one."""
    hook = _lock(actor, hook_id)
    active = _active(hook.id)
    found = next((one for one in active if one.id == secret_id), None)
    if found is None:
        raise errors.NotFound
    if len(active) == 1:
        raise errors.Conflict(_("This is the only secret. Make a new one first."))
    found.sealed, found.retired_at = "", clock.now()
    record("hook.secret_retired", actor.id, data={"name": hook.name, "last4": found.last4})


def _lock(actor: Viewer, hook_id: str) -> Hook:
    require_admin(actor)
    hook = db.session.scalars(
        select(Hook)
        .where(Hook.id == hook_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if hook is None:
        raise errors.NotFound
    return hook


def _active(hook_id: str) -> list[HookSecret]:
    return list(
        db.session.scalars(
            select(HookSecret)
            .where(HookSecret.hook_id == hook_id, HookSecret.retired_at.is_(None))
            .order_by(HookSecret.created_at, HookSecret.id)
        )
    )


def _add_secret(hook: Hook, given: str | None, safe: Safe) -> str:
    if not PRESETS[hook.preset].is_secret_theirs:
        secret = secrets.token_hex(32)
    elif given is None or len(given) < SHORTEST_SECRET:
        said = _("Paste the secret that you find there; it has 16 characters or more.")
        raise errors.ValidationError({"secret": [said]})
    else:
        secret = given
    db.session.add(
        HookSecret(
            hook_id=hook.id,
            sealed=safe.seal(secret),
            last4=secret[-4:],
            created_at=clock.now(),
        )
    )
    return secret
