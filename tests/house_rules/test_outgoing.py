"""One door leads out: nothing but crm/outgoing opens a connection."""

from __future__ import annotations

import ast

import pytest

from tests.house_rules.source import files, name

NETWORK = {
    *("socket", "ssl", "http.client", "urllib.request", "urllib3", "requests", "httpx", "asyncio"),
    *("aiohttp", "smtplib", "imaplib", "poplib", "ftplib", "telnetlib", "socketserver"),
}
#: Beside the door itself: who listens, and who speaks to mail servers by addresses it was given.
ALLOWED = {
    "crm/cli/serve.py": {"socket"},
    "crm/mail/": {"smtplib", "imaplib", "ssl", "socket"},
}


def imported(source: str) -> set[str]:
    """Return the modules of the network that a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {module for module in found if any(_is_under(module, one) for one in NETWORK)}


def _is_under(module: str, above: str) -> bool:
    return module == above or module.startswith(f"{above}.")


def allowed(path: str) -> set[str]:
    return {one for start, may in ALLOWED.items() if path.startswith(start) for one in may}


def faults(path: str, source: str) -> set[str]:
    used = imported(source)
    return {module for module in used if not any(_is_under(module, m) for m in allowed(path))}


@pytest.mark.parametrize("path", files("app.py", "crm/**/*.py"), ids=name)
def test_nobody_else_opens_a_connection(path) -> None:  # type: ignore[no-untyped-def]
    if not name(path).startswith("crm/outgoing/"):
        assert not faults(name(path), path.read_text())


def test_webpush_is_used_by_the_sender_alone() -> None:
    users = [name(path) for path in files("crm/**/*.py") if "webpush import" in path.read_text()]
    assert users == ["crm/push/sender.py"]


@pytest.mark.parametrize(
    "source",
    [
        "import socket",
        "from urllib.request import urlopen",
        "from urllib import request",
        "def f():\n    import http.client",
        "import requests.sessions",
    ],
)
def test_the_rule_sees_what_breaks_it(source: str) -> None:
    assert faults("crm/leads/queries.py", source)
    assert not faults("crm/leads/queries.py", "from urllib.parse import quote")
