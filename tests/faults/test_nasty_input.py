"""Every route × everything nobody should send: an answer below 500, within a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from crm.accounts.models import Account, Contact
from crm.activities.models import Activity
from crm.database import db
from crm.deals.models import Deal
from crm.leads.models import Lead
from crm.users.models import User
from crm.users.viewer import Viewer
from crm.web.input_guard import refuse_bad_input
from tests import people
from tests.api.phone import CAPTURES, capture, message, met, send
from tests.authorisation.world import make_world
from tests.faults.corpus import BODIES, IDS, VALUES, columns

NewClient = Callable[..., FlaskClient]
READS = {"GET"}
#: Not more CPU than this; the wall would measure the machine's other work.
MOST_SECONDS = 1.0
FIELDS = (
    *("name", "note", "q", "who", "kind", "stage_id", "version", "due_on", "amount", "phones"),
    *("happened_at", "after", "next", "due_at", "id", "owner_id", "tags", "birthday", "stage"),
    *("order", "limit", "language", "login", "kept", "step", "email", "value", "field"),
)
#: Without the one that every page looks at.
OURS = {*FIELDS} - {"language"}
LARGE = 20_000
UNKNOWN = "01930000-0000-7000-8000-00000000dead"


class Bad:
    """Sends, and keeps what was answered badly."""

    def __init__(self, new_client: NewClient, person: Viewer) -> None:
        self.new_client, self.person = new_client, person
        self.client, self.faults = new_client(person), list[str]()

    def ask(self, what: str, path: str, **sent: Any) -> Any:
        start = time.process_time()
        answer = self.client.open(path, **sent)
        took = time.process_time() - start
        if answer.status_code >= 500 or took > MOST_SECONDS:
            self.faults.append(f"{sent.get('method')} {path[:90]}: {what}: "
                               f"{answer.status_code} after {took:.2f} s")  # fmt: skip
        if answer.status_code == 401 or "/sign-in" in answer.headers.get("Location", ""):
            self.client = self.new_client(self.person)
        return answer


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: ("POST" in r.methods, r.rule)):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def address(rule: Rule, ids: dict[str, str]) -> str:
    values = {name: ids.get(name, UNKNOWN) for name in rule.arguments}
    for name, converter in rule._converters.items():
        if getattr(converter, "items", None):  # any(…): one of its own words
            values[name] = sorted(converter.items)[0]
    built = rule.build(values, append_unknown=False)
    assert built is not None
    return built[1]


@pytest.fixture
def ids(app: Flask) -> dict[str, str]:
    """Sara's records, one for each argument of an address."""
    return make_world()


@pytest.fixture
def bad(ids: dict[str, str], new_client: NewClient, admin: Viewer) -> Bad:
    """An admin's phone: every route lets him in."""
    return Bad(new_client, admin)


def is_refused(app: Flask, path: str, method: str, body: bytes, kind: str) -> bool:
    """Whether the guard sends this away before the view of that route sees it."""
    with app.test_request_context(path, method=method, data=body, content_type=kind):
        try:
            refuse_bad_input()
        except HTTPException:
            return True
    return False


@pytest.mark.timeout(300)
def test_no_body_brings_a_route_down(app: Flask, ids: dict[str, str], bad: Bad) -> None:
    """What the guard refuses goes to one route, for it answers before any view; the rest to all."""
    refused = set[str]()
    for rule, method in routes(app):
        if method in READS:
            continue
        path = address(rule, ids)
        for what, (body, kind) in BODIES.items():
            if len(body) >= LARGE or (
                what in refused and is_refused(app, path, method, body, kind)
            ):
                continue
            answer = bad.ask(what, path, method=method, data=body, content_type=kind)
            if 400 <= answer.status_code < 500 and is_refused(app, path, method, body, kind):
                refused.add(what)
    assert len(refused) > 5, refused
    assert not bad.faults, "\n".join(bad.faults)


@pytest.mark.parametrize("what", [w for w, (body, _kind) in BODIES.items() if len(body) >= LARGE])
def test_no_large_body_takes_long(bad: Bad, what: str) -> None:
    """The guard refuses them before any view, so a few addresses stand for all."""
    body, kind = BODIES[what]
    for path in (CAPTURES, "/captures", "/sign-in", "/nothing-here"):
        answer = bad.ask(what, path, method="POST", data=body, content_type=kind)
        assert 400 <= answer.status_code < 500, path
    assert not bad.faults, "\n".join(bad.faults)


class Noted(ImmutableMultiDict[str, str]):
    """The fields of a request, which note whether anybody looks at one of ours."""

    looked: ClassVar[set[str]] = set()

    def __getitem__(self, key: Any) -> Any:
        self.looked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: Any) -> bool:
        self.looked.add(key)
        return super().__contains__(key)

    def getlist(self, key: Any, *more: Any) -> Any:
        self.looked.add(key)
        return super().getlist(key, *more)

    def items(self, *more: Any) -> Any:
        self.looked.update(FIELDS)
        return super().items(*more)

    def lists(self) -> Any:
        self.looked.update(FIELDS)
        return super().lists()

    def __iter__(self) -> Any:
        self.looked.update(FIELDS)
        return super().__iter__()


