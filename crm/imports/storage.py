"""The files of an import in the data folder, under the job's id and never under their own name."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from crm.database import is_id
from crm.errors import NotFound
from crm.imports.keys import KeyedRow
from crm.imports.reading import Table
from crm.imports.verdicts import Verdict

SAMPLE_ROWS = 200


class JobFiles:
    """A job's three files: the table as read, its rows in order, and the verdicts so far."""

    def __init__(self, folder: Path, job_id: str) -> None:
        if not is_id(job_id):  # the id becomes a path
            raise ValueError(job_id)
        self.folder = folder
        self._table = folder / f"{job_id}.table"
        self._rows = folder / f"{job_id}.rows"
        self._verdicts = folder / f"{job_id}.verdicts"

    def keep_table(self, table: Table) -> None:
        """Write the table, readable for this user only."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        head = {"headers": table.headers, "delimiter": table.delimiter, "encoding": table.encoding}
        self._write(self._table, [head, *table.rows])

    def table(self) -> Table:
        """Return the whole table. Raises FileNotFoundError when it was swept."""
        with self._table.open(encoding="utf-8") as lines:
            head = json.loads(next(lines))
            rows = [(line, cells) for line, cells in map(json.loads, lines)]
        return Table(tuple(head["headers"]), rows, head["delimiter"], head["encoding"])

    def keep_rows(self, rows: Iterable[KeyedRow]) -> None:
        """Write the rows in the order in which they will be taken, and forget old verdicts."""
        self._write(self._rows, ([r.line, r.key, r.same_as, r.cells] for r in rows))
        self._verdicts.unlink(missing_ok=True)

    def rows(self, start: int, most: int) -> tuple[list[KeyedRow], int]:
        """Return up to `most` rows from the byte `start` on, and where the next one starts.

        Raises NotFound when the file was swept.
        """
        if not self._rows.exists():
            raise NotFound
        with self._rows.open("rb") as lines:
            lines.seek(start)
            found = [KeyedRow(*json.loads(line)) for line in islice(lines, most)]
            return found, lines.tell()

    def keep_verdicts(self, verdicts: Sequence[Verdict], start: int) -> int:
        """Write verdicts from the byte `start` on; return where the next ones belong.

        What a transaction that never came to its end had written behind `start` is cut away.
        """
        body = "".join(
            json.dumps(verdict.as_json(), ensure_ascii=False) + "\n" for verdict in verdicts
        )
        with self._verdicts.open("ab") as file:
            file.truncate(start)
            file.write(body.encode())
            return file.tell()

    def verdicts(self, after: int = 0, *, problems: bool = False) -> Iterator[dict[str, Any]]:
        """Yield the verdicts behind the first `after`, or only those to look at."""
        if not self._verdicts.exists():
            return
        with self._verdicts.open(encoding="utf-8") as lines:
            for line in islice(lines, after, None):
                verdict = json.loads(line)
                if not problems or verdict.get("problem"):
                    yield verdict

    def remove(self) -> None:
        """Take the files away."""
        for path in (self._table, self._rows, self._verdicts):
            path.unlink(missing_ok=True)

    def _write(self, path: Path, items: Iterable[Any]) -> None:
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        with fresh.open("w", encoding="utf-8") as file:
            for item in items:
                file.write(json.dumps(item, ensure_ascii=False) + "\n")
        fresh.chmod(0o600)
        fresh.replace(path)


def sweep(folder: Path, before: datetime) -> None:
    """Take away the files that nobody has touched since `before`."""
    for path in folder.glob("*.*"):
        if path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
