"""Lines written before they said whose they are are found after the upgrade."""

from __future__ import annotations

from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import text

from crm import create_app
from crm.database import db, new_id
from crm.i18n import Locale
from crm.search.queries import search
from crm.users.viewer import Viewer
from tests.clock import MovableClock
from tests.databases import settings

MIGRATIONS = str(Path(__file__).parents[2] / "migrations")
OLD = (
    "INSERT INTO search_entry (record_id, record_type, owner_id, team_id, title, subtitle,"
    " title_folded, folded)"
    " VALUES (:record, 'contact', :owner, :team, 'Mina', '', 'mina', ' mina ')"
)


def test_an_old_line_is_found_by_who_may_see_it_and_by_nobody_else(
    tmp_path: Path, clock: MovableClock
) -> None:
    app = create_app(settings(tmp_path, clock))
    owner, team = new_id(), new_id()
    with app.app_context():
        upgrade(directory=MIGRATIONS, revision="0003")
        for whose in ((owner, team), (None, None), (new_id(), None)):
            db.session.execute(text(OLD), {"record": new_id(), "owner": whose[0], "team": whose[1]})
        db.session.commit()
        upgrade(directory=MIGRATIONS)
        seen = {
            name: len(search(viewer, "mina"))
            for name, viewer in {
                "owner": Viewer(owner, "", "rep", None, (), Locale()),
                "team": Viewer(new_id(), "", "rep", team, (team,), Locale()),
                "admin": Viewer(new_id(), "", "admin", None, (), Locale()),
                "stranger": Viewer(new_id(), "", "rep", None, (), Locale()),
            }.items()
        }
        db.session.remove()
        db.engine.dispose()
    assert seen == {"owner": 2, "team": 2, "admin": 3, "stranger": 1}
