"""Who may use whom, as pyproject.toml says; a package without a place fails."""

from __future__ import annotations

from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[2]
TOP = {
    *("app.py", "crm", "templates", "static", "migrations", "tests", "requirements.txt"),
    *("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE"),
    *("docs", "deploy", "Makefile", "pyproject.toml"),
}


def test_each_step_uses_only_the_steps_below_it() -> None:
    config = str(ROOT / "pyproject.toml")
    assert lint_imports(config_filename=config, no_cache=True) == 0


def test_nothing_new_stands_at_the_top_of_the_project() -> None:
    seen = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert seen - {"__pycache__"} <= TOP
