"""`flask demo`: a company with invented data, to look around in."""

from __future__ import annotations

import secrets

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

COMPANIES = {
    "en": {
        "company": "Hamrah Demo Trading",
        "name": "Ada Hartmann",
        "login": "admin@demo.example",
        "timezone": "Europe/Berlin",
        "calendar": "gregorian",
        "currency": "EUR",
    },
    "fa": {
        "company": "بازرگانی همراه (نمایشی)",
        "name": "آذر همتی",
        "login": "admin@demo.example",
        "timezone": "Asia/Tehran",
        "calendar": "jalali",
        "currency": "IRT",
    },
}


def register(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(demo_command)


@click.command("demo")
@click.option(
    "--language",
    envvar="DEMO_LANGUAGE",
    type=click.Choice(["en", "fa"]),
    default="en",
    show_default=True,
)
@click.option("--password", help="For all of them; a random one if not given.")
@with_appcontext
def demo_command(language: str, password: str | None) -> None:
    """Set up a company with sample data and print who can sign in; leaves an existing one alone."""
    from crm.cli.migration import migrate
    from crm.company.queries import find_company
    from crm.database import db
    from crm.i18n import use_locale
    from crm.sample.commands import add_sample
    from crm.setup.commands import set_up
    from crm.users.sessions import viewer_of

    migrate()
    if find_company() is not None:
        click.echo(
            "There is a company already: it is left as it is (`flask users` lists who signs in)."
        )
        return
    chosen = password or secrets.token_urlsafe(9)
    company = COMPANIES[language]
    admin = viewer_of(set_up(None, company | {"language": language, "password": chosen}))
    with use_locale(admin.locale):
        add_sample(admin, password=chosen)
    click.echo(f"Sign in at {_address()} with the password {chosen} as")
    click.echo(f"  {'admin':8} {company['login']:36} {company['name']}")
    for role, name, email in _sign_ins():
        click.echo(f"  {role:8} {email:36} {name}")
    db.session.remove()


def _sign_ins() -> list[tuple[str, str, str]]:
    from sqlalchemy import select

    from crm.database import db
    from crm.users.models import User

    rows = db.session.execute(
        select(User.role, User.name, User.email).where(User.is_sample).order_by(User.role, User.id)
    )
    return [(role, name, email or "") for role, name, email in rows]


def _address() -> str:
    import os

    host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    return str(current_app.config["BASE_URL"] or f"http://{host}:{port}").rstrip("/")
