"""Who reaches which route: one line a route. `test_matrix.py` walks them all.

A new route: add `"blueprint.view": RULE,` below, with the rule that fits:

- PUBLIC      everyone, signed in or not
- SIGNED_IN   every person with a session (what is shown inside is the query's business)
- RECORD      who may see Sara's record: herself, her team, her manager, an admin
- OWNER       Sara alone
- AUTHOR      who may change what Sara logged: herself, her manager, an admin; her team gets 403
- MANAGER     managers and admins
- OWN_MANAGER Sara's manager and admins
- ADMIN       admins
- NOBODY      a 404 for all (set-up, once there is a company)

Addresses are filled from `world.py` by the name of the argument (`deal_id`, `user_id` …). Where an
empty form is refused before the record is looked for, say what to send:
`RECORD.sends(kind="call")`; what an address asks: `RECORD.asks(deal_id="{deal_id}")`.
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

#: Writes that another site may send: signed messages by their signature, and who wants no more
#: e-mail by the seal in his letter; a visitor's form and what he looks at are nobody's who is
#: signed in, and judged by what they say.
CROSS_SITE_ALLOWED: frozenset[str] = frozenset(
    {
        "hooks.take",
        "hooks.take_unsigned",
        "mail.unsubscribed",
        "public_forms.create",
        "tracking.create",
    }
)

RULES: dict[str, Rule] = {
    "accounts.archive": RECORD,
    "accounts.create": SIGNED_IN,
    "accounts.edit": RECORD,
    "accounts.new": SIGNED_IN,
    "accounts.show": RECORD,
    "accounts.update": RECORD,
    "activities.complete": RECORD,
    "activities.correct": AUTHOR.sends(kind="meeting"),
    "activities.create": SIGNED_IN,
    "activities.edit": RECORD,
    "activities.new": SIGNED_IN,
    "activities.reschedule": RECORD,
    "activities.show": RECORD,
    "activities.withdraw": AUTHOR,
    "administration.automations.index": ADMIN,
    "administration.automations.show": ADMIN,
    "administration.automations.turn_off": ADMIN,
    "administration.automations.turn_on": ADMIN,
    "administration.company.show": ADMIN,
    "administration.company.update": ADMIN,
    "administration.hooks.add_secret": ADMIN,
    "administration.hooks.create": ADMIN,
    "administration.hooks.edit": ADMIN,
    "administration.hooks.index": ADMIN,
    "administration.hooks.new": ADMIN,
    "administration.hooks.retire_secret": ADMIN,
    "administration.hooks.show": ADMIN,
    "administration.hooks.switch_off": ADMIN,
    "administration.hooks.switch_on": ADMIN,
    "administration.hooks.update": ADMIN,
    "administration.form_inbox.accept": MANAGER,
    "administration.form_inbox.drop": MANAGER,
    "administration.form_inbox.index": MANAGER,
    "administration.form_inbox.put_back": MANAGER,
    "administration.forms.code": ADMIN,
    "administration.forms.create": ADMIN,
    "administration.forms.edit": ADMIN,
    "administration.forms.index": ADMIN,
    "administration.forms.new": ADMIN,
    "administration.forms.preview": ADMIN,
    "administration.forms.show": ADMIN,
    "administration.forms.switch": ADMIN.sends(is_active="1"),
    "administration.forms.update": ADMIN,
    "administration.index": ADMIN,
    "administration.mail.outbox": ADMIN,
    "administration.mail.show": ADMIN,
    "administration.mail.test": ADMIN,
    "administration.mail.update": ADMIN,
    "administration.mail_templates.index": ADMIN,
    "administration.mail_templates.restore": ADMIN,
    "administration.mail_templates.show": ADMIN,
    "administration.mail_templates.update": ADMIN,
    "administration.pipelines.archive": ADMIN,
    "administration.pipelines.create": ADMIN,
    "administration.pipelines.create_removal": ADMIN,
    "administration.pipelines.create_stage": ADMIN,
    "administration.pipelines.index": ADMIN,
    "administration.pipelines.new_removal": ADMIN,
    "administration.pipelines.shift_stage": ADMIN.sends(direction="down"),
    "administration.pipelines.show": ADMIN,
    "administration.pipelines.show_stage": ADMIN,
    "administration.pipelines.update": ADMIN,
    "administration.pipelines.update_stage": ADMIN,
    "administration.scoring.change": ADMIN,
    "administration.scoring.change_lines": ADMIN,
    "administration.scoring.edit": ADMIN,
    "administration.scoring.index": ADMIN,
    "administration.routing.create": ADMIN,
    "administration.routing.delete": ADMIN,
    "administration.routing.index": ADMIN,
    "administration.routing.move_up": ADMIN,
    "administration.routing.new": ADMIN,
    "administration.routing.show": ADMIN,
    "administration.routing.update": ADMIN,
    "administration.routing.update_hours": ADMIN,
    "administration.stops.create": ADMIN,
    "administration.stops.index": ADMIN,
    "administration.stops.lift": ADMIN,
    "administration.stops.new": ADMIN,
    "administration.stops.remove": ADMIN,
    "administration.stops.restore": ADMIN,
    "administration.stops.show": ADMIN,
    "administration.stops.switch": ADMIN,
    "administration.stops.update": ADMIN,
    "administration.teams.archive": ADMIN,
    "administration.teams.create": ADMIN,
    "administration.teams.index": ADMIN,
    "administration.teams.new": ADMIN,
    "administration.teams.restore": ADMIN,
    "administration.teams.show": ADMIN,
    "administration.teams.update": ADMIN,
    "administration.users.activate": ADMIN,
    "administration.users.create": ADMIN,
    "administration.users.create_handover": ADMIN,
    "administration.users.create_link": ADMIN,
    "administration.users.deactivate": ADMIN,
    "administration.users.device": ADMIN,
    "administration.users.edit": ADMIN,
    "administration.users.index": ADMIN,
    "administration.users.new": ADMIN,
    "administration.users.new_handover": ADMIN,
    "administration.users.show": ADMIN,
    "administration.users.sign_out": ADMIN,
    "administration.users.sign_out_device": ADMIN,
    "administration.users.update": ADMIN,
    "administration.users.wipe_device": ADMIN,
    "administration.website.show": ADMIN,
    "administration.website.update": ADMIN.sends(keeps_days="90"),
    "api_blobs.show": OWNER,
    "api_blobs.update": OWNER,
    "api_book.show": SIGNED_IN,
    "api_captures.create": SIGNED_IN,
    "api_heartbeat.create": SIGNED_IN.sends(device_id="phone", app="test", waiting="0"),
    "api_lookups.contacts": SIGNED_IN.asks(q="anar"),
    "api_lookups.deals": SIGNED_IN.asks(q="anar"),
    "api_lookups.me": SIGNED_IN,
    "api_missing.create": SIGNED_IN,
    "api_openapi.show": SIGNED_IN,
    "attachments.show": RECORD,
    "captures.create": SIGNED_IN,
    "captures.new": SIGNED_IN,
    "captures.people": SIGNED_IN.asks(q="anar"),
    "captures.stage": SIGNED_IN.asks(who="contact:{contact_id}"),
    "contacts.archive": RECORD,
    "contacts.create": SIGNED_IN,
    "contacts.edit": RECORD,
    "contacts.new": SIGNED_IN,
    "contacts.show": RECORD,
    "contacts.update": RECORD,
    "conversions.create": RECORD.sends(contact_name="A name"),
    "conversions.new": RECORD,
    "conversions.undo": RECORD,
    "deals.account_names": SIGNED_IN.asks(q="anar"),
    "deals.add_person": RECORD.sends(contact_id="{contact_id}"),
    "deals.archive": RECORD,
    "deals.card": RECORD,
    "deals.change_stage": RECORD.sends(stage_id="{other_stage_id}"),
    "deals.contact_names": SIGNED_IN.asks(q="anar"),
    "deals.create": SIGNED_IN,
    "deals.edit": RECORD,
    "deals.index": SIGNED_IN,
    "deals.new": SIGNED_IN,
    "deals.show": RECORD,
    "deals.undo_stage": RECORD.sends(entry="{entry_id}"),
    "deals.update": RECORD,
    "decisions.resolve": OWNER.sends(keep="theirs"),
    "deletion.ask": ADMIN,
    "deletion.delete": ADMIN,
    "hooks.show": PUBLIC,
    "hooks.show_unsigned": PUBLIC,
    "hooks.take": PUBLIC.sends(webhook_id="1"),
    "hooks.take_unsigned": PUBLIC,
    "imports.choose_kind": OWN_MANAGER,
    "imports.confirm": OWN_MANAGER,
    "imports.create": MANAGER,
    "imports.index": MANAGER,
    "imports.mapping": OWN_MANAGER,
    "imports.problems": OWN_MANAGER,
    "imports.remove": OWN_MANAGER,
    "imports.rows": OWN_MANAGER,
    "imports.show": OWN_MANAGER,
    "imports.step": OWN_MANAGER,
    "imports.update_mapping": OWN_MANAGER,
    "join.create": PUBLIC,
    "join.new": PUBLIC,
    "leads.archive": RECORD,
    "leads.ask_why": RECORD,
    "leads.change_heat": RECORD.sends(heat="hot"),
    "leads.change_status": RECORD.sends(status="later"),
    "leads.claim": RECORD,
    "leads.create": SIGNED_IN,
    "leads.disqualify": RECORD.sends(reason="other"),
    "leads.edit": RECORD,
    "leads.new": SIGNED_IN,
    "leads.show": RECORD,
    "leads.update": RECORD,
    "mail.follow": PUBLIC,
    "mail.leave": PUBLIC,
    "mail.picture": PUBLIC,
    "mail.unsubscribed": PUBLIC,
    "more.help_page": SIGNED_IN,
    "more.remove_sample_data": ADMIN,
    "more.show": SIGNED_IN,
    "people.index": SIGNED_IN.asks(q="canary"),
    "phone.show": SIGNED_IN,
    "products.archive": MANAGER,
    "products.create": MANAGER,
    "products.edit": MANAGER,
    "products.index": SIGNED_IN,
    "products.new": MANAGER,
    "products.update": MANAGER,
    "public_forms.create": PUBLIC,
    "public_forms.show": PUBLIC,
    "public_forms.thanks": PUBLIC,
    "qr_codes.index": SIGNED_IN,
    "qr_codes.show": SIGNED_IN,
    "sessions.create": PUBLIC,
    "sessions.destroy": SIGNED_IN,
    "sessions.new": PUBLIC,
    "settings.change_away": SIGNED_IN,
    "settings.device": OWNER,
    "settings.devices": SIGNED_IN,
    "settings.password": SIGNED_IN,
    "settings.show": SIGNED_IN,
    "settings.sign_out_device": OWNER,
    "settings.sign_out_others": SIGNED_IN,
    "settings.update": SIGNED_IN,
    "settings.update_password": SIGNED_IN,
    "settings.wipe_device": OWNER,
    "setup.create": NOBODY,
    "setup.new": NOBODY,
    "stops.lift": ADMIN,
    "stops.new_lifting": ADMIN,
    "tags.delete": MANAGER,
    "tags.edit": MANAGER,
    "tags.index": SIGNED_IN,
    "tags.merge": MANAGER,
    "tags.update": MANAGER,
    "team.change_away": OWN_MANAGER,
    "team.index": MANAGER,
    "team.show": OWN_MANAGER,
    "health.show": PUBLIC,
    "today.home": PUBLIC,
    "tracking.create": PUBLIC,
    "tracking.script": PUBLIC,
    "worker_files.manifest": PUBLIC,
    "worker_files.offline": PUBLIC,
    "worker_files.worker": PUBLIC,
    "today.show": SIGNED_IN,
}
