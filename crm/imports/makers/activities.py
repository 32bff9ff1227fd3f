"""Activities from files: what was done, and what is still promised."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.models import Account, Contact
from crm.activities.models import Activity, ActivityKind
from crm.deals.models import Deal
from crm.i18n import _, fold
from crm.imports.dates import Moment
from crm.imports.drafts import Draft, Message
from crm.imports.keys import KeyedRow
from crm.imports.lookup import Known
from crm.imports.makers.base import Maker, Rows
from crm.imports.verdicts import Verdict
from crm.leads.models import Lead

_Owner = tuple[str | None, str | None]
_LINKED = {"contact": Contact, "lead": Lead, "deal": Deal}


class ActivityMaker(Maker):
    """Activities. What happened once does not change: a changed row is left as it is."""

    model = Activity

    def load(self, rows: Rows) -> None:
        super().load(rows)
        drafts = [draft for _row, draft in rows]
        self.account_ids = self.lookup.accounts(d.refs.get("account", "") for d in drafts)
        self.named = {
            what: self.lookup.named(model, (d.refs.get(what, "") for d in drafts))
            for what, model in _LINKED.items()
        }

    def label(self, draft: Draft) -> str:
        note = str(draft.values.get("note") or "")
        return str(draft.values.get("subject") or note[:80] or draft.values.get("kind") or "")

    def missing(self, draft: Draft) -> str | None:
        if not self.label(draft):
            return _("There is no subject and no note in this row.")
        if not draft.moments:
            return _("There is no date in this row.")
        return None

    def _links(self, draft: Draft, verdict: Verdict) -> dict[str, str | None]:
        links: dict[str, str | None] = {"account_id": None}
        for what, known in self.named.items():
            name = draft.refs.get(what, "")
            found = known.get(fold(name), [])
            links[f"{what}_id"] = found[0][0] if len(found) == 1 else None
            if len(found) == 1 and found[0][1]:
                links["account_id"] = found[0][1]
            elif name and len(found) != 1:
                self._unknown(what.capitalize(), name, draft, verdict)
        account = draft.refs.get("account", "")
        if account_id := self.account_ids.get(fold(account)):
            links["account_id"] = account_id
        elif account:
            self._unknown("Account", account, draft, verdict)
        return links

    def _unknown(self, label: str, name: str, draft: Draft, verdict: Verdict) -> None:
        said = _("“%(name)s” is not here, or not only once. The note keeps it.", name=name[:60])
        verdict.messages.append(Message(said, label))
        draft.kept.append((label, name))

    def _times(self, draft: Draft) -> tuple[Moment | None, datetime | None]:
        """Return what it was due at, and when it was done if it was."""
        due, done = draft.moments.get("due_on"), draft.moments.get("done_on")
        said = draft.values.get("is_done")
        if said == "no":
            return due or done, None
        if done is None and said == "yes":
            done = due
        return due, done.past(self.actor.locale) if done else None

    def create(self, row: KeyedRow, draft: Draft, owner: _Owner, verdict: Verdict) -> None:
        links = self._links(draft, verdict)
        due, done_at = self._times(draft)
        at = done_at or self.now
        kind = draft.values.get("kind") or (ActivityKind.NOTE if done_at else ActivityKind.TASK)
        told = {
            "kind": kind,
            "subject": draft.values.get("subject"),
            "note": draft.text("note"),
            "outcome": draft.values.get("outcome"),
        }
        due_at = due.instant(self.actor.locale) if due else None
        times = {"due_at": due_at, "has_time": bool(due and due.time), "done_at": done_at}
        owned = {"owner_id": owner[0], "team_id": owner[1], "import_key": row.key}
        stamps = {"created_at": at, "updated_at": self.now}
        verdict.record_id = self.batch.insert(Activity, **told, **links, **times, **owned, **stamps)
        said = {**told, "due_at": due_at.isoformat() if due_at else None}
        self.batch.entry(
            "activity.logged" if done_at else "activity.planned",
            at,
            {name: value for name, value in said.items() if value is not None},
            **links,
            activity_id=verdict.record_id,
        )
        if done_at:
            self._touch(links, done_at)

    def _touch(self, links: dict[str, str | None], at: datetime) -> None:
        for model in (Account, Contact, Deal, Lead):
            self.batch.touch(model, links.get(f"{model.__tablename__}_id"), at)

    def change(
        self, row: KeyedRow, draft: Draft, owner: _Owner, existing: Known, verdict: Verdict
    ) -> None:
        """Correcting an activity is for the person who wrote it."""
