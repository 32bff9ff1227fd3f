"""Nothing goes to a customer by itself past the gate that stops for a human."""

from __future__ import annotations

import ast

import pytest

from tests.house_rules.source import ROOT, files, name

#: What can speak to another machine, and the places that may: letters, requests, our own port.
LETTERS = {"smtplib", "imaplib", "poplib", "nntplib"}
LINES = {
    *("socket", "ssl", "asyncio", "ftplib", "http", "urllib.request", "xmlrpc"),
    *("requests", "httpx", "aiohttp", "urllib3", "webpush.client", "telnetlib", "socketserver"),
}
MAY_SEND_LETTERS = ("crm/mail/",)
MAY_OPEN_LINES = ("crm/mail/", "crm/outgoing", "crm/cli/serve.py")
GATE = ROOT / "crm/mail/gate.py"


def imported(tree: ast.AST) -> set[str]:
    """Return every module that a file names, and what it takes from it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def faults(path: str, source: str) -> list[str]:
    """Return by what this file could send past the gate."""
    names = imported(ast.parse(source))

    def uses(modules: set[str]) -> set[str]:
        return {n for n in names for m in modules if n == m or n.startswith(f"{m}.")}

    letters = set() if path.startswith(MAY_SEND_LETTERS) else uses(LETTERS)
    lines = set() if path.startswith(MAY_OPEN_LINES) else uses(LINES) - {"http.HTTPStatus"}
    return [f"{path} uses {module}" for module in sorted(letters | lines)]


def test_only_the_mail_room_sends_letters_and_only_the_guard_opens_lines() -> None:
    looked_at = files("app.py", "crm/**/*.py")
    assert len(looked_at) > 100
    assert not [said for path in looked_at for said in faults(name(path), path.read_text())]


def test_webpush_is_used_by_the_sender_alone() -> None:
    users = [name(path) for path in files("crm/**/*.py") if "webpush import" in path.read_text()]
    assert users == ["crm/push/sender.py"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("crm/leads/routes.py", "import smtplib"),
        ("crm/reactions/by_mail.py", "from smtplib import SMTP"),
        ("crm/stops/telling.py", "from http import client"),
        ("crm/hooks/safe.py", "import urllib.request"),
        ("crm/alerts/sending.py", "def f():\n    import socket"),
        ("crm/leads/queries.py", "from urllib.request import urlopen"),
        ("crm/leads/queries.py", "from urllib import request"),
        ("crm/leads/queries.py", "import requests.sessions"),
    ],
)
def test_the_rule_sees_who_could_send_past_it(path: str, source: str) -> None:
    assert faults(path, source)
    assert not faults(path, "from urllib.parse import quote")


@pytest.mark.mission(111, 112)
def test_the_gate_of_the_letters_asks_whether_the_customer_is_stopped() -> None:
    if not GATE.parent.exists():
        return  # nothing sends yet
    asked = {"crm.stops.queries.is_stopped", "crm.stops.queries.stopped_by"}
    assert imported(ast.parse(GATE.read_text())) & asked
