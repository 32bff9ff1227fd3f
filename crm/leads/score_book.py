"""The company's rules of scoring: read for reckoning, and changed by an admin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from crm import errors
from crm.company.models import Company
from crm.company.queries import get_company
from crm.database import command, db
from crm.i18n import N_, _, fold
from crm.leads.models import Lead, ScoreRule
from crm.leads.scoring import FIT, Bands, Rule
from crm.schema import Flag, Schema, Whole, Words, load
from crm.timeline.record import record
from crm.users.viewer import Viewer, require_admin

#: What a lead can do or be, in the words of the page; said of the lead.
SIGNALS = {
    "quote": N_("Asked for a quote"),
    "form": N_("Sent a form"),
    "meeting": N_("Met us"),
    "reply": N_("Replied"),
    "hand": N_("Entered by one of us"),
    "call": N_("Talked on the phone"),
    "key_page": N_("Viewed a key page"),
    "download": N_("Downloaded something"),
    "email_clicked": N_("Followed a link in an e-mail"),
    "email_opened": N_("Opened an e-mail"),
    "campaign": N_("Came by a campaign"),
    "page": N_("Viewed a page"),
    "purchase": N_("Bought something"),
    "no_answer": N_("Did not answer"),
    "not_now": N_("Said not now"),
    "unsubscribed": N_("Wants no more e-mail"),
    "role": N_("Role"),
    "size": N_("Size of the company"),
    "city": N_("City"),
    "industry": N_("Industry"),
}


@dataclass(frozen=True)
class Book:
    """All that a score needs to know besides the lead."""

    rules: tuple[Rule, ...]
    bands: Bands
    version: int


def read_book() -> Book:
    """Return the rules in force."""
    company = get_company()
    rows = db.session.scalars(
        select(ScoreRule).where(ScoreRule.is_active).order_by(ScoreRule.position, ScoreRule.id)
    )
    bands = Bands(company.warm_from, company.hot_from)
    return Book(tuple(as_rule(row) for row in rows), bands, company.rules_version)


def as_rule(row: Any) -> Rule:
    """Return a row, or anything with its fields, as the value that scores are reckoned by."""
    words = tuple(folded for word in row.words if (folded := fold(word)))
    return Rule(
        row.id, row.signal, row.points, words, row.half_life, row.cap, row.expires, row.at_least
    )


def all_rules(viewer: Viewer) -> Sequence[ScoreRule]:
    """Return every rule, those switched off too; admins alone."""
    require_admin(viewer)
    return db.session.scalars(select(ScoreRule).order_by(ScoreRule.position, ScoreRule.id)).all()


def get_rule(viewer: Viewer, rule_id: str) -> ScoreRule:
    """Return a rule; admins alone. Raises NotFound."""
    require_admin(viewer)
    rule = db.session.get(ScoreRule, rule_id)
    if rule is None:
        raise errors.NotFound
    return rule


def still_due(viewer: Viewer) -> tuple[int, int]:
    """Return how many leads are still to be scored by the rules in force, and of how many."""
    require_admin(viewer)
    version = get_company().rules_version
    due = select(func.count()).select_from(Lead).where(Lead.rules_version < version)
    every = select(func.count()).select_from(Lead)
    return db.session.scalar(due) or 0, db.session.scalar(every) or 0


class RuleSchema(Schema):
    points = Whole(least=-100, most=100, required=True)
    words = Words()
    half_life = Whole(least=1, most=3650)
    cap = Whole(least=1, most=100)
    expires = Whole(least=1, most=3650)
    at_least = Whole(least=1, most=10_000_000)
    is_active = Flag(load_default=False)


def load_rule(rule: ScoreRule, payload: Mapping[str, Any]) -> Rule:
    """Return the rule as the payload would have it, without writing. Raises ValidationError."""
    return as_rule(_changed(rule, load(RuleSchema(), payload)))


def _changed(rule: ScoreRule, data: dict[str, Any]) -> ScoreRule:
    fades = rule.signal not in FIT
    return ScoreRule(
        id=rule.id,
        signal=rule.signal,
        position=rule.position,
        points=data["points"],
        words=data.get("words") or [],
        half_life=data.get("half_life") if fades else None,
        cap=data.get("cap") if fades else None,
        expires=data.get("expires") if fades else None,
        at_least=data.get("at_least") if rule.signal == "size" else None,
        is_active=data["is_active"],
    )


FIELDS = ("points", "words", "half_life", "cap", "expires", "at_least", "is_active")


@command
def change_rule(actor: Viewer, rule_id: str, payload: Mapping[str, Any]) -> None:
    """Change what a signal is worth; all leads are scored anew by it in the background."""
    rule = get_rule(actor, rule_id)
    wanted = _changed(rule, load(RuleSchema(), payload))
    changed = {}
    for name in FIELDS:
        before, after = getattr(rule, name), getattr(wanted, name)
        if before != after:
            changed[name] = [before, after]
            setattr(rule, name, after)
    if changed:
        _new_version()
        record("scoring.changed", actor.id, data={"signal": rule.signal, "changed": changed})


class BandsSchema(Schema):
    warm_from = Whole(least=1, most=99, required=True)
    hot_from = Whole(least=2, most=100, required=True)


@command
def change_bands(actor: Viewer, payload: Mapping[str, Any]) -> None:
    """Change from how many points on a lead is warm and hot."""
    require_admin(actor)
    bands = load_bands(payload)
    company = get_company()
    before = [company.warm_from, company.hot_from]
    if before == [bands.warm_from, bands.hot_from]:
        return
    company.warm_from, company.hot_from = bands.warm_from, bands.hot_from
    _new_version()
    after = [bands.warm_from, bands.hot_from]
    record("scoring.changed", actor.id, data={"bands": [before, after]})


def load_bands(payload: Mapping[str, Any]) -> Bands:
    """Return the bands of a payload. Raises ValidationError."""
    data = load(BandsSchema(), payload)
    if data["hot_from"] <= data["warm_from"]:
        said = _("Hot begins above warm.")
        raise errors.ValidationError({"hot_from": [said]})
    return Bands(data["warm_from"], data["hot_from"])


def _new_version() -> None:
    # Counted by the database: of two admins at once each makes a version of his own.
    company = get_company()
    company.rules_version = Company.rules_version + 1
