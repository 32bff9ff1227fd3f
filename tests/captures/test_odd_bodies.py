"""Whatever stands in a body's place, a phone gets an answer that names its capture, never a 500."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from crm.captures.commands import VERDICTS
from crm.database import new_id
from tests.api.phone import CAPTURES, message
from tests.captures.test_envelopes import FILES, filled, world

ODD = (None, 2**62, "x", [["x"]], {"id": {}})
Place = tuple[Any, ...]


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Return the way to each value in a body, the outermost first."""
    pairs = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for name, inner in pairs:
        yield (*here, name)
        yield from places(inner, (*here, name))


def put(body: dict[str, Any], place: Place, odd: Any) -> dict[str, Any]:
    changed: Any = deepcopy(body)
    inner = changed
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = odd
    return dict(changed)


def named(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", [p for p in FILES if "short" not in p.stem], ids=named)
def test_an_odd_value_anywhere_in_a_body_is_answered(new_client, sara, path: Path) -> None:
    phone, known = new_client(sara), world(sara)
    envelope = filled(path, known)
    for place in places(envelope["body"]):
        batch = [
            {**envelope, "capture_id": new_id(), "body": put(envelope["body"], place, odd)}
            for odd in ODD
        ]
        answer = phone.post(CAPTURES, json=message(sara, *batch))
        assert answer.status_code == 200, (place, answer.text)
        said = answer.json["results"]
        assert [one["capture_id"] for one in said] == [one["capture_id"] for one in batch], place
        assert {one["verdict"] for one in said} <= set(VERDICTS) - {"retry"}, place
