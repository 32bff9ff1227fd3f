"""Every envelope that any version of the app ever sent is understood, for ever.

A file in `envelopes/v<number>` is what that version sent, as it was when it was shipped; files are
added, never changed. In them `$contact` and its kind stand for records that the test makes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crm import clock
from crm.captures.commands import KINDS, NewerThanServer, V, receive_capture
from crm.captures.envelopes import UPCASTS, upcast
from crm.database import new_id
from tests import factories

FOLDER = Path(__file__).parent / "envelopes"
FILES = sorted(FOLDER.glob("v*/*.json"))
#: The kinds that the first version had.
FIRST_KINDS = {
    "activity.log", "activity.plan", "followup.complete", "deal.move", "deal.create",
    "lead.capture", "contact.create", "account.create",
}  # fmt: skip


def filled(path: Path, names: dict[str, str]) -> dict[str, Any]:
    """Return the envelope with ids of its own and those of the records it names."""
    text = path.read_text()
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(f"${name}", names[name])
    made: dict[str, Any] = json.loads(text)
    return made


def world(sara: Any) -> dict[str, str]:
    account = factories.an_account(sara)
    contact = factories.a_contact(sara, account=account)
    return {
        "account": account.id,
        "contact": contact.id,
        "deal": factories.a_deal(sara, contact_id=contact.id).id,
        "lead": factories.a_lead(sara).id,
        "product": factories.a_product().id,
        "meeting": factories.an_activity(sara).id,
        "promise": factories.an_activity(sara, due_at=clock.now()).id,
        "user": sara.id,
        **{f"stage_{key}": factories.stage(key).id for key in ("lead", "proposal", "lost")},
        **{f"new_{n}": new_id() for n in range(6)},
    }


@pytest.mark.mission(117)
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_was_ever_shipped_is_applied(app, sara, path: Path) -> None:
    envelope = filled(path, world(sara))
    first, again = receive_capture(sara, envelope), receive_capture(sara, envelope)
    assert (first["verdict"], again["verdict"]) == ("applied", "duplicate"), first
    assert first["result"] == again["result"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_was_shipped_is_what_is_described(app, sara, new_client, path: Path) -> None:
    envelope = filled(path, world(sara))
    described = new_client(sara).get("/api/v1/openapi.json").json["components"]["schemas"]
    assert_described(envelope["body"], described[envelope["kind"]], described)


def assert_described(value: Any, said: dict[str, Any], described: dict[str, Any]) -> None:
    """Fail where a name in the value is not described, or one that must be there is missing."""
    for one in (said, *said.get("allOf", ()), *said.get("anyOf", ())):
        if "$ref" in one:
            said = described[one["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        for inner in value:
            assert_described(inner, said["items"], described)
    if isinstance(value, dict) and "properties" in said:
        assert set(said.get("required", ())) <= set(value) <= set(said["properties"])
        for name, inner in value.items():
            assert_described(inner, said["properties"][name], described)


def test_every_kind_of_every_version_has_its_envelopes() -> None:
    said = {(e["v"], e["kind"]) for e in (json.loads(path.read_text()) for path in FILES)}
    assert {(1, kind) for kind in FIRST_KINDS} <= said
    assert {(V, kind) for kind in KINDS if kind != "decision.resolve"} <= said
    assert all(f"v{json.loads(path.read_text())['v']}" == path.parent.name for path in FILES)


def test_a_newer_envelope_is_left_on_the_phone(app, sara) -> None:
    envelope = {
        "capture_id": new_id(),
        "v": V + 1,
        "kind": "activity.log",
        "captured_at": clock.now().isoformat(),
        "body": {},
    }
    with pytest.raises(NewerThanServer):
        receive_capture(sara, envelope)


def test_a_body_is_led_through_every_version_between() -> None:
    steps = {
        ("activity.log", 1): lambda body: {**body, "trail": [1]},
        ("activity.log", 3): lambda body: {**body, "trail": [*body["trail"], 3]},
    }
    body = {"id": "x"}
    assert upcast("activity.log", 1, body, to=4, table=steps) == {"id": "x", "trail": [1, 3]}
    assert upcast("activity.log", 4, body, to=4, table=steps) == body
    assert upcast("deal.move", 1, body, to=4, table=steps) == body
    assert body == {"id": "x"}


def test_there_is_a_step_for_no_version_that_is_still_to_come() -> None:
    assert all(1 <= v < V and kind in KINDS for kind, v in UPCASTS)
