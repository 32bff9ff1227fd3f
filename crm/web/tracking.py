"""The snippet for the company's website, and the address where it tells what visitors do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from crm import clock
from crm.i18n import Locale
from crm.tracking.beacons import MOST_BYTES, Rules, Seen, cut_net, is_robot, read_beacon
from crm.tracking.bounds import prune_visitors
from crm.tracking.buffer import BATCH, Buffer
from crm.tracking.commands import keep_seen
from crm.tracking.flood import Buckets
from crm.tracking.queries import find_rules
from crm.users.viewer import system_viewer
from crm.web.security import public, takes_other_sites, wordless

blueprint = Blueprint("tracking", __name__)
HAMRAH = system_viewer(Locale())
#: For so long a process judges by the settings it read, unless they are changed in it.
RULES_SECONDS = 10.0
#: So that the tables keep their bound even where nothing else prunes them.
PRUNE_EVERY = 20


class Tracker:
    """What of the website this process holds in memory: rules, buckets, touches to write."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._rules: tuple[Rules, float] | None = None
        self.reset()

    def reset(self) -> None:
        """Begin anew, as a process that was just started."""
        self._rules, self.buckets, self._turns = None, Buckets(), 0
        self.buffer = Buffer(self._write, by_itself=not self._app.testing)
        self.flush: Callable[[], None] = self.buffer.flush

    def rules(self) -> Rules:
        """Return the rules in force, read once in a while."""
        now = time.monotonic()
        if self._rules is None or now - self._rules[1] > RULES_SECONDS:
            self._rules = (find_rules(), now)
        return self._rules[0]

    def forget_rules(self) -> None:
        """Read the rules anew at the next beacon."""
        self._rules = None

    def stop(self) -> None:
        """Write what waits; the server stops."""
        self.buffer.stop()

    def _write(self, batch: Sequence[Seen]) -> None:
        with self._app.app_context():
            keep_seen(HAMRAH, batch)
            self._turns += 1
            if self._turns % PRUNE_EVERY == 0:
                prune_visitors(HAMRAH, PRUNE_EVERY * BATCH)


def init_app(app: Flask) -> None:
    """Give the app its tracker."""
    app.extensions["tracking"] = Tracker(app)


def tracker() -> Tracker:
    """Return this app's tracker."""
    return current_app.extensions["tracking"]  # type: ignore[no-any-return]


@blueprint.get("/t.js")
@public
@wordless
def script() -> Response:
    """The snippet: for the pages of any site, kept for an hour."""
    folder: Path = current_app.config["ASSETS"]
    answer = Response((folder / "t.js").read_bytes(), mimetype="text/javascript")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@blueprint.post("/t")
@public
@takes_other_sites
@wordless
def create() -> Response:
    """Take a beacon in. It is always answered alike: nobody learns what was wrong with it."""
    _take_in(tracker())
    answer = Response(status=204)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


create.judges_body = True  # type: ignore[attr-defined]


def _take_in(here: Tracker) -> None:
    agent = request.headers.get("User-Agent", "")
    if is_robot(agent) or not here.buckets.take(cut_net(request.remote_addr), time.monotonic()):
        return
    rules = here.rules()
    if not rules.allows(request.headers.get("Origin") or request.referrer):
        return
    request.max_content_length = MOST_BYTES
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return
    if seen := read_beacon(body, rules, clock.now()):
        here.buffer.add(seen)


def snippet(site_key: str) -> str:
    """Return the tag for the website's pages, as an admin copies it."""
    address = str(current_app.config["BASE_URL"] or request.host_url).rstrip("/")
    return f'<script defer src="{address}/t.js" data-key="{site_key}"></script>'
