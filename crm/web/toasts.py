"""Flask's own session cookie, which carries what is said on the next page: made only where used."""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class OnlyWhereSaid(SecureCookieSessionInterface):
    """Flask's, without making a signer for each of the many requests that bring no cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)
