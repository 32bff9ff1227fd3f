"""Decides about rows and writes them: one way for the dry run, the command line and the phone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from crm.company.models import Company
from crm.database import db
from crm.imports.batch import Batch
from crm.imports.drafts import DraftReader
from crm.imports.keys import KeyedRow
from crm.imports.lookup import Lookup, Overlay
from crm.imports.makers.activities import ActivityMaker
from crm.imports.makers.base import Maker, apply
from crm.imports.makers.catalogue import ProductMaker
from crm.imports.makers.deals import DealMaker
from crm.imports.makers.people import AccountMaker, ContactMaker, LeadMaker
from crm.imports.makers.team import UserMaker
from crm.imports.spec import Spec
from crm.imports.verdicts import Outcome, Verdict
from crm.users.viewer import Viewer

#: Short transactions: others write in between.
ROWS_A_TRANSACTION = 100
_MAKERS: dict[str, type[Maker]] = {
    "products": ProductMaker,
    "users": UserMaker,
    "accounts": AccountMaker,
    "contacts": ContactMaker,
    "leads": LeadMaker,
    "deals": DealMaker,
    "activities": ActivityMaker,
}


def decide(
    viewer: Viewer, spec: Spec, rows: Sequence[KeyedRow], overlay: Overlay | None = None
) -> tuple[Batch, list[Verdict]]:
    """Return what would become of the rows, and the batch that would make it so.

    Nothing is written. `overlay` carries what earlier rows of a dry run would have made.
    """
    reader = DraftReader(spec, viewer)
    batch = Batch(viewer, spec, Lookup(viewer, overlay))
    maker = _MAKERS[spec.kind](batch)
    drafts = [(row, reader.read(row.cells)) for row in rows]
    maker.load(drafts)
    return batch, [maker.decide(row, draft) for row, draft in drafts]


def write(actor: Viewer, spec: Spec, rows: Sequence[KeyedRow]) -> list[Verdict]:
    """Bring in up to `ROWS_A_TRANSACTION` rows, inside a command, and return their verdicts."""
    # Two imports take turns, so that both never make the same account; SQLite's writer does so.
    db.session.execute(select(Company.id).with_for_update()).all()
    batch, verdicts = decide(actor, spec, rows)
    batch.write()
    for verdict in verdicts:
        apply(verdict)
        if verdict.record_id and verdict.outcome != Outcome.FAILED:
            batch.mark(verdict.record_id, verdict.digest)
    batch.write_marks()
    return verdicts
