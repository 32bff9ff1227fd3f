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


def rule_words(reason: Mapping[str, Any]) -> str:
    """Return a rule's condition: «Deal amount at least 500m toman»."""
    field, value = field_label(reason["field"]), value_words(reason, reason["value"])
    return {
        Comparison.AT_LEAST: _("%(field)s: at least %(value)s", field=field, value=value),
        Comparison.AT_MOST: _("%(field)s: at most %(value)s", field=field, value=value),
        Comparison.EQUALS: _("%(field)s: exactly %(value)s", field=field, value=value),
    }[Comparison(reason["comparison"])]


def actual_words(reason: Mapping[str, Any]) -> str:
    """Return what the record had when it crossed: «Deal amount 600m toman»."""
    return f"{field_label(reason['field'])} {value_words(reason, reason['actual'])}"
