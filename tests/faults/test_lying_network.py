"""T5: whatever the network does to a request or its answer, each capture is there exactly once."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from crm import create_app
from crm.database import new_id, sqlite_module
from tests import crowd
from tests.bench.processes import Server, product, running
from tests.lying_network import FAULTS, Network
from tests.phones import Outbox, Phone, Wire, envelope

T = TypeVar("T")
TIMES = 10
#: A phone's patience here, so that a late answer costs a test no 15 seconds.
PATIENCE = 0.25


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("network")


@pytest.fixture(scope="module")
def rep(place: Path) -> crowd.Rep:
    (rep,) = crowd.settle(create_app({"DATA_DIR": str(place), "DATABASE_URL": ""}), 1)
    return rep


@pytest.fixture(scope="module")
def server(rep: crowd.Rep, place: Path) -> Iterator[Server]:
    with running(**product(place)) as server:
        yield server


def filled(rep: crowd.Rep, kind: str) -> Outbox:
    """Return an outbox of meetings; every third has no id of its own but the capture's."""
    outbox = Outbox()
    for n in range(3 * TIMES):
        body = {"kind": "meeting", "contact_id": rep.contact_id, "note": f"{kind} {n}"}
        if n % 3:
            body["id"] = new_id()
        outbox.add(envelope(new_id(), "activity.log", body, datetime.now(UTC)))
    return outbox


async def sent(server: Server, rep: crowd.Rep, outbox: Outbox, kind: str) -> Counter[str]:
    """Drain the outbox through a network that does `kind` to a request, then lets two through."""
    chance, asked = random.Random(kind), iter(range(10_000))
    left = iter(range(TIMES))

    def choose() -> str | None:
        fails = next(asked) % 3 != 2 and next(left, None) is not None
        return kind if fails else None

    async def at_once(_seconds: float) -> None:
        """The phone's back-off, on a clock that needs no waiting."""

    port = int(server.url.rsplit(":", 1)[1])
    async with Network(port, choose, chance, PATIENCE) as network:
        wire = Wire(network.port, {"Cookie": rep.cookie, "Connection": "close"})
        phone = Phone(rep.user_id, wire, outbox, sleep=at_once, chance=chance, patience=PATIENCE)
        while outbox.rows:
            phone.batch = chance.randint(1, 2)
            if not await phone.send_once():
                await phone.sleep(phone.tries)
        wire.close()
    return network.met


def run(story: Coroutine[Any, Any, T]) -> T:
    """Run it in a thread of its own: a browser story before it leaves a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()


@pytest.mark.mission(117)
@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_each_capture_arrives_exactly_once(
    server: Server, rep: crowd.Rep, place: Path, kind: str
) -> None:
    outbox = filled(rep, kind)
    wanted = [e["body"]["note"] for e in outbox.rows.values()]
    met = run(sent(server, rep, outbox, kind))
    assert met[kind] == TIMES
    database = sqlite_module().connect(place / "hamrah.sqlite3")
    try:
        like = f"{kind} %"
        notes = database.execute("SELECT note FROM activity WHERE note LIKE ?", (like,)).fetchall()
    finally:
        database.close()
    assert sorted(note for (note,) in notes) == sorted(wanted)
    assert set(outbox.named.values()) <= {"applied", "duplicate"}
    assert len(outbox.named) == len(wanted)


def test_a_phone_that_believes_any_200_loses(server: Server, rep: crowd.Rep, place: Path) -> None:
    """What the tests above would say of a careless phone."""

    class Careless(Phone):
        def _believe(self, answer: object, sent: set[str]) -> bool:
            if answer.status == 200:  # type: ignore[attr-defined]
                for name in sent:
                    self.outbox.forget(name, "applied")
            return True

    async def careless() -> None:
        chance = random.Random(5)
        port = int(server.url.rsplit(":", 1)[1])
        async with Network(port, lambda: "portal", chance, PATIENCE) as network:
            wire = Wire(network.port, {"Cookie": rep.cookie})
            await Careless(rep.user_id, wire, outbox, chance=chance).drain()

    mark = f"careless-{secrets.token_hex(4)}"
    outbox = filled(rep, mark)
    wanted = len(outbox.rows)
    run(careless())
    database = sqlite_module().connect(place / "hamrah.sqlite3")
    (found,) = database.execute(
        "SELECT count(*) FROM activity WHERE note LIKE ?", (f"{mark} %",)
    ).fetchone()
    database.close()
    assert found < wanted
