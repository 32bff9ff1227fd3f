"""Believes the proxy that ends TLS, and nobody else, about who asks and whether by https."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOOPBACK = ("127.0.0.1", "::1")


class BehindProxy:
    """Reads `X-Forwarded-For` and `-Proto` of requests that come from one of `proxies`.

    Each stands once there: what a client sent under that name is not the last in the line. The
    host is the one the client asked for; a proxy hands it on as it is.
    """

    def __init__(self, app: WSGIApplication, proxies: Collection[str]) -> None:
        self.plain, self.proxies = app, frozenset(proxies)
        self.forwarded = ProxyFix(app, x_for=1, x_proto=1)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        is_proxy = environ.get("REMOTE_ADDR") in self.proxies
        return (self.forwarded if is_proxy else self.plain)(environ, start)


def proxies_of(config: dict[str, Any]) -> tuple[str, ...]:
    """Return the addresses to believe: those of `TRUSTED_PROXIES`, else this machine's own where
    `BASE_URL` says https, for then something here must end TLS."""
    said = tuple(config["TRUSTED_PROXIES"] or ())
    return said or (LOOPBACK if str(config["BASE_URL"]).startswith("https:") else ())


def init_app(app: Flask) -> None:
    """Put it around the app where there is a proxy to believe."""
    if proxies := proxies_of(dict(app.config)):
        app.wsgi_app = BehindProxy(app.wsgi_app, proxies)  # type: ignore[assignment,method-assign]
