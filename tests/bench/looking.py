"""What search costs among 100,000 contacts and more: over HTTP, and the query alone."""

from __future__ import annotations

import time
from urllib.parse import quote

from crm.database import db
from crm.search.queries import search
from crm.users.sessions import find_viewer
from tests.bench.figures import Figures
from tests.bench.phones import PARTIAL, Lap, Phone, cpu_ms, in_turn
from tests.bench.places import Place
from tests.bench.processes import cpu_seconds, running

#: What is typed, by what it stands for. Names are made of syllables and Persian words.
LONG = {
    "three": "sab",
    "word": "sabe",
    "two_words": "qudo tra",
    "persian": "پارس",
    "last_four": "0123",
}
SHORT = {"two": "sa", "two_persian": "نی", "none": "zzqx", "none_two": "xz"}
CPU_MS, P95_MS = 3.0, 30.0


def measure(figures: Figures, place: Place, engine: str, times: int) -> None:
    """Print the CPU of longer searches and the p95 of short ones, as rep and as admin."""
    with running(**place.served()) as server:
        for who in ("rep", "manager", "admin"):
            phone = Phone(server, place.cookies[who])
            for name, typed in (LONG | SHORT).items():
                lap = Lap(phone, f"/people?q={quote(typed)}", headers=PARTIAL)
                label = f"search.{engine}.{who}.{name}"
                try:
                    if name in LONG:
                        spent = cpu_ms(lap, times)
                        figures.add(f"{label}.cpu", spent, unit="ms", most=CPU_MS)
                    else:
                        in_turn([lap], times, warm=5)
                        figures.add(f"{label}.p95", lap.quantile(0.95), unit="ms", most=P95_MS)
                except RuntimeError as error:
                    figures.note(f"{label} not measured: {error}")
    _alone(figures, place, engine, times)


def _alone(figures: Figures, place: Place, engine: str, times: int) -> None:
    with place.app().app_context():
        for who in ("rep", "admin"):
            person = find_viewer(place.cookies[who].partition("=")[2])
            assert person is not None
            for name, typed in LONG.items():
                search(person, typed)
                others = [place.postmaster] if place.postmaster else []
                before, start = cpu_seconds(others), time.process_time()
                for _ in range(times):
                    search(person, typed)
                    db.session.rollback()
                spent = time.process_time() - start + cpu_seconds(others) - before
                figures.add(
                    f"search.{engine}.{who}.{name}.query_cpu",
                    spent * 1000 / times,
                    unit="ms",
                    most=CPU_MS,
                )
        db.session.remove()
        db.engine.dispose()
