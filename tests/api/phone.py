"""What a phone sends: envelopes and messages."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from crm import clock
from crm.database import new_id
from crm.users.viewer import Viewer

CAPTURES = "/api/v1/captures"


def capture(body: dict[str, Any], kind: str = "activity.log", **more: Any) -> dict[str, Any]:
    """Return an envelope made just now."""
    made = {
        "capture_id": new_id(),
        "v": 1,
        "kind": kind,
        "captured_at": clock.now().isoformat(),
        "body": body,
    }
    return made | more


def met(contact_id: str | None = None, **more: Any) -> dict[str, Any]:
    """Return the body of a meeting with an id of its own."""
    who = {"contact_id": contact_id} if contact_id else {}
    return {"id": new_id(), "kind": "meeting", "outcome": "interested"} | who | more


def message(person: Viewer, *captures: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a message sent now."""
    sent_at = clock.now().isoformat()
    head = {"sent_at": sent_at, "app": "test", "device_id": "phone", "user_id": person.id}
    return head | {"captures": list(captures)} | more


def send(client: FlaskClient, person: Viewer, *captures: dict[str, Any], **more: Any) -> Any:
    """Post a message and return the results."""
    answer = client.post(CAPTURES, json=message(person, *captures, **more))
    assert answer.status_code == 200, answer.text
    return answer.json["results"]


def verdicts(results: list[dict[str, Any]]) -> list[str]:
    """Return the verdicts in order."""
    return [result["verdict"] for result in results]
