"""The payloads that vendors publish: each becomes leads, or says why not; none is a fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.database import db
from crm.hooks.messages import REASONS
from crm.leads.models import Lead
from tests.hooks.senders import a_sender

pytestmark = pytest.mark.real_data
PRESETS = {"woocommerce": "woocommerce", "shopify": "shopify", "klaviyo": "klaviyo"}


def files(real_data: Path) -> Iterator[tuple[str, Path]]:
    """Yield the preset and the file of each sample that is one message."""
    folder = real_data / "webhook-samples"
    for name, preset in (*PRESETS.items(), ("meta-google", "meta")):
        yield from ((preset, path) for path in sorted((folder / name).iterdir()))


#: By preset, whose payloads carry people.
WITH_PEOPLE = {
    "woocommerce": {f"customers_{n:02}" for n in (7, 8, 9, 10, 11, 12)}
    | {f"orders_{n:02}" for n in range(1, 7)},
    "shopify": {
        *("checkouts", "customer", "customer_saved_search_customers", "customers_search"),
        *("draft_order", "draft_order_completed", "draft_orders", "order", "orders"),
    },
    "klaviyo": set(),
    "meta": set(),
}


@pytest.mark.mission(2, 3)
def test_every_published_payload_is_taken_or_has_a_reason(
    client: FlaskClient, real_data: Path
) -> None:
    senders = {preset: a_sender(preset) for preset in WITH_PEOPLE}
    taken: dict[str, set[str]] = {preset: set() for preset in WITH_PEOPLE}
    every = list(files(real_data))
    for number, (preset, path) in enumerate(every):
        # The same example may stand for several calls: spaces make it another message.
        body = path.read_bytes() + b" " * number
        answer = senders[preset].send(client, body)
        assert answer.status_code == 200, (path.name, answer.get_data(as_text=True)[:200])
        for one in answer.json["results"]:
            assert one["verdict"] == "taken" or one["reason"] in REASONS, (path.name, one)
        if answer.json["verdict"] == "taken":
            taken[preset].add(path.stem)
    assert len(every) >= 50
    assert taken == WITH_PEOPLE
    names = set(db.session.scalars(select(Lead.name)))
    assert {"John Doe", "João Silva", "Bob Norman"} <= names


@pytest.mark.mission(4)
def test_every_mailchimp_form_is_taken_or_has_a_reason(
    client: FlaskClient, real_data: Path
) -> None:
    path = real_data / "webhook-samples/mailchimp-segment/mailchimp_form_payloads.json"
    sender, said = a_sender("mailchimp"), {}
    for form in json.loads(path.read_text()):
        answer = sender.send(client, form)
        assert answer.status_code == 200
        one = answer.json["results"][0]
        said[form["type"]] = one.get("reason") or one["verdict"]
    assert said == {
        "subscribe": "taken",
        "unsubscribe": "not_known",
        "profile": "taken",
        "upemail": "not_known",
        "cleaned": "bounced",
        "campaign": "no_person",
    }


def example_of(schema: Any, schemas: dict[str, Any], depth: int = 0) -> Any:
    """Return the example that an OpenAPI schema describes."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth + 1)
    if "example" in schema or depth > 20:
        return schema.get("example")
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas, depth + 1)]
    inside = schema.get("properties", {})
    return {name: example_of(one, schemas, depth + 1) for name, one in inside.items()}


@pytest.mark.parametrize(
    ("file", "root"),
    [
        ("bulk_subscribe_profiles", "SubscriptionCreateJobCreateQuery"),
        ("create_event", "EventCreateQueryV2"),
        ("create_profile", "ProfileCreateQuery"),
    ],
)
def test_the_people_in_klaviyos_examples_are_leads(
    client: FlaskClient, real_data: Path, file: str, root: str
) -> None:
    path = real_data / f"webhook-samples/klaviyo/{file}.json"
    schemas = json.loads(path.read_text())["components"]["schemas"]
    answer = a_sender("klaviyo").send(client, example_of(schemas[root], schemas))
    assert (answer.status_code, answer.json["verdict"]) == (200, "taken"), answer.json
