"""What a server costs that only stands there: its start, its memory, its idle minutes."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.bench import sticks
from tests.bench.cost import FLOOR
from tests.bench.figures import Figures
from tests.bench.phones import PARTIAL, Lap, Phone, capture, crowd
from tests.bench.places import Place
from tests.bench.processes import Server, cpu_seconds, free_port, memory_mb, running, tree

START, MEMORY_MB, IDLE = 2.0, 160, 0.1
CONNECTIONS = 8
FLASK = str(Path(sys.executable).parent / "flask")


def measure(figures: Figures, place: Place, requests: int, idle_seconds: int, starts: int) -> None:
    """Print them for `flask serve` itself, its hourly backup included."""
    if sticks.folder():
        _start(figures, place, starts)
    command = [FLASK, "--app", "app", "serve"]
    with running(command, place.environment(), "/sign-in") as server:
        figures.add("memory.fresh", memory_mb(server.pids), unit="MB")
        before = time.perf_counter()
        crowd([lambda n=n: _lap(place, server, n) for n in range(CONNECTIONS)], requests)
        figures.note(
            f"{requests} mixed requests from {CONNECTIONS} connections in"
            f" {time.perf_counter() - before:.0f} s"
        )
        figures.add("memory.used", memory_mb(server.pids), unit="MB", most=MEMORY_MB)
        figures.add("processes", len(tree(server.pids)))
        time.sleep(2)
        used = cpu_seconds(server.pids)
        time.sleep(idle_seconds)
        spent = (cpu_seconds(server.pids) - used) * 60 / idle_seconds
        figures.add("idle.per_minute", spent, unit="CPU-s", most=IDLE)


def _lap(place: Place, server: Server, number: int) -> Lap:
    """A day's mix: most phones read, some log, one searches."""
    ids = place.ids
    phone = Phone(server, place.cookies["rep"])
    mix = [
        Lap(phone, "/today"),
        Lap(phone, "/pipeline"),
        Lap(phone, f"/deals/{ids['deal']}"),
        Lap(phone, "/people?tab=contacts"),
        Lap(phone, "/people?q=sab", headers=PARTIAL),
        Lap(phone, f"/capture?deal_id={ids['deal']}"),
    ]
    if number < len(mix):
        return mix[number]
    return Lap(phone, "/api/v1/captures", body=capture(ids["rep"], ids["contact"]))


def _start(figures: Figures, place: Place, starts: int) -> None:
    ours = [FLASK, "--app", "app", "serve"]
    _starting(place, "ours", ours, "/sign-in", 1)  # the first one writes the bytecode
    said = _starting(place, "ours", ours, "/sign-in", starts)
    for kind, path, most in (("flask", "/log", START), ("work_full", "/list", None)):
        floor = _starting(place, "floor", [sys.executable, FLOOR, kind, "{port}"], path, starts)
        for name, unit, limit in (("start_ms", "ms", most), ("start_cpu_s", "CPU-s", None)):
            value, base = said[f"ours.{name}"], floor[f"floor.{name}"]
            figures.add(f"{name.rpartition('_')[0]}.beside_{kind}", value, unit=unit, most=limit,
                        floor=base, ratio=value / base)  # fmt: skip


def _starting(
    place: Place, label: str, command: list[str], path: str, starts: int
) -> dict[str, float]:
    """Start a server some times, as on a machine that keeps bytecode."""
    port = str(free_port())
    words = [word.replace("{port}", port) for word in command]
    return sticks.figures(
        sticks.call(
            "startup.py", "--url", f"http://127.0.0.1:{port}{path}", "--label", label,
            "--n", str(starts), "--settle", "0.5", "--", *words,
            PORT=port, BENCH=str(sticks.folder()), PYTHONDONTWRITEBYTECODE="",
            PYTHONPYCACHEPREFIX=str(place.folder / "bytecode"),
            FLOOR_DB=str(place.folder / "floor.db"), **place.environment(),
        )
    )  # fmt: skip
