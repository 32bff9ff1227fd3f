"""Shopify: orders, draft orders, checkouts and customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crm.hooks.messages import DELETED, LETTER, NO_PERSON, Message, Piece
from crm.hooks.persons import mapping, moment, origin_of, text
from crm.hooks.presets.reading import person, read_json
from crm.leads.scoring import Sign

#: Its webhooks send the record itself; its API wraps it in its name.
_WRAPPED = ("order", "draft_order", "checkout", "customer")
_LETTERS = {"customer_invite", "draft_order_invoice"}
_ADDRESSES = ("billing_address", "default_address", "shipping_address")
_NOT_BOUGHT = {"voided", "refunded"}


def read(message: Message) -> Sequence[Piece]:
    """Return a piece for each order, draft, checkout or customer. Raises ValueError."""
    topic = message.header("X-Shopify-Topic")
    body = read_json(message)
    if topic.endswith("/delete"):
        return [Piece(reason=DELETED)]
    if isinstance(body, Mapping) and _LETTERS.intersection(body):
        return [Piece(reason=LETTER)]
    return [_piece(mapping(record), kind) for kind, record in _records(body, topic)]


def _records(body: Any, topic: str) -> Iterator[tuple[str, Any]]:
    if isinstance(body, list):
        yield from ((_kind(mapping(one), topic), one) for one in body)
        return
    body = mapping(body)
    for kind in _WRAPPED:
        if isinstance(body.get(f"{kind}s"), list):
            yield from ((kind, one) for one in body[f"{kind}s"])
            return
        if set(body) == {kind}:
            yield kind, body[kind]
            return
    yield _kind(body, topic), body


def _kind(record: Mapping[str, Any], topic: str) -> str:
    named = topic.partition("/")[0].removesuffix("s")
    if named in _WRAPPED:
        return named
    if "order_number" in record:
        return "order"
    if "invoice_url" in record:
        return "draft_order"
    if "abandoned_checkout_url" in record:
        return "checkout"
    return "customer" if {"first_name", "last_name", "email"} <= record.keys() else ""


def _piece(record: Mapping[str, Any], kind: str) -> Piece:
    if not kind:
        return Piece(reason=NO_PERSON)
    customer = record if kind == "customer" else mapping(record.get("customer"))
    places = [mapping(one.get(name)) for name in _ADDRESSES for one in (record, customer)]
    place = next((one for one in places if one), {})
    ways = [record, customer, *places]
    said = {
        "first_name": customer.get("first_name") or place.get("first_name"),
        "last_name": customer.get("last_name") or place.get("last_name"),
        "company": _first("company", places),
        "phones": [one.get("phone") for one in ways],
        "emails": [
            one.get(name) for one in (record, customer) for name in ("email", "contact_email")
        ],
        "address": ", ".join(
            line for name in ("address1", "address2") if (line := text(place.get(name)))
        ),
        "city": place.get("city"),
        "country": place.get("country"),
        "notes": [text(record.get("note"), 1000)],
    }
    signs, subject = _signs(record, kind)
    origin = origin_of(record.get("landing_site"), record.get("referring_site"))
    region = text(_first("country_code", places), 2).upper()
    return person(said, signs, origin, subject, region)


def _first(name: str, ways: Sequence[Mapping[str, Any]]) -> Any:
    return next((one[name] for one in ways if one.get(name)), None)


def _signs(record: Mapping[str, Any], kind: str) -> tuple[list[Sign], str | None]:
    """Return what it says about buying: an order is bought, a checkout is a form he filled in."""
    at, number = moment(record.get("created_at")), text(record.get("name"), 50)
    if kind == "order":
        if record.get("cancelled_at") or record.get("financial_status") in _NOT_BOUGHT:
            return [], None
        return [Sign("purchase", at, number)], f"order:{text(record.get('id'), 50)}"
    if kind == "draft_order" and record.get("order_id"):
        return [Sign("purchase", at, number)], f"order:{text(record['order_id'], 50)}"
    if kind == "checkout":
        return [Sign("form", at, "checkout")], f"checkout:{text(record.get('token'), 50)}"
    return [], None
