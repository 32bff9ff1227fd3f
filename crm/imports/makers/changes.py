"""What a row of a later file changes on a record that is here already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from crm.tags.queries import tags_of

_LISTS = ("phones", "emails")


def find_changes(
    record: Any, values: Mapping[str, Any], tags: list[str], *, only_empty: bool
) -> dict[str, list[Any]]:
    """Return {field: [before, after]}.

    An empty cell takes nothing away; phones, addresses and tags are added, never removed.
    `only_empty` is for records that somebody typed in: what stands there stays.
    """
    changes: dict[str, list[Any]] = {}
    for name, value in values.items():
        before = getattr(record, name)
        after = _joined(before, value) if name in _LISTS else value
        stays = only_empty and before not in (None, "") and name not in _LISTS
        if after not in (None, "", before) and not stays:
            changes[name] = [_plain(before), _plain(after)]
    if tags:
        had = tags_of(record.id)
        more = [tag for tag in tags if tag not in had]
        if more:
            changes["tags"] = [had, had + more]
    return changes


def payload_of(changes: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return what an update command takes."""
    return {name: after for name, (_before, after) in changes.items()}


def _joined(before: list[dict[str, Any]], more: list[dict[str, Any]]) -> list[dict[str, Any]]:
    had = {entry["value"] for entry in before}
    return before + [entry for entry in more if entry["value"] not in had]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
