"""`flask users`: people, for whoever runs the server and for the last admin who is locked out."""

from __future__ import annotations

from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from crm import errors
from crm.administration.users import update_user
from crm.company.queries import get_company
from crm.i18n import Locale
from crm.users import queries
from crm.users.commands import invite_user, reactivate_user
from crm.users.links import make_link
from crm.users.models import Role, User
from crm.users.sign_in import login_name
from crm.users.viewer import Viewer, system_viewer

group = AppGroup("users", help="List, invite and let in people; made for the locked-out admin.")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)


def _actor() -> Viewer:
    try:
        company = get_company()
    except errors.NotFound:
        raise click.ClickException("Hamrah is not set up yet: open the set-up link.") from None
    locale = Locale(language="en", timezone=company.timezone, region=company.region)
    return system_viewer(locale, company.currency)


def _find(actor: Viewer, login: str) -> User:
    user = queries.find_login(login_name(login, actor.locale.region))
    if user is None:
        raise click.ClickException(f"Nobody signs in with {login}. See: flask users list")
    return user


def _say_link(token: str, lasts: str) -> None:
    base = str(current_app.config["BASE_URL"] or "http://127.0.0.1:8000").rstrip("/")
    click.echo(f"{base}/join/{token}")
    click.echo(f"It works once, for {lasts}.")


def _try(command: Any, *args: Any) -> Any:
    """Run a command; what it refuses is said in a line, not in a traceback."""
    try:
        return command(*args)
    except errors.DomainError as error:
        raise click.ClickException(str(error) or type(error).__name__) from None


@group.command("list")
def list_users() -> None:
    """Show everyone: name, sign-in, role, team, state."""
    for user, team, _seen in queries.visible_users(_actor()):
        state = "deactivated" if not user.is_active else "invited" if user.is_invited else "active"
        login = user.email or user.phone or "-"
        click.echo("\t".join((user.name, login, user.role, team or "-", state)))


@group.command("invite")
@click.argument("name")
@click.argument("login")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="rep")
def invite(name: str, login: str, role: str) -> None:
    """Add NAME, who signs in with LOGIN (e-mail or mobile), and print the link to hand over."""
    payload = {"name": name, "login": login, "role": role}
    _user_id, token = _try(invite_user, _actor(), payload)
    _say_link(token, "24 hours")


@group.command("reset")
@click.argument("login")
def reset(login: str) -> None:
    """Print a one-time link to a new password for LOGIN."""
    actor = _actor()
    purpose, token = _try(make_link, actor, _find(actor, login).id)
    _say_link(token, "24 hours" if purpose == "invitation" else "15 minutes")


@group.command("make-admin")
@click.argument("login")
def make_admin(login: str) -> None:
    """Give LOGIN the role of an admin."""
    actor = _actor()
    user = _find(actor, login)
    _try(
        update_user,
        actor,
        user.id,
        {
            "name": user.name,
            "email": user.email,
            "phone": user.phone,
            "team_id": user.team_id,
            "role": Role.ADMIN.value,
        },
    )
    click.echo(f"{user.name} is an admin now.")


@group.command("activate")
@click.argument("login")
def activate(login: str) -> None:
    """Let LOGIN in again after a deactivation."""
    actor = _actor()
    user = _find(actor, login)
    _try(reactivate_user, actor, user.id)
    click.echo(f"{user.name} can sign in again.")
