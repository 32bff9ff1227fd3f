"""Signing in and out; which viewer and which locale a request has."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Flask, Request, Response, abort, g, make_response, redirect, request
from flask_login import AnonymousUserMixin, LoginManager, current_user
from htmx_flask import Htmx

from crm import clock, errors
from crm.company.queries import find_company
from crm.database import is_transient
from crm.i18n import Locale, set_locale
from crm.users.sessions import end_session, find_viewer, keep_session, open_session, viewer_of
from crm.users.sign_in import authenticate
from crm.users.viewer import Viewer
from crm.web.kept_forms import WHOSE, here, keep_form, open_form, typed_words
from crm.web.rendering import go, is_partial, render, viewer
from crm.web.security import is_wordless, page_before, public, safe_path
from crm.web.toasts import OnlyWhereSaid

blueprint = Blueprint("sessions", __name__)
htmx = Htmx()
KEEP_EVERY_SECONDS = 3600


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host, and browsers take it over https only."""
    return "__Host-session" if request.is_secure else "session_id"


def init_app(app: Flask) -> None:
    """Hand Flask-Login our own session rows and set the reader's locale."""
    manager = LoginManager(app)
    manager.session_protection = None
    manager.anonymous_user = AnonymousUserMixin
    manager.request_loader(_load_viewer)
    manager.unauthorized_handler(_unauthorized)
    htmx.init_app(app)
    app.session_interface = OnlyWhereSaid()
    # Flask's own cookie carries toasts and a link shown once, never who is signed in.
    app.config.update(
        SESSION_COOKIE_NAME="said",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=str(app.config["BASE_URL"]).startswith("https:"),
    )
    app.before_request(_set_locale)
    app.after_request(_keep)
    app.register_blueprint(blueprint)


def _load_viewer(incoming: Request) -> Viewer | None:
    """Return who is signed in. Where the database is away it raises once, then says nobody.

    The page that says so asks again who reads it.
    """
    if g.get("database_is_away"):
        return None
    try:
        return find_viewer(incoming.cookies.get(cookie_name()))
    except Exception as error:
        g.database_is_away = is_transient(error)
        raise


def _set_locale() -> None:
    if is_wordless():
        return
    if current_user.is_authenticated:
        set_locale(current_user.locale)
        return
    company = find_company()
    wanted = request.args.get("language")
    if wanted not in ("en", "fa"):
        wanted = (
            company.language
            if company
            else (request.accept_languages.best_match(["fa", "en"]) or "en")
        )
    set_locale(
        Locale(
            language=wanted,
            calendar=company.calendar if company else ("jalali" if wanted == "fa" else "gregorian"),
            timezone=company.timezone if company else "Asia/Tehran",
            region=company.region if company else "IR",
        )
    )


def _keep(answer: Response) -> Response:
    """Move a used session's end ahead, on a write and at most hourly: a read never writes."""
    if request.method != "POST" or answer.status_code >= 400 or not current_user.is_authenticated:
        return answer
    seen = current_user.seen_at
    if seen is not None and (clock.now() - seen).total_seconds() > KEEP_EVERY_SECONDS:
        with suppress(errors.Busy):  # what was asked is done: the session's end can wait
            keep_session(viewer())
    return answer


def _unauthorized() -> Any:
    """Send a page to sign-in, tell htmx to go there, and keep what a form had in it."""
    if request.path.startswith("/api/"):
        abort(401)
    if is_partial():
        answer = make_response("", 401)
        page = page_before()
        answer.headers["HX-Redirect"] = _sign_in_for(f"{page.path}?{page.query}".rstrip("?"))
        return answer
    if request.method in ("GET", "HEAD"):
        return redirect(_sign_in_for(here()), 303)
    return _sign_in_page(401, kept=keep_form(request.cookies.get(cookie_name())))


def _sign_in_for(target: str) -> str:
    return f"/sign-in?next={quote(safe_path(target))}"


def _sign_in_page(status: int, **context: Any) -> Response:
    return render(
        "sessions/new.html",
        status=status,
        **{
            "name": "",
            "errors": {},
            "next": "/today",
            "kept": "",
            **context,
        },
    )


@blueprint.get("/sign-in")
@public
def new() -> Any:
    """The sign-in page."""
    if current_user.is_authenticated:
        return redirect(safe_path(request.args.get("next")), 303)
    if find_company() is None:
        return render("setup/waiting.html")
    return _sign_in_page(200, next=safe_path(request.args.get("next")))


@blueprint.post("/sign-in")
@public
def create() -> Any:
    """Sign in with a name and a password."""
    name, kept = request.form.get("name", ""), request.form.get("kept", "")
    target = safe_path(request.form.get("next"))
    company = find_company()
    if company is None:
        raise errors.NotFound
    password = request.form.get("password", "")
    try:
        user = authenticate(name, password, request.remote_addr, company.region)
    except (errors.ValidationError, errors.TooMany) as error:
        return _refused(error, name=name, next=target, kept=kept)
    person = viewer_of(user.id)
    set_locale(person.locale)
    return sign_in(person, _give_back(kept, person) if kept else go(target))


def _refused(error: errors.ValidationError | errors.TooMany, **typed: Any) -> Response:
    said = error.fields if isinstance(error, errors.ValidationError) else {"": [str(error)]}
    answer = _sign_in_page(error.status, errors=said, **typed)
    if isinstance(error, errors.TooMany):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def sign_in(person: Viewer, answer: Response) -> Response:
    """Open a session on this device and give the answer its cookies."""
    token = open_session(person, request.user_agent.string, request.cookies.get(cookie_name()))
    for name, value in ((cookie_name(), token), (WHOSE, person.id)):
        answer.set_cookie(
            name,
            value,
            max_age=90 * 86400,
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
            path="/",
        )
    return answer


def _give_back(kept: str, person: Viewer) -> Response:
    """Show the form that was open when the session ended, with what was in it, ready to send."""
    form = open_form(kept)
    if form is None:
        return go("/today")
    mine = form["owner"] == person.id
    return render(
        "sessions/kept.html",
        mine=mine,
        person=person,
        action=form["action"] if mine else "",
        fields=form["fields"] if mine else [],
        words=typed_words(form["fields"]) if mine else [],
    )


@blueprint.post("/sign-out")
def destroy() -> Any:
    """Sign this device out."""
    me = viewer()
    if me.session_id:
        end_session(me, me.session_id)
    answer = go("/sign-in")
    answer.delete_cookie(
        cookie_name(), path="/", secure=request.is_secure, httponly=True, samesite="Lax"
    )
    # Not the storage: an outbox may hold captures that were not sent yet.
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer
