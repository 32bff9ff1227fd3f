"""Accounts, contacts and leads from files."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import update

from crm.accounts.commands import update_account, update_contact
from crm.accounts.models import Account, Contact
from crm.database import db
from crm.i18n import _, fold, to_ascii_digits
from crm.imports.drafts import Draft, Message
from crm.imports.keys import KeyedRow
from crm.imports.lookup import Known
from crm.imports.makers.base import Maker, Rows
from crm.imports.makers.changes import find_changes, payload_of
from crm.imports.verdicts import Verdict
from crm.leads.commands import update_lead
from crm.leads.models import Lead, LeadStatus

_Owner = tuple[str | None, str | None]


class _PeopleMaker(Maker):
    """What the three have in common."""

    record_type: str
    created = ""

    def load(self, rows: Rows) -> None:
        super().load(rows)
        names = [self.label(draft) for _row, draft in rows]
        self.hands: dict[str, list[Any]] = self.lookup.by_hand(self.model, names)
        self.marks = self.lookup.digests(r.id for found in self.hands.values() for r in found)

    def label(self, draft: Draft) -> str:
        """A person without a name goes by the firm, the e-mail address or the phone."""
        values = draft.values
        reach = [*values.get("emails", ()), *values.get("phones", ())]
        other = values.get("company") or draft.refs.get("account")
        return str(values.get("name") or other or (reach[0]["value"] if reach else ""))

    def match(self, draft: Draft) -> Known | None:
        for record in self.hands.get(fold(to_ascii_digits(self.label(draft))), ()):
            if self.is_meant(record, draft):
                archived = record.archived_at is not None
                return Known(record.id, self.marks.get(record.id), archived, True)
        return None

    def is_meant(self, record: Any, draft: Draft) -> bool:
        """Whether a record of the same name is the same: it shares a phone or an address."""
        ours = {e["value"] for e in (*record.phones, *record.emails)}
        theirs = {e["value"] for name in ("phones", "emails") for e in draft.values.get(name, ())}
        return bool(ours & theirs)

    def columns(self, draft: Draft, verdict: Verdict) -> dict[str, Any]:
        """Return the record's own columns."""
        plain = {k: v for k, v in draft.values.items() if k != "description"}
        text = draft.text()
        return {**plain, **({"description": text} if text else {}), "name": self.label(draft)}

    def create(self, row: KeyedRow, draft: Draft, owner: _Owner, verdict: Verdict) -> None:
        values = self.columns(draft, verdict)
        created = draft.moments.get("created_on")
        at = created.past(self.actor.locale) if created else self.now
        values |= {"owner_id": owner[0], "team_id": owner[1]}
        name = fold(to_ascii_digits(values["name"]))
        verdict.record_id = self.batch.insert(
            self.model,
            **values,
            name_folded=name,
            import_key=row.key,
            created_at=at,
            updated_at=self.now,
        )
        record = {**values, "id": verdict.record_id}
        self.batch.tag(verdict.record_id, draft.tags, self.tag_ids)
        self.batch.findable(
            self.record_type, record, self.subtitle(record, draft), draft.tags, values.get("city")
        )
        self.batch.entry(self.created, at, self.told(values), **self.about(record))

    def change(
        self, row: KeyedRow, draft: Draft, owner: _Owner, existing: Known, verdict: Verdict
    ) -> None:
        record = db.session.get(self.model, existing.id)
        values = self.columns(draft, verdict)
        if draft.refs.get("owner") and not existing.is_by_hand:
            values["owner_id"] = owner[0]
        verdict.changes = find_changes(record, values, draft.tags, only_empty=existing.is_by_hand)
        verdict.update = partial(self._apply, existing, row.key, payload_of(verdict.changes))

    def _apply(self, existing: Known, key: str, payload: dict[str, Any]) -> None:
        commands: dict[Any, Any] = {
            Account: update_account,
            Contact: update_contact,
            Lead: update_lead,
        }
        commands[self.model].inside(self.actor, existing.id, payload)
        if existing.is_by_hand:
            db.session.execute(
                update(self.model).where(self.model.id == existing.id).values(import_key=key)
            )

    def about(self, record: dict[str, Any]) -> dict[str, str | None]:
        """Return the records that the timeline entry stands on."""
        return {f"{self.record_type}_id": record["id"]}

    def told(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return what the timeline entry says."""
        return {}

    def subtitle(self, record: dict[str, Any], draft: Draft) -> str:
        """Return the second line in search results."""
        return ""


class AccountMaker(_PeopleMaker):
    """Accounts; parents come before daughters (see `keys.prepare`)."""

    model, record_type, created = Account, "account", "account.created"

    def load(self, rows: Rows) -> None:
        super().load(rows)
        names = [draft.refs.get("parent", "") for _row, draft in rows]
        self.account_ids = self.lookup.accounts([*names, *map(self.label, _drafts(rows))])

    def is_meant(self, record: Any, draft: Draft) -> bool:
        return True

    def columns(self, draft: Draft, verdict: Verdict) -> dict[str, Any]:
        parent, parent_id = draft.refs.get("parent", ""), None
        if parent and fold(parent) != fold(self.label(draft)):
            parent_id = self.account(parent, draft, verdict)
        elif parent:
            verdict.messages.append(Message(_("An account cannot belong to itself."), "Belongs to"))
        values = super().columns(draft, verdict)
        return {**values, **({"parent_id": parent_id} if parent_id else {})}

    def create(self, row: KeyedRow, draft: Draft, owner: _Owner, verdict: Verdict) -> None:
        super().create(row, draft, owner, verdict)
        self.learn_account(self.label(draft), str(verdict.record_id))

    def subtitle(self, record: dict[str, Any], draft: Draft) -> str:
        return str(record.get("city") or record.get("industry") or "")


class ContactMaker(_PeopleMaker):
    """Contacts, with the accounts that they work for."""

    model, record_type, created = Contact, "contact", "contact.created"

    def load(self, rows: Rows) -> None:
        super().load(rows)
        self.account_ids = self.lookup.accounts(d.refs.get("account", "") for d in _drafts(rows))

    def is_meant(self, record: Any, draft: Draft) -> bool:
        account_id = self.account_ids.get(fold(draft.refs.get("account", "")))
        same_firm = account_id is not None and record.account_id == account_id
        return same_firm or super().is_meant(record, draft)

    def columns(self, draft: Draft, verdict: Verdict) -> dict[str, Any]:
        account_id = self.account(draft.refs.get("account", ""), draft, verdict)
        values = super().columns(draft, verdict)
        return {**values, **({"account_id": account_id} if account_id else {})}

    def about(self, record: dict[str, Any]) -> dict[str, str | None]:
        return {"contact_id": record["id"], "account_id": record.get("account_id")}

    def subtitle(self, record: dict[str, Any], draft: Draft) -> str:
        return draft.refs.get("account") or str(record.get("job_title") or "")


class LeadMaker(_PeopleMaker):
    """Leads."""

    model, record_type, created = Lead, "lead", "lead.captured"

    def is_meant(self, record: Any, draft: Draft) -> bool:
        company = draft.values.get("company")
        same_firm = bool(company and record.company and fold(company) == fold(record.company))
        return same_firm or super().is_meant(record, draft)

    def columns(self, draft: Draft, verdict: Verdict) -> dict[str, Any]:
        values = super().columns(draft, verdict)
        if "amount" in values or "currency" in values:
            values["currency"] = self.currency(draft)
        return values

    def create(self, row: KeyedRow, draft: Draft, owner: _Owner, verdict: Verdict) -> None:
        if heat := draft.values.get("heat"):
            draft.values["heat_by_hand"] = heat
        draft.values.setdefault("status", LeadStatus.NEW)
        super().create(row, draft, owner, verdict)

    def told(self, values: dict[str, Any]) -> dict[str, Any]:
        return {"source": values["source"]} if values.get("source") else {}

    def subtitle(self, record: dict[str, Any], draft: Draft) -> str:
        return str(record.get("company") or "")


def _drafts(rows: Rows) -> list[Draft]:
    return [draft for _row, draft in rows]
