"""Many reps in one company, each with a phone's session and records to log on."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select

from crm import clock
from crm.accounts.models import Contact
from crm.database import db, new_id
from crm.deals.models import Deal, Stage
from crm.i18n import fold
from crm.users.models import User, UserSession
from crm.users.sessions import hash_token
from tests import people

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Rep:
    """One of them: his cookie, and the ids that his captures name."""

    user_id: str
    cookie: str
    contact_id: str
    deal_id: str
    #: Stages that a deal may go to and fro between.
    stages: tuple[str, str]


def settle(app: Flask, count: int) -> list[Rep]:
    """Make the tables, the company and so many reps; nothing is held open afterwards."""
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        people.settle()
        db.session.flush()
        stages = {stage.key: stage for stage in db.session.scalars(select(Stage))}
        reps = [_rep(number, stages) for number in range(count)]
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return reps


def _rep(number: int, stages: dict[str | None, Stage]) -> Rep:
    now, token = clock.now(), secrets.token_urlsafe(32)
    user = User(id=new_id(), name=f"Rep {number}", role="rep", created_at=now)
    db.session.add(user)
    db.session.flush()
    db.session.add(
        UserSession(
            user_id=user.id,
            token_hash=hash_token(token),
            device="A phone",
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(days=30),
        )
    )
    owned = {"owner_id": user.id, "created_at": now, "updated_at": now}
    named = {"name": f"Customer {number}", "name_folded": fold(f"Customer {number}")}
    contact = Contact(id=new_id(), **owned, **named)
    first = stages["lead"]
    deal = Deal(
        id=new_id(),
        pipeline_id=first.pipeline_id,
        stage_id=first.id,
        status=first.kind,
        currency="IRR",
        opened_on=now.date(),
        stage_entered_at=now,
        **owned,
        **named,
    )
    db.session.add_all([contact, deal])
    there_and_back = (stages["qualified"].id, stages["proposal"].id)
    return Rep(user.id, f"session_id={token}", contact.id, deal.id, there_and_back)
