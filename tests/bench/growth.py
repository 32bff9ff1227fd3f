"""What a page costs when the company around a rep has grown a hundredfold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from tests.bench.figures import Figures
from tests.bench.phones import PARTIAL, Lap, Phone, capture, in_turn
from tests.bench.places import Place
from tests.bench.processes import Server, running

MOST = 1.3


def measure(figures: Figures, small: Place, large: Place, engine: str, times: int) -> None:
    """Print p95 on both companies and their ratio, page by page."""
    with ExitStack() as stack:
        servers = [stack.enter_context(running(**p.served())) for p in (small, large)]
        pairs = [dict(_laps(p, s)) for p, s in zip((small, large), servers, strict=True)]
        for name in pairs[0]:
            laps = [pair[name] for pair in pairs]
            try:
                in_turn(laps, times)
            except RuntimeError as error:
                figures.note(f"growth.{engine}.{name} not measured: {error}")
                continue
            floor, value = (lap.quantile(0.95) for lap in laps)
            figures.add(
                f"growth.{engine}.{name}.p95",
                value,
                unit="ms",
                most=MOST,
                floor=floor,
                ratio=value / floor,
            )
        _others(figures, large, servers[1], engine, times)


def _laps(place: Place, server: Server) -> Iterator[tuple[str, Lap]]:
    ids = place.ids
    phone = Phone(server, place.cookies["rep"])
    yield "today", Lap(phone, "/today")
    yield "pipeline", Lap(phone, "/pipeline")
    yield "deal", Lap(phone, f"/deals/{ids['deal']}")
    yield "list", Lap(phone, "/people?tab=contacts")
    yield "timeline", Lap(phone, f"/accounts/{ids['account']}")
    older = f"/deals/{ids['deal']}?before=2026-06-01T00:00:00%2B00:00~{ids['deal']}"
    yield "timeline_older", Lap(phone, older, headers=PARTIAL)
    yield "capture", Lap(phone, "/api/v1/captures", body=capture(ids["rep"], ids["contact"]))


def _others(figures: Figures, place: Place, server: Server, engine: str, times: int) -> None:
    """The manager of a team of ten, and the admin, who sees everything: told, without a target."""
    for who in ("manager", "admin"):
        for page in ("today", "pipeline"):
            lap = Lap(Phone(server, place.cookies[who]), f"/{page}")
            try:
                in_turn([lap], max(10, times // 8), warm=3)
            except (RuntimeError, OSError) as error:
                figures.note(f"growth.{engine}.{page}_{who} not measured: {error}")
                continue
            figures.add(f"growth.{engine}.{page}_{who}.p95", lap.quantile(0.95), unit="ms")
