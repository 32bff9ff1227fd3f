"""Why automation stopped, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.i18n import _, formatting
from crm.stops.fields import FIELDS, Comparison


def field_label(field: str) -> str:
    """Return what a rule looks at."""
    return {
        "amount": _("Deal amount"),
        "probability": _("Chance of winning"),
        "score": _("Lead score"),
    }[field]


def comparison_label(comparison: str) -> str:
    """Return how a rule compares."""
    return {
        Comparison.AT_LEAST: _("at least"),
        Comparison.AT_MOST: _("at most"),
        Comparison.EQUALS: _("exactly"),
    }[Comparison(comparison)]


def value_words(reason: Mapping[str, Any], value: int) -> str:
    """Return a value as the reader says it: «500 million toman», 80%, 70."""
    if FIELDS[reason["field"]].is_money:
        return formatting.money(value, reason["currency"])
    if reason["field"] == "probability":
        return formatting.percent(value)
    return formatting.number(value)


def limit_words(reason: Mapping[str, Any]) -> str:
    """Return from where on a rule holds: «500m toman or more»."""
    value = value_words(reason, reason["value"])
    return {
        Comparison.AT_LEAST: _("%(value)s or more", value=value),
        Comparison.AT_MOST: _("%(value)s or less", value=value),
        Comparison.EQUALS: _("exactly %(value)s", value=value),
    }[Comparison(reason["comparison"])]


def rule_words(reason: Mapping[str, Any]) -> str:
    """Return a rule's condition: «Deal amount: 500m toman or more»."""
    return _("%(what)s: %(limit)s", what=field_label(reason["field"]), limit=limit_words(reason))


def reason_words(reason: Mapping[str, Any]) -> str:
    """Return why a stop is: «Deal amount 600m toman · the limit is 500m toman or more»."""
    actual = f"{field_label(reason['field'])} {value_words(reason, reason['actual'])}"
    limit = _("the limit is %(limit)s", limit=limit_words(reason))
    return f"{actual} · {limit}"
