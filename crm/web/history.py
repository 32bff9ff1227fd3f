"""How an entry of a history is put into words: title, icon, tone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crm.i18n import _
from crm.records import field_label

Words = tuple[str, str, str]


def plain(title: Callable[[], str], icon: str = "note", tone: str = "") -> Any:
    """Return what an entry of one kind is always called."""
    return lambda _row, _stages: (title(), icon, tone)


def changed(row: Any, _stages: Any) -> Words:
    """Return which fields were changed."""
    names = [field_label(name) for name in row.data.get("changed", {})]
    return _("Changed: %(fields)s", fields=_(", ").join(names)), "edit", ""
