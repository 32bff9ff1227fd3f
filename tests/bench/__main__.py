"""`make bench`: every measurement; QUICK=1 for a short run, ONLY="growth search" for some."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path

from tests import postgres
from tests.bench import (
    cost,
    days,
    flood,
    growth,
    leads,
    looking,
    paint,
    places,
    pocket,
    push,
    standing,
    sticks,
    storm,
    weight,
)
from tests.bench.figures import Figures
from tests.bench.places import Place
from tests.bench.processes import ROOT

BOTH = ("en", "fa")
REAL = ("accounts.csv", "products.csv", "sales_teams.csv", "sales_pipeline.csv")


@dataclass
class Size:
    """How much of everything: a quick run is for a look, a full one for the record."""

    large: int = 1_000_000
    small: int = 10_000
    leads: int = 70_000
    flood: float = 60
    growth: int = 250
    search: int = 150
    seconds: float = 2
    rounds: int = 4
    paints: int = 2
    pocket: int = 3
    painted: tuple[str, ...] = ("today", "pipeline", "deal")
    requests: int = 10_000
    idle: int = 30
    starts: int = 5


QUICK = Size(
    large=100_000,
    growth=40,
    search=30,
    flood=10,
    seconds=1,
    rounds=2,
    paints=1,
    pocket=1,
    painted=("today",),
    requests=1_000,
    idle=10,
    starts=2,
)


@dataclass
class Run:
    """One run: its folder, its PostgreSQL, and the companies made for it when first asked for."""

    folder: Path
    size: Size
    figures: Figures = field(default_factory=Figures)
    cluster: postgres.Cluster | None = None

    def __post_init__(self) -> None:
        (self.folder / "floor").mkdir()

    @cached_property
    def small(self) -> list[Place]:
        return self._grown(self.size.small)

    @cached_property
    def large(self) -> list[Place]:
        return self._grown(self.size.large)

    def _grown(self, activities: int) -> list[Place]:
        """One company on each database, both at once: each on a core of its own."""
        start = time.perf_counter()
        clusters = [None, self.cluster] if self.cluster else [None]
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            made = [pool.submit(places.grown, self.folder, activities, one) for one in clusters]
            grown = [future.result() for future in made]
        self.figures.note(f"{activities:,} activities made in {time.perf_counter() - start:.0f} s")
        return grown

    @cached_property
    def shown(self) -> list[Place]:
        """The sample company, and a real one's data where they are at hand."""
        found = []
        for make in (self._sample, self._real):
            try:
                place = make()
                places.busiest(place)
            except Exception as error:  # said; the other one is measured all the same
                self.figures.note(f"{make.__name__.strip('_')} data: {error}")
            else:
                found.append(place)
        return found or [self.small[0]]

    def _sample(self) -> Place:
        return places.commanded(self.folder, "sample", "demo", "--language", "en")

    def _real(self) -> Place:
        home = Path(os.environ.get("REAL_DATA", ROOT.parent / "shared" / "data")) / "maven-crm"
        place = places.empty(self.folder, "real")
        return places.commanded(
            self.folder, place.name, "import", *(str(home / name) for name in REAL)
        )


def weigh(run: Run) -> None:
    for place in run.shown:
        weight.measure(run.figures, place, BOTH)


def paint_pages(run: Run) -> None:
    if sticks.folder():
        paint.measure(run.figures, run.shown[0], BOTH, run.size.paints, set(run.size.painted))


def pocket_it(run: Run) -> None:
    pocket.measure(run.figures, run.shown[0], run.size.pocket)


def stand(run: Run) -> None:
    standing.measure(run.figures, run.small[0], run.size.requests, run.size.idle, run.size.starts)


def compare(run: Run) -> None:
    if not sticks.folder():
        return
    for place in run.small:
        cluster = run.cluster if place.url else None
        cost.measure(
            run.figures, place, run.folder / "floor", run.size.seconds, run.size.rounds, cluster
        )


def storm_in(run: Run) -> None:
    storm.measure(run.figures, run.folder)
    if run.cluster:
        storm.measure(run.figures, run.folder, run.cluster)


def look_up(run: Run) -> None:
    for place in run.large:
        looking.measure(run.figures, place, _engine(place), run.size.search)


def grow(run: Run) -> None:
    for small, large in zip(run.small, run.large, strict=True):
        growth.measure(run.figures, small, large, _engine(small), run.size.growth)


def flood_in(run: Run) -> None:
    for place in run.small:
        flood.measure(run.figures, place, _engine(place), run.size.flood)


def lead_on(run: Run) -> None:
    """Last: it fills its places with leads."""
    for place in run._grown(run.size.leads):
        leads.measure(run.figures, place, _engine(place), run.size.search)


def count_days(run: Run) -> None:
    """After the leads: it fills its places with contacts."""
    for place in run._grown(run.size.leads):
        days.measure(run.figures, place, _engine(place), run.size.search)


def push_alerts(run: Run) -> None:
    for place in run.small:
        push.measure(run.figures, place, _engine(place))


def _engine(place: Place) -> str:
    return "postgresql" if place.url else "sqlite"


PARTS: dict[str, Callable[[Run], None]] = {
    "weight": weigh,
    "paint": paint_pages,
    "pocket": pocket_it,
    "standing": stand,
    "cost": compare,
    "storm": storm_in,
    "search": look_up,
    "growth": grow,
    "flood": flood_in,
    "leads": lead_on,
    "days": count_days,
    "push": push_alerts,
}


@contextmanager
def _run() -> Iterator[Run]:
    size = QUICK if os.environ.get("QUICK") else Size()
    with places.workspace() as folder:
        try:
            with places.cluster() as cluster:
                yield Run(folder, size, cluster=cluster)
        except postgres.Missing as missing:
            run = Run(folder, size)
            run.figures.note(str(missing))
            yield run


def main() -> int:
    """Print all figures; return how many targets were missed."""
    wanted = os.environ.get("ONLY", "").split() or list(PARTS)
    start = time.perf_counter()
    with _run() as run:
        if not sticks.folder():
            run.figures.note("no measuring sticks: set BENCH; figures beside a floor are left out")
        for name in wanted:
            begin = time.perf_counter()
            PARTS[name](run)
            run.figures.note(f"{name} took {time.perf_counter() - begin:.0f} s")
        run.figures.note(f"the run took {time.perf_counter() - start:.0f} s")
        return run.figures.close()


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
