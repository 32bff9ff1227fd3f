"""What an activity is called: its own words, else its kind and whom it is with."""

from __future__ import annotations

from crm.activities.models import KIND_NAMES, ActivityKind
from crm.i18n import _


def kind_label(kind: str) -> str:
    """Return the name of an activity kind."""
    return _(KIND_NAMES[ActivityKind(kind)]) if kind in KIND_NAMES else kind


def subject_of(kind: str, subject: str | None, who: str | None) -> str:
    """Return what is promised."""
    if subject:
        return subject
    if not who:
        return kind_label(kind)
    return {
        "call": _("Call %(name)s", name=who),
        "message": _("Message %(name)s", name=who),
        "meeting": _("Meeting with %(name)s", name=who),
        "visit": _("Visit %(name)s", name=who),
    }.get(kind, f"{kind_label(kind)} · {who}")
