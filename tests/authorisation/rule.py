"""What a rule says of a route: who gets in, who sees it but is refused, what is sent along.

- PUBLIC      everyone, signed in or not
- SIGNED_IN   every person with a session (what is shown inside is the query's business)
- RECORD      who may see Sara's record: herself, her team, her manager, an admin
- OWNER       Sara alone
- AUTHOR      who may change what Sara logged: herself, her manager, an admin; her team gets 403
- MANAGER     managers and admins
- OWN_MANAGER Sara's manager and admins
- ADMIN       admins
- NOBODY      a 404 for all (set-up, once there is a company)
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

PERSONS = ("sara", "omid", "nika", "leila", "reza", "admin")
WITHOUT_SESSION = ("anonymous", "revoked")


@dataclass(frozen=True)
class Rule:
    """`reach` get in; `refused` see the record but get 403; everyone else signed in gets 404."""

    reach: frozenset[str]
    refused: frozenset[str] = frozenset()
    is_public: bool = False
    body: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    def sends(self, **body: str) -> Rule:
        return replace(self, body=body)

    def asks(self, **query: str) -> Rule:
        return replace(self, query=query)


def _rule(*reach: str, refused: tuple[str, ...] = (), is_public: bool = False) -> Rule:
    return Rule(frozenset(reach), frozenset(refused), is_public)


PUBLIC = _rule(*PERSONS, *WITHOUT_SESSION, is_public=True)
NOBODY = _rule(is_public=True)
SIGNED_IN = _rule(*PERSONS)
RECORD = _rule("sara", "omid", "leila", "admin")
OWNER = _rule("sara")
AUTHOR = _rule("sara", "leila", "admin", refused=("omid",))
MANAGER = _rule("leila", "reza", "admin")
OWN_MANAGER = _rule("leila", "admin")
ADMIN = _rule("admin")
