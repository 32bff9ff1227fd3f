"""An import under way, and what was last read about each record that came from a file."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.database import Base, Key, Ref


class ImportStatus(StrEnum):
    MAPPING = "mapping"
    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"


class ImportJob(Base):
    """One file on its way in. Its rows lie in the data folder under the job's id."""

    __tablename__ = "import_job"
    __table_args__ = (Index(None, "owner_id", "created_at"),)

    id: Mapped[Key]
    owner_id: Mapped[Ref] = mapped_column(ForeignKey("user.id"))
    #: What the file was called, to show; never part of a path.
    file_name: Mapped[str]
    status: Mapped[str] = mapped_column(default=ImportStatus.MAPPING)
    #: How the file is read (see `imports.spec`), as JSON.
    spec: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    #: Where the next row starts in the rows file, and how long the verdicts file is by now.
    rows_at: Mapped[int] = mapped_column(default=0)
    verdicts_at: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def is_moving(self) -> bool:
        """Whether there are rows still to check or to import."""
        return self.status in (ImportStatus.CHECKING, ImportStatus.RUNNING)


class ImportMark(Base):
    """A digest of the row that a record was last imported from.

    The same row again is skipped without looking further, so that what was changed by hand
    since then stays.
    """

    __tablename__ = "import_mark"

    record_id: Mapped[Ref] = mapped_column(primary_key=True)
    digest: Mapped[str]
