"""What the database knows already about the names in a handful of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import or_, select

from crm.accounts.models import Account, Contact
from crm.database import db, new_id
from crm.deals.models import Deal, Stage
from crm.deals.stages import default_pipeline, stages_of
from crm.i18n import fold
from crm.imports.keys import account_key
from crm.imports.models import ImportMark
from crm.leads.models import Lead
from crm.products.models import match_key
from crm.products.queries import match_products
from crm.tags.models import Tag
from crm.users.models import Team, User
from crm.users.ownership import may_see
from crm.users.viewer import Viewer


@dataclass(frozen=True)
class Person:
    """A user as an owner or a member of a team."""

    id: str
    name: str
    team_id: str | None
    role: str = "rep"


@dataclass(frozen=True)
class Known:
    """A record that a row is about already; `is_by_hand` if no import ever wrote it."""

    id: str
    digest: str | None
    is_archived: bool
    is_by_hand: bool


@dataclass
class Overlay:
    """What a dry run would have made by now, so that later rows and files find it."""

    accounts: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    products: dict[str, tuple[str, str]] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)

    def remember(self, kind: str, name: str) -> None:
        """Take in, by a made-up id, what an earlier row was said to add beside itself."""
        if kind == "account":
            self.accounts[fold(name)] = new_id()
        elif kind == "contact":
            self.contacts[fold(name)] = new_id()
        elif kind == "team":
            self.teams[fold(name)] = new_id()
        else:
            self.people[fold(name)] = Person(new_id(), name, None, "manager")


class Lookup:
    """One batch's view of the database. Made afresh for each batch: it never grows stale."""

    def __init__(self, viewer: Viewer, overlay: Overlay | None = None) -> None:
        self.viewer = viewer
        self.overlay = overlay or Overlay()

    @cached_property
    def people(self) -> dict[str, Person]:
        """Users by folded name, e-mail address and phone; those of one name keep the first."""
        rows = db.session.execute(
            select(User.id, User.name, User.team_id, User.role, User.email, User.phone).order_by(
                User.is_active.desc(), User.id
            )
        )
        found = dict(self.overlay.people)
        for row in rows:
            person = Person(row.id, row.name, row.team_id, row.role)
            for text in (row.name, row.email, row.phone):
                if text:
                    found.setdefault(fold(text), person)
        return found

    @cached_property
    def teams(self) -> dict[str, str]:
        """Team ids by folded name."""
        rows = db.session.execute(select(Team.name, Team.id).where(Team.archived_at.is_(None)))
        return self.overlay.teams | {fold(name): team_id for name, team_id in rows}

    @cached_property
    def stages(self) -> dict[str, Stage]:
        """The default pipeline's stages by id."""
        return {stage.id: stage for stage in stages_of(default_pipeline().id)}

    def products(self, names: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Return {match key: (id, name)} of the products so named."""
        names = set(names)
        found = match_products(self.viewer, names)
        known = {key: (product.id, product.name) for key, product in found.items()}
        keys = {match_key(name) for name in names}
        return {k: v for k, v in self.overlay.products.items() if k in keys} | known

    def accounts(self, names: Iterable[str]) -> dict[str, str]:
        """Return {folded name: id} of the accounts so named, also where one was renamed since."""
        wanted = {fold(name): account_key(name) for name in names if name}
        if not wanted:
            return {}
        rows = db.session.execute(
            select(Account.id, Account.name_folded, Account.import_key)
            .where(
                may_see(Account, self.viewer),
                or_(Account.name_folded.in_(wanted), Account.import_key.in_(wanted.values())),
            )
            .order_by(Account.archived_at.is_not(None).desc(), Account.id.desc())
        ).all()
        of_key = {key: name for name, key in wanted.items()}
        found = {name: i for name, i in self.overlay.accounts.items() if name in wanted}
        found |= {of_key[row.import_key]: row.id for row in rows if row.import_key in of_key}
        return found | {row.name_folded: row.id for row in rows if row.name_folded in wanted}

    def named(self, model: Any, names: Iterable[str]) -> dict[str, list[tuple[str, str | None]]]:
        """Return {folded name: [(id, account id)]} of contacts, leads or deals in use."""
        wanted = {fold(name) for name in names if name}
        if not wanted:
            return {}
        rows = db.session.execute(
            select(model.id, model.name_folded, model.account_id)
            .where(
                may_see(model, self.viewer),
                model.name_folded.in_(wanted),
                model.archived_at.is_(None),
            )
            .order_by(model.id)
        )
        found: dict[str, list[tuple[str, str | None]]] = {}
        if model is Contact:
            found = {n: [(i, None)] for n, i in self.overlay.contacts.items() if n in wanted}
        for record_id, name, account_id in rows:
            found.setdefault(name, []).append((record_id, account_id))
        return found

    def tags(self, names: Iterable[str]) -> dict[str, str]:
        """Return {folded tag: id}."""
        wanted = {fold(name) for name in names}
        if not wanted:
            return {}
        return dict(
            db.session.execute(select(Tag.folded, Tag.id).where(Tag.folded.in_(wanted))).all()
        )

    def known(self, model: Any, keys: Sequence[str]) -> dict[str, Known]:
        """Return {key: record} of those that an import brought in under these keys."""
        rows = db.session.execute(
            select(model.import_key, model.id, model.archived_at, ImportMark.digest)
            .outerjoin(ImportMark, ImportMark.record_id == model.id)
            .where(may_see(model, self.viewer), model.import_key.in_(keys))
        )
        return {
            row.import_key: Known(row.id, row.digest, row.archived_at is not None, False)
            for row in rows
        }

    def digests(self, record_ids: Iterable[str]) -> dict[str, str]:
        """Return {record id: digest} for records without a key of their own."""
        return dict(
            db.session.execute(
                select(ImportMark.record_id, ImportMark.digest).where(
                    ImportMark.record_id.in_(list(record_ids))
                )
            ).all()
        )

    def by_hand(self, model: Any, names: Iterable[str]) -> dict[str, list[Any]]:
        """Return {folded name: records} that somebody typed in, for matching people and firms."""
        wanted = {fold(name) for name in names if name}
        records = db.session.scalars(
            select(model).where(
                may_see(model, self.viewer),
                model.name_folded.in_(wanted),
                model.import_key.is_(None),
            )
        )
        found: dict[str, list[Any]] = {}
        for record in records:
            found.setdefault(record.name_folded, []).append(record)
        return found


MODELS: dict[str, Any] = {"accounts": Account, "contacts": Contact, "leads": Lead, "deals": Deal}
