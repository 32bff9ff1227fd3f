"""Lighthouse on a slow phone: LCP beside the floor page of the same run, TBT and CLS."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.bench import sticks
from tests.bench.figures import Figures
from tests.bench.places import Place
from tests.bench.processes import running
from tests.bench.weight import pages, speak

LCP, TBT, CLS = 1.25, 30, 0.02
TRIES = 3
PACKAGES = ("lighthouse@12", "puppeteer-core@24")


def home() -> Path:
    """Return the folder with Lighthouse, put there by the first run (LH_HOME, else a cache)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = Path(os.environ.get("LH_HOME", cache / "hamrah-bench" / "lighthouse"))
    if not (folder / "node_modules" / "lighthouse").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [
                shutil.which("npm") or "npm",
                "install",
                "--silent",
                "--no-audit",
                "--no-fund",
                "--prefix",
                folder,
                *PACKAGES,
            ],
            check=True,
            capture_output=True,
            timeout=300,
        )
    return folder


def measure(
    figures: Figures, place: Place, languages: tuple[str, ...], rounds: int, names: set[str]
) -> None:
    """Print the figures of these pages; the floor page is measured once a round, like each page."""
    found: dict[str, dict[str, list[float]]] = {}
    with ExitStack() as stack:
        server = stack.enter_context(running(**place.served()))
        pages_py = f"{sticks.folder()}/floor_pages.py"
        floor = stack.enter_context(
            running([sys.executable, pages_py, "--port", "{port}"], {}, "/f8")
        )
        for _ in range(rounds):
            _look(found, "f8", f"{floor.url}/f8", "")
            for language in languages:
                speak(place, language)
                for name, path in pages(place).items():
                    if name in names:
                        _look(found, f"{language}.{name}", server.url + path, place.cookies["rep"])
    base = statistics.median(found.pop("f8")["lcp_ms"])
    for label, values in found.items():
        lcp = statistics.median(values["lcp_ms"])
        figures.add(
            f"paint.{place.name}.{label}.lcp",
            lcp,
            unit="ms",
            most=LCP,
            floor=base,
            ratio=lcp / base,
        )
        figures.add(
            f"paint.{place.name}.{label}.tbt",
            statistics.median(values["tbt_ms"]),
            unit="ms",
            most=TBT,
        )
        figures.add(f"paint.{place.name}.{label}.cls", statistics.median(values["cls"]), most=CLS)


def _look(found: dict[str, dict[str, list[float]]], label: str, url: str, cookie: str) -> None:
    words = ["--url", url, "--label", "p", "--n", "1"]
    words += ["--cookie", cookie] if cookie else []
    said: dict[str, float] = {}
    for _ in range(TRIES):  # on a busy machine it sometimes sees no paint at all
        if "p.lcp_ms" not in said:
            said = sticks.figures(sticks.call("lh_page.mjs", *words, LH_HOME=str(home())))
    for name, value in said.items():
        found.setdefault(label, {}).setdefault(name.removeprefix("p."), []).append(value)
