"""Team members from files: users who cannot sign in until an admin invites them."""

from __future__ import annotations

from crm.database import new_id
from crm.i18n import _, fold
from crm.imports.drafts import Draft, Message
from crm.imports.keys import KeyedRow
from crm.imports.lookup import Known, Person
from crm.imports.makers.base import Maker, Rows
from crm.imports.verdicts import Verdict
from crm.users.models import Role, Team, User

_Owner = tuple[str | None, str | None]
_MANAGERS = {fold(w) for w in ("manager", "sales manager", "team lead", "مدیر", "سرپرست")}


class UserMaker(Maker):
    """Users with their teams and managers. One who is here already is left as he is."""

    model = User

    def load(self, rows: Rows) -> None:
        """Users and teams are few: the lookup holds them all."""

    def owner(self, draft: Draft, verdict: Verdict) -> _Owner:
        return None, None

    def match(self, draft: Draft) -> Known | None:
        emails = [entry["value"] for entry in draft.values.get("emails", ())]
        for text in (*emails, self.label(draft)):
            if person := self.lookup.people.get(fold(text)):
                return Known(person.id, None, False, False)
        return None

    def change(
        self, row: KeyedRow, draft: Draft, owner: _Owner, existing: Known, verdict: Verdict
    ) -> None:
        """Team and role of somebody who is here are changed by hand, on purpose."""

    def create(self, row: KeyedRow, draft: Draft, owner: _Owner, verdict: Verdict) -> None:
        manager = draft.refs.get("manager", "")
        office = draft.refs.get("office", "")
        team = draft.refs.get("team") or " · ".join(part for part in (manager, office) if part)
        team_id, is_new = self._team(team, verdict) if team else (None, False)
        if manager and team_id:
            self._manager(manager, team_id, is_new, verdict)
        role = Role.MANAGER if fold(draft.refs.get("role", "")) in _MANAGERS else Role.REP
        values = draft.values
        verdict.record_id = self._user(
            self.label(draft),
            role,
            team_id,
            email=self._free(values.get("emails", ()), "E-mail", verdict),
            phone=self._free(values.get("phones", ()), "Mobile", verdict),
        )

    def _free(self, entries: object, label: str, verdict: Verdict) -> str | None:
        """Return what he may sign in with, unless somebody else does already."""
        if not isinstance(entries, list) or not entries:
            return None
        value = fold(entries[0]["value"])
        if value in self.lookup.people:
            verdict.messages.append(Message(_("Somebody else signs in with this."), label))
            return None
        return value

    def _user(
        self,
        name: str,
        role: Role,
        team_id: str | None,
        email: str | None = None,
        phone: str | None = None,
    ) -> str:
        user_id = self.batch.insert(
            User,
            id=new_id(),
            name=name[:120],
            role=role,
            team_id=team_id,
            email=email,
            phone=phone,
            is_active=False,
            created_at=self.now,
        )
        person = Person(user_id, name, team_id, role)
        for text in (name, email, phone):
            if text:
                self.lookup.people[fold(text)] = person
                self.lookup.overlay.people[fold(text)] = person
        self.batch.entry("user.created", self.now, {"name": name, "role": role}, user_id=user_id)
        return user_id

    def _team(self, name: str, verdict: Verdict) -> tuple[str, bool]:
        known = self.lookup.teams.get(fold(name))
        if known:
            return known, False
        team_id = self.batch.insert(Team, id=new_id(), name=name[:120])
        self.lookup.teams[fold(name)] = team_id
        self.lookup.overlay.teams[fold(name)] = team_id
        verdict.adds.append(("team", name))
        return team_id, True

    def _manager(self, name: str, team_id: str, is_new: bool, verdict: Verdict) -> None:
        """Make the manager as well, and put the team in his hands."""
        person = self.lookup.people.get(fold(name))
        if person is None:
            self.batch.manages(team_id, self._user(name, Role.MANAGER, team_id))
            verdict.adds.append(("user", name))
        elif is_new:
            self.batch.manages(team_id, person.id)
            if person.role == Role.REP:
                verdict.messages.append(
                    Message(
                        _(
                            "%(name)s is here as a rep. Make him a manager under Team.",
                            name=person.name,
                        ),
                        "Manager",
                    )
                )
