"""What became of an e-mail, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crm.i18n import _
from crm.web.history import Words, plain


def _of(title: Callable[[], str], icon: str, tone: str = "") -> Any:
    """Say which e-mail it was."""

    def words(row: Any, _stages: Any) -> Words:
        subject = row.data.get("subject")
        said = _("%(what)s: %(subject)s", what=title(), subject=subject) if subject else title()
        return said, icon, tone

    return words


MAIL_WORDS: dict[str, Callable[[Any, dict[str, str]], Words]] = {
    "mail.sent": _of(lambda: _("E-mail sent"), "mail"),
    "mail.failed": _of(lambda: _("E-mail not sent"), "mail", "late"),
    "mail.opened": _of(lambda: _("Opened an e-mail"), "eye", "plum"),
    "mail.clicked": _of(lambda: _("Followed a link in an e-mail"), "link", "plum"),
    "mail.bounced": _of(lambda: _("E-mail came back"), "mail", "late"),
    "mail.unsubscribed": plain(lambda: _("Wants no more e-mail"), "close", "late"),
    "mail.settings_changed": plain(lambda: _("E-mail settings changed"), "settings"),
    "mail.template_changed": plain(lambda: _("E-mail template changed"), "edit"),
    "mail.template_restored": plain(lambda: _("E-mail template as it ships"), "restore"),
    "automation.switched_on": plain(lambda: _("Automation switched on"), "bell", "good"),
    "automation.switched_off": plain(lambda: _("Automation switched off"), "bell"),
}
MAIL_NOTES: dict[str, Callable[[Any], str]] = {
    kind: lambda row: row.data.get("said", "") for kind in MAIL_WORDS if kind.startswith("mail.")
}