@pytest.fixture
def looked(app: Flask, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The fields at which the last requests looked."""

    class Request(app.request_class):  # type: ignore[name-defined, misc]
        parameter_storage_class = Noted

    monkeypatch.setattr(app, "request_class", Request)
    Noted.looked.clear()
    return Noted.looked


@pytest.mark.timeout(300)
def test_no_field_brings_a_route_down(
    app: Flask, ids: dict[str, str], bad: Bad, looked: set[str]
) -> None:
    """A route that looks at no field, which a harmless one tells, is asked no more about them."""
    blind = 0
    for rule, method in routes(app):
        path = address(rule, ids)
        for what, value in {"harmless": "x", **VALUES}.items():
            fields = dict.fromkeys(FIELDS, value)
            short = {name: text[:3_000] for name, text in fields.items()}
            sent = {"query_string": short} if method in READS else {"data": fields}
            looked.clear()
            bad.ask(what, path, method=method, **sent)
            if what == "harmless" and not looked & OURS:
                blind += 1
                break
    assert 0 < blind < len(list(routes(app))) * 3 // 4, blind
    assert not bad.faults, "\n".join(bad.faults)


def is_routed(app: Flask, path: str, method: str) -> bool:
    """Whether an address leads to a view."""
    with app.test_request_context(path, method=method) as context:
        return context.request.url_rule is not None


def test_no_id_in_an_address_is_anything_but_not_found(
    app: Flask, ids: dict[str, str], bad: Bad
) -> None:
    unrouted = set[str]()
    for rule, method in routes(app):
        for name in rule.arguments:
            if type(rule._converters[name]).__name__ != "IdConverter":
                continue
            marked = address(rule, ids | {name: UNKNOWN})
            for odd in IDS:
                path = marked.replace(UNKNOWN, odd)
                # What no address fits meets no view: one answer stands for all of its kind.
                if odd in unrouted and not is_routed(app, path, method):
                    continue
                answer = bad.ask(odd, path, method=method)
                assert answer.status_code in (400, 404), (method, rule.rule, odd)
                if not is_routed(app, path, method):
                    unrouted.add(odd)
    assert not bad.faults, "\n".join(bad.faults)


def owners() -> dict[str, Any]:
    """Return who holds what, and who may do what."""
    db.session.rollback()
    held: dict[str, Any] = {}
    for model in (Account, Contact, Deal, Lead, Activity):
        for row in db.session.execute(select(model.id, model.owner_id, model.is_sample)):
            held[row.id] = tuple(row)
    for user in db.session.execute(select(User.id, User.role, User.team_id, User.is_active)):
        held[user.id] = tuple(user)
    return held


@pytest.mark.timeout(300)
def test_no_field_of_a_model_can_be_slipped_in(
    app: Flask, ids: dict[str, str], new_client: NewClient, sara, nika
) -> None:
    bad, held, nika = Bad(new_client, sara), owners(), nika.id
    extra = columns() | {"owner_id": nika, "user_id": nika, "team_id": people.SOUTH}
    for rule, method in routes(app):
        if method not in READS:
            path = address(rule, ids)
            for sent in ({"data": extra}, {"data": extra | {"name": "X"}}, {"json": extra}):
                bad.ask("every column", path, method=method, **sent)
    now = owners()
    assert {key: now.get(key) for key in held} == held
    assert not [row for row in now.values() if row[1] == nika and row[0] not in held]
    assert not bad.faults, "\n".join(bad.faults)


@pytest.mark.parametrize("kind", ["activity.log", "lead.capture", "contact.create", "deal.create"])
def test_no_column_can_be_slipped_into_a_capture(new_client, sara, kind: str) -> None:
    phone = new_client(sara)
    fine = {"kind": "call"} if kind == "activity.log" else {"name": "X"}
    theirs = ("team_id", "version", "is_sample", "created_at", "archived_at", "role", "user_id")
    for name in theirs:
        (said,) = send(phone, sara, capture(fine | {name: people.SOUTH}, kind))
        assert (said["verdict"], list(said["errors"])) == ("rejected", [name])
    assert phone.post(CAPTURES, json=message(sara, capture(met(), role="admin"))).status_code == 422


@pytest.mark.parametrize("order", ["amount", "changed", "stage"])
@pytest.mark.parametrize("after", ["9" * 20 + "~" + UNKNOWN, "-1~" + UNKNOWN, "1~x", "~", "~~"])
def test_no_cursor_brings_the_pipeline_down(new_client, sara, order: str, after: str) -> None:
    for stage in ("", "closed"):
        asked = {"order": order, "after": after, "stage": stage}
        assert new_client(sara).get("/pipeline", query_string=asked).status_code == 200


def test_what_was_typed_with_a_replacement_character_passes(new_client, sara) -> None:
    """Only bytes that are no UTF-8 are refused, not the character that stands for them."""
    answer = new_client(sara).get("/people", query_string={"q": "a\ufffdb"})
    assert answer.status_code == 200
