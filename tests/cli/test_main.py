"""`python -m crm`: the same commands as `flask --app app`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_command_finds_its_app(tmp_path: Path) -> None:
    place = os.environ | {"DATA_DIR": str(tmp_path), "DATABASE_URL": ""}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "crm", *words],
            cwd=ROOT,
            env=place,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout + done.stderr

    assert "The tables are at version" in run("migrate")
    assert "Traceback" not in run("users", "list")
    assert "Traceback" not in run("import", str(ROOT / "README.md"))
