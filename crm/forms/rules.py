"""What makes a submission suspicious: it is answered like the others, but waits to be looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping

from crm.i18n import N_

#: Said of what came, in the inbox.
REASONS = {
    "trap": N_("Filled in a field that people do not see"),
    "too_quick": N_("Sent within two seconds"),
    "stale": N_("Sent more than a day after the page was opened"),
    "forged": N_("The seal of the page is not ours"),
    "no_page": N_("Sent without opening a page"),
    "link_in_name": N_("A link where a name belongs"),
    "links": N_("The message is full of links"),
    "shouting": N_("The message is all capitals"),
    "repeated": N_("The same page was sent twice, with other words"),
}
_LINK = re.compile(
    r"://|\bwww\.|\b[a-z0-9-]+\.(?:com|net|org|info|biz|ru|cn|xyz|top|site|online|shop|io|ir)\b",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<a\s|\[url|\[link", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
#: A message with more links than this wants to sell, not to buy.
MOST_LINKS = 2
#: Fewer capitals than this may be an abbreviation or a name.
SHOUT = 20
NAMES = ("name", "job_title", "city")
MESSAGES = ("needs", "interests")


def suspicions(fields: Mapping[str, str]) -> list[str]:
    """Return what is odd about what was typed: keys of REASONS, each once."""
    found = []
    if any(_LINK.search(fields.get(name, "")) for name in NAMES):
        found.append("link_in_name")
    message = "\n".join(fields.get(name, "") for name in MESSAGES)
    if _is_stuffed(message):
        found.append("links")
    if _shouts(message):
        found.append("shouting")
    return found


def _is_stuffed(message: str) -> bool:
    addresses = _ADDRESS.findall(message)
    return bool(
        _MARKUP.search(message)
        or len(addresses) > MOST_LINKS
        or (addresses and sum(map(len, addresses)) * 2 > len(message.strip()))
    )


def _shouts(message: str) -> bool:
    capitals = sum(letter.isupper() for letter in message)
    small = sum(letter.islower() for letter in message)
    return capitals >= SHOUT and capitals > 4 * small
