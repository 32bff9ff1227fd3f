"""Signing in and out; which viewer and which locale a request has."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Flask, Request, Response, make_response, redirect, request
from flask_login import AnonymousUserMixin, LoginManager, current_user
from htmx_flask import Htmx

from crm import clock, errors
from crm.company.queries import find_company
from crm.i18n import Locale, _, set_locale
from crm.users.sessions import end_session, find_viewer, keep_session, open_session, viewer_of
from crm.users.sign_in import authenticate
from crm.users.viewer import Viewer
from crm.web.rendering import go, is_partial, render, viewer
from crm.web.security import public, safe_path

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
    app.config.update(SESSION_COOKIE_NAME="said", SESSION_COOKIE_SAMESITE="Lax",
                      SESSION_COOKIE_HTTPONLY=True)
    app.before_request(_set_locale)
    app.after_request(_keep)
    app.register_blueprint(blueprint)


def _load_viewer(incoming: Request) -> Viewer | None:
    return find_viewer(incoming.cookies.get(cookie_name()))


def _set_locale() -> None:
    if current_user.is_authenticated:
        set_locale(current_user.locale)
        return
    company = find_company()
    wanted = request.args.get("language") or request.cookies.get("language")
    if wanted not in ("en", "fa"):
        wanted = company.language if company else (
            request.accept_languages.best_match(["fa", "en"]) or "en"
        )
    set_locale(Locale(
        language=wanted,
        calendar=company.calendar if company else ("jalali" if wanted == "fa" else "gregorian"),
        timezone=company.timezone if company else "Asia/Tehran",
        region=company.region if company else "IR",
    ))


def _keep(answer: Response) -> Response:
    """Move a used session's end ahead, on a write and at most hourly: a read never writes."""
    if request.method != "POST" or not current_user.is_authenticated or answer.status_code >= 400:
        return answer
    seen = current_user.seen_at
    if seen is not None and (clock.now() - seen).total_seconds() > KEEP_EVERY_SECONDS:
        keep_session(viewer())
    return answer


def _unauthorized() -> Any:
    """Send a page to sign-in, tell htmx to go there, and keep what a form had in it."""
    if request.path.startswith("/api/"):
        raise errors.NotAllowed
    here = request.full_path.rstrip("?") if request.method == "GET" else "/today"
    if is_partial():
        answer = make_response("", 401)
        answer.headers["HX-Redirect"] = "/sign-in"
        return answer
    if request.method == "GET":
        from urllib.parse import quote

        return redirect(f"/sign-in?next={quote(safe_path(here))}", 303)
    return render("sessions/new.html", status=401, name="", fields={}, next=request.path,
                  kept=_kept_form())


def _kept_form() -> str:
    fields = [[k, v] for k, v in request.form.items(multi=True) if "password" not in k]
    return json.dumps({"action": request.full_path.rstrip("?"), "fields": fields})


@blueprint.get("/sign-in")
@public
def new() -> Any:
    """The sign-in page."""
    if current_user.is_authenticated:
        return redirect(safe_path(request.args.get("next")), 303)
    if find_company() is None:
        return redirect("/setup", 303)
    return render("sessions/new.html", name="", fields={},
                  next=safe_path(request.args.get("next")), kept="")


@blueprint.post("/sign-in")
@public
def create() -> Any:
    """Sign in with a name and a password."""
    name, kept = request.form.get("name", ""), request.form.get("kept", "")
    target = safe_path(request.form.get("next"))
    company = find_company()
    region = company.region if company else "IR"
    try:
        user = authenticate(name, request.form.get("password", ""), request.remote_addr, region)
    except errors.ValidationError as error:
        return render("sessions/new.html", status=422, name=name, fields=error.fields,
                      next=target, kept=kept)
    person = viewer_of(user.id)
    token = open_session(person, _device())
    set_locale(person.locale)
    answer = _give_back(kept, person) if kept else go(target)
    set_session_cookie(answer, token)
    return answer


def set_session_cookie(answer: Response, token: str) -> None:
    """Give the browser its token."""
    answer.set_cookie(cookie_name(), token, max_age=90 * 86400, secure=request.is_secure,
                      httponly=True, samesite="Lax", path="/")


def _device() -> str:
    return (request.user_agent.string or _("Unknown device"))[:200]


def _give_back(kept: str, person: Viewer) -> Response:
    """Show the form that was open when the session ended, with what was in it, ready to send."""
    try:
        form = json.loads(kept)
        action = safe_path(form["action"])
        fields = [(str(k), str(v)) for k, v in form["fields"]][:500]
    except (ValueError, KeyError, TypeError):
        return go("/today")
    return render("sessions/kept.html", action=action, kept_fields=fields, person=person,
                  bare_viewer=person)


@blueprint.post("/sign-out")
def destroy() -> Any:
    """Sign this device out."""
    me = viewer()
    if me.session_id:
        end_session(me, me.session_id)
    answer = go("/sign-in")
    answer.delete_cookie(cookie_name(), path="/", secure=request.is_secure, httponly=True,
                         samesite="Lax")
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer
