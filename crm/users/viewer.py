"""Who is looking: a small immutable value that every query and command takes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.errors import NotFound
from crm.i18n import Locale


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person, as read from the database for this request.

    `team_ids` are the teams whose records he may see: his own when it shares, and those he manages.
    """

    id: str
    name: str
    role: str
    team_id: str | None
    team_ids: tuple[str, ...]
    locale: Locale
    currency: str = "IRR"
    theme: str = "auto"
    session_id: str | None = None
    quiet_days: int = 10
    seen_at: datetime | None = None

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"

    @property
    def is_manager(self) -> bool:
        return self.role in ("manager", "admin")

    # What Flask-Login asks of a user.
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.id


def require_admin(viewer: Viewer) -> None:
    """Raise NotFound unless the viewer is an admin: what others may not do is not there."""
    if not viewer.is_admin:
        raise NotFound


#: Acts where no person does: set-up, the command line, sample data.
def system_viewer(locale: Locale, currency: str = "IRR") -> Viewer:
    """Return the actor for work that nobody in particular asked for; sees everything."""
    return Viewer(SYSTEM_ID, "Hamrah", "admin", None, (), locale, currency)


SYSTEM_ID = "00000000-0000-7000-8000-000000000000"
