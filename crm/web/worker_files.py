"""What makes the app stay on the phone: its worker, its manifest, its page without signal."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from flask_login import current_user

from crm.i18n import _, current_locale
from crm.web.rendering import render
from crm.web.security import public

blueprint = Blueprint("worker_files", __name__)

#: What must be on the phone before it can work without signal. All of it or nothing; every byte of
#: it delays the first moment at which that is so.
SHELL = (
    "css/app.css",
    "vendor/htmx-4.0.1.min.js",
    "js/boot.js",
    "js/outbox.js",
)
#: What follows at once, the first of it before the rest: to log, to look somebody up.
_NEXT = ("js/captures.js", "js/lookup.js", "js/elements/offline-book.js")
_WORKERS = ("js/sw.js", "js/sw-off.js", "js/sw-alerts.js")
_FONT = "fonts/Vazirmatn-33.0.3-subset.woff2"
_PAPER, _INK = "#F6F2F5", "#5E1C52"


def init_app(app: Flask) -> None:
    """Let every page say whose it is: the worker keeps one person's pages from the next."""
    app.after_request(_say_whose)


def _say_whose(answer: Response) -> Response:
    view = current_app.view_functions.get(request.endpoint or "")
    private = not getattr(view, "is_public", False)
    if private and answer.mimetype == "text/html" and current_user.is_authenticated:
        answer.headers["X-Viewer"] = current_user.id
    return answer


def _later(folder: Path) -> list[str]:
    """Return the scripts that follow at once when the shell is on the phone."""
    scripts = sorted(path.relative_to(folder).as_posix() for path in folder.glob("js/**/*.js"))
    rest = [path for path in scripts if path not in (*SHELL, *_WORKERS, *_NEXT)]
    return [path for path in _NEXT if path in scripts] + rest


@blueprint.get("/sw.js")
@public
def worker() -> Response:
    """The service worker behind one line that names its build, or the one that ends them all."""
    config = current_app.config
    text = _worker(config["BUILD"], config["ASSETS"], bool(config.get("KILL_WORKER")))
    answer = Response(text, mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    # Weak: the same worker is packed in different ways for different phones.
    answer.add_etag(weak=True)
    answer.make_conditional(request)
    return answer


@cache
def _worker(build: str, folder: Path, is_killed: bool) -> str:
    """Return a build's worker, put together when it is first asked for."""
    if is_killed:
        return (folder / "js/sw-off.js").read_text()
    return _constants(build, folder) + (folder / "js/sw.js").read_text()


def _constants(build: str, folder: Path) -> str:
    static = f"/static/{build}/"
    values: dict[str, Any] = {
        "BUILD": build,
        "SHELL": ["/offline", *(static + path for path in SHELL)],
        "LATER": [static + path for path in _later(folder)],
        "FONT": static + _FONT,
        "OUTBOX": f"{static}js/outbox.js",
        "ALERTS": f"{static}js/sw-alerts.js",
    }
    words = ",".join(f"{k}={json.dumps(v, separators=(',', ':'))}" for k, v in values.items())
    return f"const {words};\n"


@blueprint.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    """What the phone's home screen is told, in the language asked for."""
    answer = Response(
        json.dumps(_manifest(), ensure_ascii=False), mimetype="application/manifest+json"
    )
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


def _manifest() -> dict[str, Any]:
    locale = current_locale()
    return {
        # One app whatever the language: without an id a change of it would be a second app.
        "id": "/",
        "name": _("Hamrah"),
        "short_name": _("Hamrah"),
        "description": _("Your customers in your pocket"),
        "lang": locale.language,
        "dir": locale.direction,
        "start_url": "/today",
        "scope": "/",
        "display": "standalone",
        "background_color": _PAPER,
        "theme_color": _INK,
        "categories": ["business", "productivity"],
        "icons": _icons(),
        "shortcuts": [
            {"name": name, "url": url, "icons": _icons()[:1]}
            for name, url in (
                (_("Log a meeting"), "/capture"),
                (_("People"), "/people"),
                (_("Today"), "/today"),
            )
        ],
        "share_target": {
            "action": "/capture",
            "method": "GET",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
    }


def _icons() -> list[dict[str, str]]:
    folder = f"/static/{current_app.config['BUILD']}/icons/"
    return [
        {"src": f"{folder}icon-192.png", "sizes": "192x192", "type": "image/png"},
        {"src": f"{folder}icon-512.png", "sizes": "512x512", "type": "image/png"},
        {
            "src": f"{folder}icon-maskable-512.png",
            "sizes": "512x512",
            "type": "image/png",
            "purpose": "maskable",
        },
    ]


@blueprint.get("/offline")
@public
def offline() -> Response:
    """What opens where nothing else can: it holds nothing about anybody, the phone fills it in."""
    return render("offline/show.html", viewer=None)
