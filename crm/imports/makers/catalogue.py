"""Products from files, matched by name however it is spaced."""

from __future__ import annotations

from functools import partial
from typing import Any

from crm.database import db
from crm.imports.drafts import Draft
from crm.imports.keys import KeyedRow
from crm.imports.lookup import Known
from crm.imports.makers.base import Maker, Rows
from crm.imports.makers.changes import find_changes, payload_of
from crm.imports.verdicts import Verdict
from crm.products.commands import update_product
from crm.products.models import Product, match_key
from crm.products.queries import match_products

_Owner = tuple[str | None, str | None]


class ProductMaker(Maker):
    """Products. They belong to the company, so nobody owns one."""

    model = Product

    def load(self, rows: Rows) -> None:
        names = [self.label(draft) for _row, draft in rows]
        self.found = match_products(self.actor, names)
        self.digests = self.lookup.digests(product.id for product in self.found.values())

    def owner(self, draft: Draft, verdict: Verdict) -> _Owner:
        return None, None

    def facts(self, draft: Draft) -> list[Any]:
        return [self.currency(draft)]

    def match(self, draft: Draft) -> Known | None:
        product = self.found.get(match_key(self.label(draft)))
        if product is None:
            return None
        digest = self.digests.get(product.id)
        return Known(product.id, digest, product.archived_at is not None, digest is None)

    def create(self, row: KeyedRow, draft: Draft, owner: _Owner, verdict: Verdict) -> None:
        key = match_key(self.label(draft))
        values = {**draft.values, "currency": self.currency(draft)}
        verdict.record_id = self.batch.insert(Product, **values, match_key=key, created_at=self.now)
        self.lookup.overlay.products[key] = (verdict.record_id, self.label(draft))
        self.batch.entry(
            "product.created",
            self.now,
            {"product_id": verdict.record_id, "name": self.label(draft)},
        )

    def change(
        self, row: KeyedRow, draft: Draft, owner: _Owner, existing: Known, verdict: Verdict
    ) -> None:
        product = db.session.get(Product, existing.id)
        values = {k: v for k, v in draft.values.items() if k not in ("currency", "name")}
        if "amount" in values:
            values["currency"] = self.currency(draft)
        verdict.changes = find_changes(product, values, [], only_empty=existing.is_by_hand)
        payload = payload_of(verdict.changes)
        if "amount" in payload:
            payload["currency"] = self.currency(draft)
        verdict.update = partial(update_product.inside, self.actor, existing.id, payload)
