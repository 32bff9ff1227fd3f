"""Corrects a meeting with what hangs on it: its photos and what it left to decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from crm.activities import commands
from crm.attachments.models import Attachment
from crm.captures.models import Decision
from crm.database import command, db
from crm.users.viewer import Viewer


@command
def correct_activity(actor: Viewer, activity_id: str, payload: Mapping[str, Any]) -> str:
    """Write the right activity beside a wrong one, as the activity's own command does, and hang on
    it what hung on the wrong one, also photos that are still coming. Return its id."""
    right = commands.correct_activity.inside(actor, activity_id, payload)
    for model in (Attachment, Decision):
        hangs = update(model).where(model.activity_id == activity_id)
        db.session.execute(hangs.values(activity_id=right))
    return right
