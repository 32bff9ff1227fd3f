"""The rules of scoring as a test names them."""

from __future__ import annotations

from sqlalchemy import select

from crm.database import db
from crm.leads.models import ScoreRule


def rule_id(signal: str) -> str:
    """Return the id of the rule about this signal."""
    return db.session.scalars(select(ScoreRule.id).where(ScoreRule.signal == signal)).one()
