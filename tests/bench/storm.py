"""Two hundred reps come out of the tunnel at once, with twenty captures each."""

from __future__ import annotations

import asyncio
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from crm.database import new_id
from tests import crowd, postgres
from tests.bench.figures import Figures
from tests.bench.places import Place, postmaster_of
from tests.bench.processes import Server, running
from tests.phones import KEPT, Answer, Outbox, Phone, Wire, envelope

REPS, WAITING = 200, 20
DRAINED_SECONDS, P99_SECONDS = 3, 1.5


def measure(figures: Figures, folder: Path, cluster: postgres.Cluster | None = None) -> None:
    """Print how long the storm lasted, how long one request waited, and what went wrong."""
    engine = "postgresql" if cluster else "sqlite"
    place = Place(f"storm-{engine}", folder / f"storm-{engine}-{secrets.token_hex(4)}")
    if cluster:
        place.url, place.postmaster = cluster.create("storm"), postmaster_of(cluster)
    reps = crowd.settle(place.app(), REPS)
    with running(**place.served()) as server:
        # The server has been up for a while: what it makes once is made.
        asyncio.run(_storm(server, reps[:20], 2))
        storm = asyncio.run(_storm(server, reps, WAITING))
    name = f"storm.{engine}"
    figures.add(f"{name}.drained", storm.seconds, unit="s", most=DRAINED_SECONDS)
    figures.add(f"{name}.p99", storm.quantile(0.99), unit="s", most=P99_SECONDS)
    figures.add(f"{name}.p50", storm.quantile(0.5), unit="s")
    figures.add(f"{name}.wrong", storm.wrong, most=0)


class Storm:
    """What was seen of one: each request's time, and the answers that were not as hoped."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.wrong = 0
        self.seconds = 0.0

    def quantile(self, share: float) -> float:
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    def heard(self, answer: Answer) -> None:
        self.wrong += answer.status != 200


async def _storm(server: Server, reps: list[crowd.Rep], waiting: int) -> Storm:
    storm = Storm()
    phones = [_phone(storm, server, rep, waiting) for rep in reps]
    start = time.perf_counter()
    await asyncio.gather(*(_drain(storm, phone) for phone in phones))
    storm.seconds = time.perf_counter() - start
    for phone in phones:
        phone.wire.close()
        said = list(phone.outbox.named.values())
        storm.wrong += waiting - sum(verdict in KEPT for verdict in said)
    return storm


async def _drain(storm: Storm, phone: Phone) -> None:
    while phone.outbox.rows:
        start = time.perf_counter()
        storm.wrong += not await phone.send_once()
        storm.times.append(time.perf_counter() - start)


def _phone(storm: Storm, server: Server, rep: crowd.Rep, waiting: int) -> Phone:
    outbox = Outbox()
    for n in range(waiting):
        body = {
            "id": new_id(),
            "kind": "meeting",
            "contact_id": rep.contact_id,
            "deal": {"id": rep.deal_id},
            "outcome": "follow_up",
            "note": f"Meeting {n} underground, wants a quote by Friday",
        }
        outbox.add(envelope(new_id(), "activity.log", body, datetime.now(UTC)))
    wire = Wire(urlsplit(server.url).port or 0, {"Cookie": rep.cookie})
    return Phone(rep.user_id, wire, outbox, heard=storm.heard)
