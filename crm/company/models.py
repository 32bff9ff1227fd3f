"""The one company that this deployment serves, and its defaults."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Key

#: The id of the one row: whoever sets up at the same moment runs into it.
ONLY = "00000000-0000-7000-8000-000000000001"


class Company(Base):
    """A single row, made at set-up."""

    __tablename__ = "company"

    id: Mapped[Key]
    name: Mapped[str]
    language: Mapped[str]
    calendar: Mapped[str]
    timezone: Mapped[str]
    currency: Mapped[str]
    money_unit: Mapped[str] = mapped_column(default="toman")
    region: Mapped[str] = mapped_column(default="IR")
    quiet_days: Mapped[int] = mapped_column(default=10)
    #: From how many points on a lead is warm, and hot; and which rules these and the others are.
    warm_from: Mapped[int] = mapped_column(default=40)
    hot_from: Mapped[int] = mapped_column(default=70)
    rules_version: Mapped[int] = mapped_column(default=1)
    #: How soon a lead is answered, in minutes of work; the days (Monday 0) and minutes of the day.
    reply_within_minutes: Mapped[int] = mapped_column(default=60)
    work_days: Mapped[str] = mapped_column(default="5,6,0,1,2")
    work_from: Mapped[int] = mapped_column(default=9 * 60)
    work_until: Mapped[int] = mapped_column(default=17 * 60)
    #: Whether Iran's official holidays are the company's.
    has_official_holidays: Mapped[bool] = mapped_column(default=False)
    #: Whether people's calendars may lie on servers inside the company's own network.
    inside_calendars: Mapped[bool] = mapped_column(default=False)
    #: Changes when the data is restored from a backup, so that phones offer again what they sent.
    epoch: Mapped[str]
    has_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    @property
    def working_days(self) -> frozenset[int]:
        """The days of work, as `date.weekday()` counts."""
        return frozenset(int(day) for day in self.work_days.split(",") if day)


class Holiday(Base):
    """A day that an admin made a holiday, or an official one that he took away or named anew."""

    __tablename__ = "holiday"

    day: Mapped[date] = mapped_column(primary_key=True)
    #: What the admin called it; none for an official one that keeps its name.
    name: Mapped[str | None]
    is_removed: Mapped[bool] = mapped_column(default=False)
