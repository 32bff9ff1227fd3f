"""Takes captures with every write to the disk written down: `power` starts it."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event

from crm import create_app
from crm.database import db, new_id
from tests.phones import CAPTURES, envelope


def main(folder: Path, captures: int, synchronous: str) -> None:
    """Answer captures one batch after another; note each answered one in the file `acked`."""
    rep = json.loads((folder / "rep.json").read_text())
    app = create_app({"DATA_DIR": str(folder), "DATABASE_URL": ""})
    with app.app_context():

        @event.listens_for(db.engine, "connect")
        def weaken(connection: Any, _record: Any) -> None:
            connection.execute(f"PRAGMA synchronous={synchronous}")

    client = app.test_client()
    client.set_cookie(*rep["cookie"].split("=", 1))
    acked = os.open(folder / "acked", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for start in range(0, captures, 3):
        batch = [_meeting(rep, n) for n in range(start, min(start + 3, captures))]
        now = datetime.now(UTC).isoformat()
        message = {"sent_at": now, "app": "power", "user_id": rep["user_id"], "captures": batch}
        headers = {"Sec-Fetch-Site": "same-origin"}
        answer = client.post(CAPTURES, json=message, headers=headers)
        said = [(one["capture_id"], one["result"]["activity_id"]) for one in answer.json["results"]]
        assert len(said) == len(batch)
        os.write(acked, b"".join(f"{one} {other}\n".encode() for one, other in said))
    os._exit(0)  # as if the power went: nothing is closed


def _meeting(rep: dict[str, str], number: int) -> dict[str, Any]:
    body = {
        "id": new_id(),
        "kind": "meeting",
        "contact_id": rep["contact_id"],
        "deal": {"id": rep["deal_id"]},
        "note": f"Meeting {number} " + "and what was said " * (number % 40),
    }
    return envelope(new_id(), "activity.log", body, datetime.now(UTC))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
