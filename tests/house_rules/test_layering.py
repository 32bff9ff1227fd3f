"""Who may use whom, as pyproject.toml says; a package without a place fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOP = {
    *("app.py", "crm", "templates", "static", "migrations", "tests", "requirements.txt"),
    *("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE"),
    *("docs", "deploy", "Makefile", "pyproject.toml"),
}


def test_each_step_uses_only_the_steps_below_it() -> None:
    # In a process of its own: it silences every logger that exists, also for the tests after it.
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_nothing_new_stands_at_the_top_of_the_project() -> None:
    seen = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert seen - {"__pycache__"} <= TOP
