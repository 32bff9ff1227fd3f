"""The guard before every request and the headers on every answer."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from flask import Flask, Response, abort, current_app, g, request
from flask_login import current_user

from crm import errors
from crm.web import input_guard

F = TypeVar("F", bound=Callable[..., Any])

#: The one inline script, known to the browser by what it says: it fetches the others once the page
#: is seen. As a file it would share the line with what the phone paints first (docs/adr/0012).
_SCRIPT = (Path(__file__).parents[2] / "templates" / "_boot.js").read_text().removesuffix("\n")
_BOOT = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
CSP = (
    f"default-src 'none'; script-src 'self' 'sha256-{_BOOT}'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(self), camera=(self)",
}
#: A visitor's form may stand in anybody's page; there is no session in it to be tricked.
FRAMED_HEADERS = HEADERS | {
    "Content-Security-Policy": CSP.replace("frame-ancestors 'none'", "frame-ancestors *"),
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_SAFE = {"GET", "HEAD", "OPTIONS"}
_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


def public(view: F) -> F:
    """Mark a view that needs no session."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def takes_other_sites(view: F) -> F:
    """Mark a write that may come from any site: it has its own proof of who sends, or needs none.

    Each stands in CROSS_SITE_ALLOWED of the tests.
    """
    view.takes_other_sites = True  # type: ignore[attr-defined]
    return view


def wordless(view: F) -> F:
    """Mark a view that says nothing in any language: nobody asks the database which it would be."""
    view.is_wordless = True  # type: ignore[attr-defined]
    return view


def is_wordless() -> bool:
    """Tell whether the view at hand is marked so."""
    return getattr(_view(), "is_wordless", False)


def let_frame() -> None:
    """Let the page at hand stand in a frame of any site."""
    g.may_be_framed = True


def needs_role(*roles: str) -> Callable[[F], F]:
    """Mark a view for these roles only; to anyone else it is a 404."""

    def mark(view: F) -> F:
        view.roles = roles  # type: ignore[attr-defined]
        return view

    return mark


def init_app(app: Flask) -> None:
    """Put the guard and the headers around every view."""
    input_guard.init_app(app)
    app.before_request(_refuse_other_sites)
    app.before_request(_require_session)
    app.after_request(_add_headers)


def safe_path(target: str | None, default: str = "/today") -> str:
    """Return `target` if it is a path on this site, else `default`: no open redirects."""
    if not target or not _PATH.fullmatch(target):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target


def page_before() -> SplitResult:
    """Return the parts of the page that the request came from; empty where it says nonsense."""
    said = request.headers.get("HX-Current-URL") or request.referrer or ""
    try:
        return urlsplit(said)
    except ValueError:  # «http://[» is no address
        return urlsplit("")


def _refuse_other_sites() -> None:
    """A write must come from our own pages: `Sec-Fetch-Site` says so, else `Origin` must be ours.

    A token in the page would go stale in cached pages and in an outbox.
    """
    if request.method in _SAFE or getattr(_view(), "takes_other_sites", False):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site in ("same-origin", "none"):
        return
    origin = request.headers.get("Origin")
    ours = {request.host_url.rstrip("/"), str(current_app.config.get("BASE_URL")).rstrip("/")}
    if site is None and origin and origin in ours:
        return
    abort(403)


def _view() -> Any:
    return current_app.view_functions.get(request.endpoint or "")


def _require_session() -> Any:
    view = _view()
    if view is None or getattr(view, "is_public", False):
        return None
    if not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
    roles = getattr(view, "roles", None)
    if roles and current_user.role not in roles:
        raise errors.NotFound
    return None


def _add_headers(answer: Response) -> Response:
    said = FRAMED_HEADERS if g.get("may_be_framed") else HEADERS
    for name, value in said.items():  # a second handler may see it again
        answer.headers.setdefault(name, value)
    if "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "private, no-store"
    if request.is_secure:
        answer.headers["Strict-Transport-Security"] = "max-age=31536000"
    return answer
