"""The way of every row: is it sound, is it here already, is it new."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, ClassVar

from crm import errors
from crm.accounts.models import Account, Contact
from crm.database import db, new_id
from crm.i18n import _, fold, number, stored_code
from crm.imports.batch import Batch
from crm.imports.drafts import Draft, Message
from crm.imports.keys import KeyedRow, account_key, person_key
from crm.imports.lookup import Known
from crm.imports.spec import MINE, NOBODYS
from crm.imports.verdicts import Outcome, Verdict

Rows = Sequence[tuple[KeyedRow, Draft]]


class Maker:
    """Turns drafts of one kind into verdicts. `load` asks the database once for all of them."""

    model: ClassVar[Any]

    def __init__(self, batch: Batch) -> None:
        self.batch, self.spec, self.lookup = batch, batch.spec, batch.lookup
        self.actor, self.now = batch.actor, batch.now
        self.known: dict[str, Known] = {}
        self.account_ids: dict[str, str] = {}
        self.tag_ids: dict[str, str] = {}

    def load(self, rows: Rows) -> None:
        """Look up what the rows name."""
        self.known = self.lookup.known(self.model, [row.key for row, _draft in rows])
        self.tag_ids = self.lookup.tags(tag for _row, draft in rows for tag in draft.tags)

    def decide(self, row: KeyedRow, draft: Draft) -> Verdict:
        """Return what becomes of the row; its rows to insert are in the batch then."""
        verdict = Verdict(row.line, label=self.label(draft), messages=list(draft.warnings))
        if draft.errors:
            verdict.messages += draft.errors
            return verdict
        if row.same_as is not None:
            return verdict.skip(_("The same as line %(line)s.", line=number(row.same_as)))
        if missing := self.missing(draft):
            return verdict.fail(missing)
        if row.key in self.lookup.overlay.keys:
            return verdict.skip(_("The same as a row of an earlier file."))
        owner = self.owner(draft, verdict)
        verdict.digest = self.digest(draft, owner)
        existing = self.known.get(row.key) or self.match(draft)
        if existing is None:
            self.create(row, draft, owner, verdict)
            self.lookup.overlay.keys.add(row.key)
            verdict.outcome = Outcome.CREATED
        else:
            self._meet(row, draft, owner, existing, verdict)
        return verdict

    def _meet(
        self,
        row: KeyedRow,
        draft: Draft,
        owner: tuple[str | None, str | None],
        existing: Known,
        verdict: Verdict,
    ) -> None:
        """The record is here: leave it, or change what the file says differently."""
        if existing.digest == verdict.digest:
            verdict.messages = []
            verdict.skip(_("Here already, and the row is the same as last time."))
        elif existing.is_archived:
            verdict.skip(_("It is archived here. Restore it first if you want it changed."))
        else:
            verdict.record_id = existing.id
            self.change(row, draft, owner, existing, verdict)
            if verdict.changes:
                verdict.outcome = Outcome.UPDATED
            else:
                verdict.update = None
                verdict.messages = []
                verdict.skip(_("Here already, with nothing new in the file."))

    # What each kind says for itself.

    def label(self, draft: Draft) -> str:
        """Return how a list names the row."""
        return str(draft.values.get("name") or "")

    def missing(self, draft: Draft) -> str | None:
        """Return what is wrong when the row cannot be a record at all."""
        return None if self.label(draft) else _("There is no name in this row.")

    def match(self, draft: Draft) -> Known | None:
        """Return the record that was typed in by hand and is plainly meant."""
        return None

    def facts(self, draft: Draft) -> list[Any]:
        """Return what else decides whether a row is the same as last time."""
        return []

    def create(
        self, row: KeyedRow, draft: Draft, owner: tuple[str | None, str | None], verdict: Verdict
    ) -> None:
        """Put the new record's rows into the batch."""
        raise NotImplementedError

    def change(
        self,
        row: KeyedRow,
        draft: Draft,
        owner: tuple[str | None, str | None],
        existing: Known,
        verdict: Verdict,
    ) -> None:
        """Fill `verdict.changes` and `verdict.update`."""
        raise NotImplementedError

    # What several kinds share.

    def digest(self, draft: Draft, owner: tuple[str | None, str | None]) -> str:
        """Return what is remembered of the row."""
        told = [
            sorted(draft.values.items(), key=_first),
            sorted(draft.refs.items()),
            sorted(draft.moments.items(), key=_first),
            draft.tags,
            [text for _label, text in draft.kept],
            owner[0],
            self.facts(draft),
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:32]

    def owner(self, draft: Draft, verdict: Verdict) -> tuple[str | None, str | None]:
        """Return the owner's id and team, by the row or by what was chosen for the file."""
        name = draft.refs.get("owner")
        if name:
            person = self.lookup.people.get(fold(name))
            mine = person is not None and person.id == self.actor.id
            if person and (mine or self.actor.is_admin or person.team_id in self.actor.team_ids):
                return person.id, person.team_id
            verdict.messages.append(
                Message(
                    _(
                        "There is nobody called “%(name)s” here that you may give records to.",
                        name=name[:60],
                    ),
                    "Owner",
                )
            )
        if self.spec.owner == NOBODYS and self.actor.is_admin:
            return None, None
        chosen = next((p for p in self.lookup.people.values() if p.id == self.spec.owner), None)
        if (
            self.spec.owner != MINE
            and chosen
            and (self.actor.is_admin or chosen.team_id in self.actor.team_ids)
        ):
            return chosen.id, chosen.team_id
        return self.actor.id, self.actor.team_id

    def account(self, name: str, draft: Draft, verdict: Verdict) -> str | None:
        """Return the id of the account so called, made here if need be and wanted."""
        found = self.account_ids.get(fold(name))
        if found or not name:
            return found
        if not self.spec.creates:
            verdict.messages.append(
                Message(_("There is no account called “%(name)s”.", name=name[:60]), "Account")
            )
            draft.kept.append(("Account", name))
            return None
        owner_id, team_id = (
            (None, None) if self.actor.is_admin else (self.actor.id, self.actor.team_id)
        )
        values = {"id": new_id(), "name": name, "owner_id": owner_id, "team_id": team_id}
        self.batch.insert(
            Account,
            **values,
            name_folded=fold(name),
            import_key=account_key(name),
            created_at=self.now,
            updated_at=self.now,
        )
        self.batch.findable("account", values, "", ())
        self.batch.entry("account.created", self.now, {}, account_id=values["id"])
        verdict.adds.append(("account", name))
        self.learn_account(name, str(values["id"]))
        return values["id"]

    def learn_account(self, name: str, account_id: str) -> None:
        """Let later rows find an account made in this run."""
        self.account_ids[fold(name)] = account_id
        self.lookup.overlay.accounts[fold(name)] = account_id

    def contact(
        self,
        name: str,
        account_id: str | None,
        owner: tuple[str | None, str | None],
        account_name: str,
        verdict: Verdict,
    ) -> str:
        """Make a contact that is only named."""
        values = {"id": new_id(), "name": name, "owner_id": owner[0], "team_id": owner[1]}
        self.batch.insert(
            Contact,
            **values,
            name_folded=fold(name),
            account_id=account_id,
            import_key=person_key(name, account_name),
            created_at=self.now,
            updated_at=self.now,
        )
        self.batch.findable("contact", values, account_name, ())
        self.batch.entry(
            "contact.created", self.now, {}, contact_id=values["id"], account_id=account_id
        )
        verdict.adds.append(("contact", name))
        self.lookup.overlay.contacts[fold(name)] = str(values["id"])
        return str(values["id"])

    def currency(self, draft: Draft) -> str:
        """Return the code under which the row's amount is kept."""
        return stored_code(draft.values.get("currency") or self.spec.currency)


def _first(pair: tuple[str, Any]) -> str:
    return pair[0]


def apply(verdict: Verdict) -> None:
    """Do a verdict's update; what the rules refuse fails this row alone. Runs inside a command."""
    if verdict.update is None:
        return
    try:
        with db.session.begin_nested():
            verdict.update()
    except errors.DomainError as error:
        verdict.fail(str(error))
        verdict.changes = {}
