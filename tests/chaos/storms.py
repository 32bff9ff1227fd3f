"""One run: phones capture and send through a lying network to a server that keeps dying."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.chaos.servers import Killable
from tests.chaos.workload import Author, Expected
from tests.crowd import Rep
from tests.lying_network import FAULTS, Network
from tests.phones import Outbox, Phone, Wire, moved

#: A phone's second lasts so many of ours: its back-off of minutes is over while a server starts.
SCALE = 1 / 300
PATIENCE = 3.0
#: Faults by how often they come: those that wait cost a run its minutes.
RARE = {"delay", "dribble", "repeat"}


class Crashed(Exception):
    """The phone was switched off, here."""


@dataclass
class Plan:
    """How much of everything one run has."""

    captures: int
    faults: int
    #: How often the run is interrupted, and by what.
    rounds: int
    interrupt: Callable[[Run], Awaitable[None]]
    #: Of requests that fail.
    share: float = 0.4
    #: The run is given up after so long.
    most_seconds: float = 600


@dataclass
class Run:
    """The state of a run, and what is known of it at its end."""

    server: Killable
    reps: list[Rep]
    plan: Plan
    chance: random.Random
    expected: Expected = field(default_factory=Expected)
    met: Counter[str] = field(default_factory=Counter)
    said: Counter[int] = field(default_factory=Counter)
    outboxes: list[Outbox] = field(default_factory=list)
    allowed: int = 0
    made: int = 0
    seconds: float = 0

    def named(self) -> dict[str, str]:
        return {name: said for outbox in self.outboxes for name, said in outbox.named.items()}

    @property
    def answered(self) -> int:
        return sum(len(outbox.named) for outbox in self.outboxes)

    def choose(self) -> str | None:
        """Return the fault of the next request."""
        if self.chance.random() > self.plan.share:
            return None
        name = self.chance.choice(list(FAULTS))
        return name if name not in RARE or self.chance.random() < 0.4 else "lose"

    async def go(self) -> None:
        """Run to the end: everything captured, everything answered."""
        start = time.monotonic()
        await self.server.start()
        network = Network(self.server.port, self.choose, self.chance, PATIENCE / 2)
        self.said = network.said
        async with network:
            living = [
                asyncio.create_task(self._live(number, rep, network.port))
                for number, rep in enumerate(self.reps)
            ]
            try:
                async with asyncio.timeout(self.plan.most_seconds):
                    await self._interrupt()
                    await asyncio.gather(*living)
            except TimeoutError:
                self.met["run given up"] += 1
            finally:
                for task in living:
                    task.cancel()
        self.met += network.met
        self.seconds = time.monotonic() - start

    async def _interrupt(self) -> None:
        """Let a portion be captured, interrupt somewhere in the middle of it, and so on."""
        portion = self.plan.captures / self.plan.rounds
        for n in range(self.plan.rounds):
            # More than is waited for: whatever happens next finds phones at work.
            self.allowed = int(portion * (n + 2))
            middle = portion * (n + self.chance.uniform(0.1, 0.9))
            while self.answered < middle:
                await asyncio.sleep(0.005)
            await self.plan.interrupt(self)

    async def _live(self, number: int, rep: Rep, port: int) -> None:
        """One phone's life: it captures, sends, dies, and begins again from its disk."""
        chance = random.Random(f"{self.chance.random()} {number}")
        outbox = Outbox()
        self.outboxes.append(outbox)
        owner = _Owner(self, Author(number, rep, chance, self.expected), outbox, chance)
        wire = Wire(port, {"Cookie": rep.cookie, "Connection": "close"})
        while owner.has_more() or outbox.rows or outbox.journal:
            phone = Phone(
                rep.user_id, wire, outbox, now=owner.now, sleep=_sleep, chance=chance,
                patience=PATIENCE, alive=owner.alive,
            )  # fmt: skip
            try:
                await owner.use(phone)
            except Crashed:
                self.met["phone restarts"] += 1
                wire.close()
            owner.jump()
        wire.close()


@dataclass
class _Owner:
    """Whoever holds the phone: saves in bursts, and lets it fall."""

    run: Run
    author: Author
    outbox: Outbox
    chance: random.Random
    skew: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skew

    def has_more(self) -> bool:
        return self.run.made < self.run.plan.captures

    def jump(self) -> None:
        """Set the phone's clock to some other year now and then."""
        if self.chance.random() < 0.1:
            self.run.met["clock jumps"] += 1
            self.skew = moved(self.chance.choice((0, 0, self.chance.uniform(-10, 10))))

    def alive(self, _point: str) -> None:
        if self.chance.random() < 0.012:
            if self.chance.random() < 0.1:  # a kill in mid-write has wiped a whole IndexedDB
                self.run.met["databases wiped"] += 1
                self.outbox.rows.clear()
            raise Crashed

    def save(self) -> None:
        """Save some captures, where the run still wants any."""
        for _ in range(self.chance.choice((1, 2, 4, 8, 20))):
            if self.run.made >= min(self.run.allowed, self.run.plan.captures):
                return
            self.run.made += 1
            self.outbox.add(self.author.save(self.now()))

    async def use(self, phone: Phone) -> None:
        """Save and send until something happens to the phone or there is nothing to do."""
        while True:
            self.save()
            if not self.outbox.rows:
                if not self.has_more():
                    return
                await asyncio.sleep(0.01)
                continue
            phone.batch = self.chance.choice((1, 3, 8, 20, 20))
            if not await phone.send_once():
                await phone.back_off()
            else:
                phone.tries = 0


async def _sleep(seconds: float) -> None:
    await asyncio.sleep(seconds * SCALE)
