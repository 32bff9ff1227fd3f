"""Deals from files: their stage by the file's own word, their past with its own dates."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from crm.accounts.models import Account, Contact
from crm.database import db
from crm.deals.commands import move, update_deal
from crm.deals.models import Deal, DealContact, Stage, StageKind
from crm.i18n import _, fold, formatting
from crm.imports.drafts import Draft, Message
from crm.imports.keys import KeyedRow
from crm.imports.lookup import Known
from crm.imports.makers.base import Maker, Rows
from crm.imports.makers.changes import find_changes, payload_of
from crm.imports.verdicts import Verdict
from crm.products.models import match_key
from crm.users.ownership import get

_Owner = tuple[str | None, str | None]


class DealMaker(Maker):
    """Deals. A closed one gets the entry of its closing at its own date."""

    model = Deal

    def load(self, rows: Rows) -> None:
        super().load(rows)
        drafts = [draft for _row, draft in rows]
        self.account_ids = self.lookup.accounts(d.refs.get("account", "") for d in drafts)
        self.contact_ids = self.lookup.named(Contact, (d.refs.get("contact", "") for d in drafts))
        self.products = self.lookup.products(
            d.refs["product"] for d in drafts if "product" in d.refs
        )
        self.stages = self.lookup.stages
        self.first = next(iter(self.stages.values()))

    def label(self, draft: Draft) -> str:
        product = draft.refs.get("product", "")
        known = self.products.get(match_key(product))
        return str(
            draft.values.get("name")
            or (known[1] if known else product)
            or draft.refs.get("account")
            or draft.refs.get("contact")
            or ""
        )

    def missing(self, draft: Draft) -> str | None:
        word = draft.refs.get("stage")
        if word and self._stage(draft) is None:
            return _("Stage “%(name)s” is not one of ours. Say which one it is.", name=word[:60])
        return super().missing(draft)

    def _stage(self, draft: Draft) -> Stage | None:
        word = draft.refs.get("stage")
        if not word:
            return self.first
        return self.stages.get(self.spec.stages.get(fold(word), ""))

    def _product_id(self, draft: Draft) -> str | None:
        known = self.products.get(match_key(draft.refs.get("product", "")))
        return known[0] if known else None

    def facts(self, draft: Draft) -> list[Any]:
        stage = self._stage(draft)
        return [stage and stage.id, self._product_id(draft), self.currency(draft)]

    def columns(self, draft: Draft, owner: _Owner, verdict: Verdict) -> dict[str, Any]:
        """Return the deal's own columns but for stage and times."""
        account_name = draft.refs.get("account", "")
        account_id = self.account(account_name, draft, verdict)
        if not account_name:
            verdict.tallies.append("without_account")
        product = draft.refs.get("product")
        product_id = self._product_id(draft)
        if product and product_id is None:
            verdict.messages.append(
                Message(
                    _(
                        "There is no product called “%(name)s”. The deal keeps the name.",
                        name=product[:60],
                    ),
                    "Product",
                )
            )
        links = {
            "account_id": account_id,
            "product_id": product_id,
            "contact_id": self._contact(draft, account_id, owner, verdict),
        }
        plain = {k: v for k, v in draft.values.items() if k not in ("description", "currency")}
        text = draft.text()
        return {
            **plain,
            **{k: v for k, v in links.items() if v},
            **({"description": text} if text else {}),
        }

    def _contact(
        self, draft: Draft, account_id: str | None, owner: _Owner, verdict: Verdict
    ) -> str | None:
        name = draft.refs.get("contact", "")
        if not name:
            return None
        found = self.contact_ids.get(fold(name), [])
        same = [i for i, account in found if account_id and account == account_id]
        if same or len(found) == 1:
            return same[0] if same else found[0][0]
        if found or not self.spec.creates:
            said = (
                _("Several people here are called “%(name)s”.", name=name[:60])
                if found
                else _("There is nobody called “%(name)s” here.", name=name[:60])
            )
            verdict.messages.append(Message(said, "Contact"))
            draft.kept.append(("Contact", name))
            return None
        made = self.contact(name, account_id, owner, draft.refs.get("account", ""), verdict)
        self.contact_ids[fold(name)] = [(made, account_id)]
        return made

    def _closing(self, draft: Draft, stage: Stage, values: dict[str, Any]) -> datetime | None:
        """Return when a closed deal closed; an open one's closing date is only expected."""
        close = draft.moments.get("close_on")
        if stage.kind == StageKind.OPEN:
            if close:
                values.setdefault("expected_close_on", close.day)
            return None
        moment = close or draft.moments.get("opened_on")
        return moment.past(self.actor.locale) if moment else self.now

    def create(self, row: KeyedRow, draft: Draft, owner: _Owner, verdict: Verdict) -> None:
        stage = self._stage(draft) or self.first
        values = self.columns(draft, owner, verdict)
        closed_at = self._closing(draft, stage, values)
        opened = draft.moments.get("opened_on")
        at = opened.past(self.actor.locale) if opened else closed_at or self.now
        if closed_at and closed_at < at:
            verdict.messages.append(Message(_("It closes before it opens."), "Closing date"))
            closed_at = at
        if stage.kind != StageKind.LOST:
            values.pop("lost_reason", None)
        values |= {
            "name": self.label(draft),
            "owner_id": owner[0],
            "team_id": owner[1],
            "currency": self.currency(draft),
        }
        verdict.record_id = self.batch.insert(
            Deal,
            **values,
            name_folded=fold(values["name"]),
            pipeline_id=stage.pipeline_id,
            stage_id=stage.id,
            status=stage.kind,
            stage_entered_at=closed_at or at,
            opened_on=opened.day
            if opened
            else formatting.local(at, locale=self.actor.locale).date(),
            closed_at=closed_at,
            import_key=row.key,
            created_at=at,
            updated_at=self.now,
        )
        self._around({**values, "id": verdict.record_id}, draft, stage, at, closed_at)

    def _around(
        self,
        deal: dict[str, Any],
        draft: Draft,
        stage: Stage,
        at: datetime,
        closed_at: datetime | None,
    ) -> None:
        """Add what stands beside a deal: its person, tags, search line and history."""
        contact = draft.refs.get("contact")
        if deal.get("contact_id"):
            self.batch.insert(DealContact, deal_id=deal["id"], contact_id=deal["contact_id"])
        self.batch.tag(deal["id"], draft.tags, self.tag_ids)
        self.batch.findable("deal", deal, draft.refs.get("account", ""), draft.tags, contact)
        about = {
            "deal_id": deal["id"],
            "account_id": deal.get("account_id"),
            "contact_id": deal.get("contact_id"),
        }
        began = self.first if closed_at else stage
        if closed_at and stage.kind == StageKind.WON:
            # The account, or its person without one, as when a deal is won here.
            model = Account if deal.get("account_id") else Contact
            day = formatting.local(closed_at, locale=self.actor.locale).date()
            self.batch.bought(model, deal.get("account_id") or deal.get("contact_id"), day)
        self.batch.entry("deal.created", at, {"stage_id": began.id}, **about)
        if closed_at:
            moved = {
                "from_stage_id": began.id,
                "from_entered_at": at.isoformat(),
                "from_lost_reason": None,
                "from_closed_at": None,
                "seconds": int((closed_at - at).total_seconds()),
                "to_stage_id": stage.id,
                "to_kind": stage.kind,
            }
            reason = {"lost_reason": deal["lost_reason"]} if deal.get("lost_reason") else {}
            self.batch.entry("deal.stage_changed", closed_at, {**moved, **reason}, **about)

    def change(
        self, row: KeyedRow, draft: Draft, owner: _Owner, existing: Known, verdict: Verdict
    ) -> None:
        deal = db.session.get(Deal, existing.id)
        stage = self._stage(draft)
        if deal is None or stage is None:
            return
        values = self.columns(draft, owner, verdict)
        closed_at = self._closing(draft, stage, values)
        if draft.moments.get("opened_on"):
            values["opened_on"] = draft.moments["opened_on"].day
        if draft.refs.get("owner"):
            values["owner_id"] = owner[0]
        reason = values.pop("lost_reason", None)
        if "amount" in values:
            values["currency"] = self.currency(draft)
        verdict.changes = find_changes(deal, values, draft.tags, only_empty=False)
        payload = payload_of(verdict.changes)
        if "amount" in payload or "currency" in payload:
            payload |= {"amount": values.get("amount"), "currency": self.currency(draft)}
        moves = draft.refs.get("stage") and stage.id != deal.stage_id
        if moves:
            verdict.changes["stage"] = [self.stages_label(deal.stage_id), stage.label]
        verdict.update = partial(
            self._apply, deal.id, payload, stage if moves else None, reason, closed_at
        )

    def stages_label(self, stage_id: str) -> str:
        """Return a stage's name, or its id where it belongs to another pipeline."""
        stage = self.stages.get(stage_id)
        return stage.label if stage else stage_id

    def _apply(
        self,
        deal_id: str,
        payload: dict[str, Any],
        stage: Stage | None,
        reason: str | None,
        closed_at: datetime | None,
    ) -> None:
        if payload:
            update_deal.inside(self.actor, deal_id, payload)
        if stage is None:
            return
        deal = get(self.actor, Deal, deal_id, lock=True)
        move(self.actor, deal, stage, reason, closed_at)
        if closed_at:
            deal.closed_at = closed_at
