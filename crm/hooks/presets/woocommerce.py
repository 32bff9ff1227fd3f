"""WooCommerce: orders and customers, as its REST API writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crm.hooks.messages import DELETED, NO_PERSON, Message, Piece
from crm.hooks.persons import mapping, moment, origin_of, text
from crm.hooks.presets.reading import person, read_json
from crm.leads.scoring import Sign

#: Orders that are not bought, or not any more.
_NOT_BOUGHT = {"pending", "failed", "cancelled", "refunded", "checkout-draft", "trash"}
_BATCH = ("create", "update", "delete")
_ORIGIN = {
    "_wc_order_attribution_utm_source": "utm_source",
    "_wc_order_attribution_utm_medium": "utm_medium",
    "_wc_order_attribution_utm_campaign": "utm_campaign",
    "_wc_order_attribution_utm_term": "utm_term",
    "_wc_order_attribution_utm_content": "utm_content",
    "_wc_order_attribution_referrer": "referrer",
    "_wc_order_attribution_session_entry": "landing",
}


def read(message: Message) -> Sequence[Piece]:
    """Return a piece for each order or customer. Raises ValueError."""
    body = read_json(message)
    if message.header("X-WC-Webhook-Event") == "deleted":
        return [Piece(reason=DELETED)]
    return [Piece(reason=DELETED) if gone else _piece(one) for one, gone in _records(body)]


def _records(body: Any) -> Iterator[tuple[Any, bool]]:
    """Yield each record and whether it was deleted."""
    if isinstance(body, list):
        yield from ((one, False) for one in body)
    elif isinstance(body, Mapping) and any(isinstance(body.get(n), list) for n in _BATCH):
        for name in _BATCH:
            found = body.get(name)
            yield from ((one, name == "delete") for one in (found if type(found) is list else ()))
    else:
        yield body, False


def _piece(record: Any) -> Piece:
    record = mapping(record)
    billing, shipping = mapping(record.get("billing")), mapping(record.get("shipping"))
    if not billing and not text(record.get("email")):
        return Piece(reason=NO_PERSON)
    said = {
        "first_name": billing.get("first_name") or record.get("first_name"),
        "last_name": billing.get("last_name") or record.get("last_name"),
        "company": billing.get("company") or shipping.get("company"),
        "phones": [billing.get("phone"), shipping.get("phone")],
        "emails": [billing.get("email"), record.get("email")],
        "address": ", ".join(
            line for name in ("address_1", "address_2") if (line := text(billing.get(name)))
        ),
        "city": billing.get("city"),
        "country": billing.get("country"),
        "notes": [text(record.get("customer_note"), 1000)],
    }
    signs, subject = _purchase(record)
    origin = _origin(record.get("meta_data"))
    return person(said, signs, origin, subject, text(billing.get("country"), 2).upper())


def _purchase(record: Mapping[str, Any]) -> tuple[list[Sign], str | None]:
    is_order = "order_key" in record or "line_items" in record
    if not is_order or record.get("status") in _NOT_BOUGHT:
        return [], None
    number = text(record.get("number")) or text(record.get("id"))
    at = moment(record.get("date_created_gmt"))
    return [Sign("purchase", at, f"#{number}")], f"order:{text(record.get('id'), 50)}"


def _origin(meta_data: Any) -> dict[str, str]:
    rows = [mapping(row) for row in meta_data] if isinstance(meta_data, list) else []
    found = {
        _ORIGIN[row["key"]]: text(row.get("value"))
        for row in rows
        if isinstance(row.get("key"), str) and row["key"] in _ORIGIN
    }
    return origin_of(found.get("landing")) | {k: v for k, v in found.items() if v}
