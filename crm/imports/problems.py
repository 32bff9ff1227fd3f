"""The rows that did not come in, as a CSV to mend and bring again."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from crm.i18n import _
from crm.imports.models import ImportJob
from crm.imports.queries import get_table
from crm.imports.reading import FORMULA_STARTS
from crm.imports.storage import JobFiles

_HARMLESS = re.compile(r"[+-]?\d+([.,]\d+)*")
_INVISIBLE = "\ufeff\u200b\u200e\u200f\u202a\u202b\u202c \t\r\n"


def problems_csv(job: ImportJob, folder: Path) -> str:
    """Return the file's own columns with one more that says what is wrong with each row."""
    table = get_table(job, folder)
    said = {
        verdict["line"]: "; ".join(
            f"{m['field']}: {m['text']}" if m["field"] else m["text"] for m in verdict["messages"]
        )
        for verdict in JobFiles(folder, job.id).verdicts(problems=True)
    }
    out = io.StringIO()
    out.write("\ufeff")  # without it Excel reads Persian as something else
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow([guarded(header) for header in table.headers] + [_("What is wrong")])
    for line, cells in table.rows:
        if line in said:
            writer.writerow([guarded(cell) for cell in cells] + [guarded(said[line])])
    return out.getvalue()


def guarded(cell: str) -> str:
    """Return the cell so that no spreadsheet takes it for a formula."""
    bare = cell.lstrip(_INVISIBLE)
    starts = cell.startswith(FORMULA_STARTS) or bare.startswith(FORMULA_STARTS)
    return f"'{cell}" if starts and not _HARMLESS.fullmatch(cell) else cell
