"""Calls the shared measuring sticks and reads what they print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.bench.processes import ROOT

_FIGURE = re.compile(r"^\S*?\.?(\w+)\.([\w]+) ([\d.]+)", re.MULTILINE)


def folder() -> Path | None:
    """Return where the sticks are: BENCH, else beside the project; None if nowhere."""
    path = Path(os.environ.get("BENCH", ROOT.parent / "shared" / "bench")).resolve()
    return path if (path / "ab.py").exists() else None


def call(script: str, *words: str, seconds: float = 300, **environment: str) -> str:
    """Run one stick and return what it printed. Raises RuntimeError with its complaint."""
    home = folder()
    if home is None:
        raise RuntimeError("no measuring sticks: set BENCH")
    runner = "node" if script.endswith(".mjs") else sys.executable
    done = subprocess.run(
        [runner, str(home / script), *words],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    if done.returncode:
        raise RuntimeError(f"{script}: {(done.stdout + done.stderr).strip()[-400:]}")
    return done.stdout


def figures(printed: str) -> dict[str, float]:
    """Return the figures of a stick's lines `label.figure value …` as {"label.figure": value}."""
    return {f"{m[1]}.{m[2]}": float(m[3]) for m in _FIGURE.finditer(printed)}


def pids(numbers: Iterable[int]) -> str:
    """Return process ids as the sticks take them."""
    return ",".join(str(number) for number in numbers)
