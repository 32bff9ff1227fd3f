"""Short ways to bring a file in from a test."""

from __future__ import annotations

from typing import Any

from crm.imports.files import Options, Plan, check_files, in_order, plan_file, run_files
from crm.imports.verdicts import Verdict
from crm.users.viewer import Viewer


def plan(viewer: Viewer, text: str | bytes, name: str = "file.csv", **options: Any) -> Plan:
    content = text if isinstance(text, bytes) else text.encode()
    return plan_file(viewer, content, name, Options(**options))


def bring(actor: Viewer, text: str | bytes, name: str = "file.csv", **options: Any) -> Plan:
    """Import a file and return its plan with the verdicts."""
    made = plan(actor, text, name, **options)
    run_files(actor, [made])
    return made


def try_out(viewer: Viewer, *texts: str, **options: Any) -> list[Plan]:
    """Check files without writing."""
    plans = in_order([plan(viewer, text, **options) for text in texts])
    check_files(viewer, plans)
    return plans


def outcomes(made: Plan) -> list[str]:
    return [str(verdict.outcome) for verdict in sorted(made.verdicts, key=lambda v: v.line)]


def said(verdict: Verdict) -> str:
    return "; ".join(f"{m.field}: {m.text}" if m.field else m.text for m in verdict.messages)
