"""Every route × everyone: what `rules.py` says, nothing else. Made from the address map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update
from werkzeug.routing import Rule as Route

from crm import clock
from crm.database import db
from crm.users.models import UserSession
from tests import databases, people
from tests.authorisation.rule import PERSONS, WITHOUT_SESSION, Rule
from tests.authorisation.rules import CROSS_SITE_ALLOWED, RULES
from tests.authorisation.world import CANARY, make_world

NewClient = Callable[..., FlaskClient]
READS = {"GET"}
STRANGERS = ("nika", "reza", *WITHOUT_SESSION)
HOW = 'add one line to RULES in tests/authorisation/rules.py, as in "deals.show": RECORD,'


def routes(app: Flask) -> list[tuple[Route, str]]:
    """Return (route, method), reads first: a write may end the session or the record."""
    pairs = [
        (route, method)
        for route in app.url_map.iter_rules()
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    return sorted(pairs, key=lambda pair: (pair[1] not in READS, pair[0].endpoint))


class Walk:
    """One person (or nobody) on the way through the routes, in a world that can be made afresh."""

    def __init__(self, database: databases.TestDatabase, new_client: NewClient, who: str) -> None:
        self.database, self.new_client, self.who = database, new_client, who
        self.begin()

    def begin(self) -> None:
        db.session.remove()
        self.database.reset(databases.COMPANY)
        self.ids = make_world()
        person = people.PEOPLE.get("sara" if self.who == "revoked" else self.who)
        self.client = self.new_client(person)
        if self.who == "revoked":
            db.session.execute(update(UserSession).values(revoked_at=clock.now()))
            db.session.commit()

    def ask(self, route: Route, method: str, rule: Rule) -> Any:
        path = route.build({a: self.ids[a] for a in route.arguments}, append_unknown=False)
        assert path is not None
        sent: dict[str, Any] = {"query_string": self._filled(rule.query)}
        if method not in READS:
            sent["json" if path[1].startswith("/api/") else "data"] = self._filled(rule.body)
        return self.client.open(path[1], method=method, **sent)

    def _filled(self, values: dict[str, str]) -> dict[str, str]:
        return {name: value.format(**self.ids) for name, value in values.items()}


def wrong(answer: Any, route: Route, method: str, rule: Rule, who: str) -> str:
    """Return what is wrong with an answer, or ""."""
    status, where = answer.status_code, answer.headers.get("Location", "")
    said = f"{who}: {method} {route.rule} ({route.endpoint}) gave {status} {where}"
    if status >= 500:
        return said
    if who in STRANGERS and CANARY.encode() in answer.get_data():
        return f"{said} with a name from Sara's records"
    to_sign_in = status == 303 and where.startswith("/sign-in")
    if who in WITHOUT_SESSION and not rule.is_public:
        api = route.rule.startswith("/api/")
        right = to_sign_in if method in READS and not api else status == 401
        if api and not answer.is_json:
            return f"{said}, not in JSON"
        return "" if right else f"{said}, wanted sign-in"
    if who in rule.reach:
        fine = status not in (401, 403, 404, 405) and not (to_sign_in and who in PERSONS)
        # Signing out leads to sign-in, and that is where it should.
        return "" if fine or route.endpoint == "sessions.destroy" else f"{said}, wanted to reach it"
    wanted = 403 if who in rule.refused else 404
    return "" if status == wanted else f"{said}, wanted {wanted}"


def test_every_route_has_a_rule_and_every_rule_a_route(app: Flask) -> None:
    endpoints = {route.endpoint for route in app.url_map.iter_rules()}
    assert not endpoints - RULES.keys(), f"no rule: {HOW}"
    assert not RULES.keys() - endpoints, "no route for these rules: remove their lines"


@pytest.mark.parametrize("who", [*PERSONS, *WITHOUT_SESSION])
def test_each_reaches_what_the_rule_says_and_nothing_else(
    database: databases.TestDatabase, app: Flask, new_client: NewClient, who: str
) -> None:
    walk = Walk(database, new_client, who)
    faults = []
    for route, method in routes(app):
        rule = RULES.get(route.endpoint)
        if rule is None:
            continue
        said = wrong(walk.ask(route, method, rule), route, method, rule, who)
        if said and method not in READS | {"HEAD"}:
            # An earlier write of this very walk may have ended the record or the session.
            walk.begin()
            said = wrong(walk.ask(route, method, rule), route, method, rule, who)
        if said:
            faults.append(said)
    assert not faults, "\n".join(["", *faults])


SITES = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "", "Content-Type": "application/x-www-form-urlencoded"},
)


@pytest.mark.parametrize("headers", SITES, ids=["cross-site", "same-site", "origin", "silent"])
def test_no_write_is_taken_from_another_site(
    database: databases.TestDatabase, app: Flask, new_client: NewClient, headers: dict[str, str]
) -> None:
    walk = Walk(database, new_client, "admin")
    taken = []
    for route, method in routes(app):
        if method in READS or route.endpoint in CROSS_SITE_ALLOWED or route.endpoint not in RULES:
            continue
        _domain, path = route.build({a: walk.ids[a] for a in route.arguments}) or ("", "")
        if walk.client.open(path, method=method, headers=headers).status_code != 403:
            taken.append(f"{method} {route.rule}")
    assert not taken


@pytest.fixture
def writes(app: Flask) -> Iterator[list[str]]:
    """The statements that changed a row."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_no_read_writes(
    database: databases.TestDatabase, app: Flask, new_client: NewClient, writes: list[str]
) -> None:
    walk = Walk(database, new_client, "admin")
    writes.clear()
    guilty = set()
    for route, method in routes(app):
        if method in READS and route.endpoint in RULES:
            walk.ask(route, method, RULES[route.endpoint])
            if writes:
                guilty.add(f"{method} {route.rule}: {writes[0][:80]}")
                writes.clear()
    assert not guilty
