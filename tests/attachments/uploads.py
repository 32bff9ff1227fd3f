"""What a phone does to bring a photo over."""

from __future__ import annotations

import hashlib
from typing import Any

from flask.testing import FlaskClient

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 40
CHUNK = 4096


def put(phone: FlaskClient, blob_id: str, data: bytes = JPEG, **more: Any) -> Any:
    """Send bytes `first`… of the whole, all of them unless `last` says otherwise."""
    first, last = more.get("first", 0), more.get("last", len(data) - 1)
    size = more.get("size", len(data))
    return phone.put(
        f"/api/v1/blobs/{blob_id}",
        data=data[first : last + 1],
        headers={
            "Content-Type": more.get("type", "image/jpeg"),
            "Content-Range": f"bytes {first}-{last}/{size}",
            "X-Content-SHA256": more.get("sha256", hashlib.sha256(data).hexdigest()),
        },
    )


def state(phone: FlaskClient, blob_id: str) -> tuple[int, bool]:
    said = phone.get(f"/api/v1/blobs/{blob_id}").json
    return said["received"], said["complete"]


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]
