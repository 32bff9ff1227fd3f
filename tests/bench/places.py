"""The data of a run: companies on both databases in a temporary folder, and their sign-ins."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select, text

from crm import create_app
from crm.company.models import Company
from crm.database import db, new_id
from crm.deals.models import Stage
from crm.deals.stages import add_default_pipeline
from crm.setup.commands import set_up
from crm.users.models import Team, User, UserSession
from crm.users.sessions import hash_token
from tests import postgres
from tests.bench import company
from tests.bench.pour import Postgresql, Sqlite
from tests.bench.processes import ROOT, product

#: The measured rep's team in a company of any size; other teams have ten.
OWN_TEAM, TEAM = 3, 10


@dataclass
class Place:
    """One data folder (and database), ready to be served."""

    name: str
    folder: Path
    url: str = ""
    postmaster: int = 0
    #: Cookies by person: rep, manager (of a team of ten), admin.
    cookies: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def app(self) -> Flask:
        """Return an app in this process on this data."""
        return create_app({"DATA_DIR": str(self.folder), "DATABASE_URL": self.url})

    def served(self) -> dict[str, Any]:
        """Return how `running` starts the product here."""
        return product(self.folder, self.url, self.postmaster)

    def environment(self) -> dict[str, str]:
        return {"DATA_DIR": str(self.folder), "DATABASE_URL": self.url}

    def sign_in(self, who: str, user_id: str, language: str | None = None) -> None:
        """Open a session for a user in this app's context and keep its cookie."""
        token, now = secrets.token_urlsafe(32), datetime.now(UTC)
        db.session.add(
            UserSession(
                user_id=user_id,
                token_hash=hash_token(token),
                device="bench",
                created_at=now,
                seen_at=now,
                expires_at=now + timedelta(days=2),
            )
        )
        if language:
            self.speak(user_id, language)
        db.session.commit()
        self.cookies[who] = f"session_id={token}"

    @staticmethod
    def speak(user_id: str, language: str) -> None:
        """Let a user read in this language and its calendar; not committed."""
        user = db.session.get_one(User, user_id)
        user.language = language
        user.calendar = "jalali" if language == "fa" else "gregorian"


@contextmanager
def workspace() -> Iterator[Path]:
    """Have a folder for the run, gone after it."""
    folder = Path(tempfile.mkdtemp(prefix="hamrah-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def cluster() -> Iterator[postgres.Cluster]:
    """Have a PostgreSQL as durable as one that serves a company."""
    running = postgres.start(
        fsync="on",
        full_page_writes="on",
        synchronous_commit="on",
        shared_buffers="512MB",
        max_wal_size="4GB",
    )
    try:
        yield running
    finally:
        running.stop()


def postmaster_of(running: postgres.Cluster) -> int:
    """Return the server's process id."""
    return int((running.folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def grown(folder: Path, activities: int, running: postgres.Cluster | None = None) -> Place:
    """Make a company with about so many activities."""
    name = f"{'postgresql' if running else 'sqlite'}-{activities}"
    place = Place(name, folder / name)
    if running:
        place.url, place.postmaster = running.create(f"c{activities}"), postmaster_of(running)
    app = place.app()
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        ground = _people(place, max(OWN_TEAM, activities // company.EACH))
        file = db.engine.url.database
        db.session.remove()
        db.engine.dispose()
    target = Postgresql(place.url) if running else Sqlite(Path(str(file)))
    company.fill(target, ground)
    target.close()
    place.ids |= {
        "deal": company.key(4, 0, 20),
        "contact": company.key(2, 0, 20),
        "account": company.key(1, 0, 20),
        "rep": ground.reps[0],
    }
    return place


def _people(place: Place, reps: int) -> company.Ground:
    now = datetime.now(UTC)
    db.session.add(
        Company(
            name="Bench",
            language="en",
            calendar="gregorian",
            timezone="Asia/Tehran",
            currency="IRR",
            epoch=new_id(),
            created_at=now,
        )
    )
    pipeline = add_default_pipeline()
    users = [
        User(id=company.key(9, n, 0), name=f"Rep {n}", role="rep", created_at=now)
        for n in range(reps)
    ]
    chiefs = _teams(users, now)
    admin = User(id=company.key(12, 0, 0), name="Admin", role="admin", created_at=now)
    db.session.add(admin)
    db.session.flush()
    chief = chiefs[min(1, len(chiefs) - 1)]
    for who, user in (("rep", users[0]), ("manager", chief), ("admin", admin)):
        place.sign_in(who, user.id)
    stages = {str(stage.key): stage.id for stage in db.session.scalars(select(Stage))}
    teams = [str(user.team_id) for user in users]
    ground = company.Ground([u.id for u in users], teams, pipeline.id, stages, now)
    db.session.commit()
    return ground


def _teams(users: list[User], now: datetime) -> list[User]:
    """Put the reps into teams, each with a manager; return the managers."""
    reps = len(users)
    chiefs: list[User] = []
    for n, first in enumerate([0, *range(OWN_TEAM, reps, TEAM)]):
        team = Team(id=company.key(10, n, 0), name=f"Team {n}")
        chief = User(
            id=company.key(11, n, 0),
            name=f"Manager {n}",
            role="manager",
            team_id=team.id,
            created_at=now,
        )
        db.session.add(team)
        db.session.flush()
        members = users[first : OWN_TEAM if n == 0 else first + TEAM]
        for member in members:
            member.team_id = team.id
        db.session.add_all([*members, chief])
        db.session.flush()
        team.manager_id = chief.id
        chiefs.append(chief)
    return chiefs


def commanded(folder: Path, name: str, *command: str) -> Place:
    """Make a data folder by a command of the product's own. Raises RuntimeError when it fails."""
    place = Place(name, folder / name)
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", *command],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **place.environment()},
    )
    if done.returncode:
        raise RuntimeError(f"flask {command[0]}: {done.stderr.strip()[-300:]}")
    return place


def empty(folder: Path, name: str) -> Place:
    """Make a data folder with a company that has an admin and nothing else."""
    place = Place(name, folder / name)
    app = place.app()
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        set_up(
            None,
            {
                "company": "Real",
                "name": "Admin",
                "login": "admin@example.com",
                "language": "en",
                "timezone": "Asia/Tehran",
                "calendar": "gregorian",
                "currency": "USD",
                "password": secrets.token_urlsafe(12),
            },
        )
        db.session.remove()
        db.engine.dispose()
    return place


def busiest(place: Place) -> None:
    """Sign in as whoever has most open deals, in either language; choose his deal to look at."""
    with place.app().app_context():
        rep = db.session.execute(
            text(
                "SELECT owner_id FROM deal WHERE status = 'open' AND owner_id IS NOT NULL"
                " GROUP BY owner_id ORDER BY count(*) DESC, owner_id LIMIT 1"
            )
        ).scalar_one()
        place.ids["rep"] = str(rep)
        place.ids["deal"] = str(
            db.session.execute(
                text(
                    "SELECT deal.id FROM deal JOIN timeline_entry AS e ON e.deal_id = deal.id"
                    " WHERE deal.owner_id = :rep AND status = 'open' GROUP BY deal.id"
                    " ORDER BY count(*) DESC, deal.id LIMIT 1"
                ),
                {"rep": rep},
            ).scalar_one()
        )
        db.session.get_one(User, str(rep)).is_active = True
        place.sign_in("rep", str(rep))
        db.session.remove()
        db.engine.dispose()
