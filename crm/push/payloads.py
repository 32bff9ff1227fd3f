"""What goes to a phone: Declarative Web Push, which some systems show themselves, others by ours.

https://www.w3.org/TR/push-api/#declarative-push-message
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Of every push service's own number; push services take some 4 kB, encrypted.
DECLARATIVE, MOST_BYTES = 8030, 2500
MOST_TITLE_BYTES = 300
DOTS = "…"
RIGHT_TO_LEFT = frozenset({"fa", "ar", "he", "ur"})
_RIGHT_TO_LEFT_MARK, _JOINER = "\u200f", "\u200d"
_RIGHT_TO_LEFT_LETTERS = ("R", "AL")
#: Control characters, and marks that turn the rest of the line round: what strangers typed into a
#: form stands here too.
_HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True)
class Action:
    """A button under the notification, where the system has such."""

    action: str
    title: str
    navigate: str


def build(
    title: str,
    body: str,
    *,
    language: str,
    navigate: str,
    tag: str,
    badge: int | None = None,
    actions: Sequence[Action] = (),
    data: Mapping[str, str] | None = None,
) -> bytes:
    """Return the message as JSON of at most 2.5 kB: a long body is cut, and a longer title before.

    `navigate` is a page of ours, as a path or in full. `data` is for our worker on the phone, which
    is asked wherever there is one; where it fails the system shows what stands here.
    """
    turned = language in RIGHT_TO_LEFT
    notification: dict[str, Any] = {
        "title": cut(_facing(title, turned), MOST_TITLE_BYTES),
        "body": "",
        "lang": language,
        "dir": "rtl" if turned else "ltr",
        "navigate": navigate,
        "tag": tag,
    }
    if badge is not None:
        notification["app_badge"] = badge
    if actions:
        shown = ({**vars(one), "title": _facing(one.title, turned)} for one in actions)
        notification["actions"] = list(shown)
    if data:
        notification["data"] = dict(data)
    message = {"web_push": DECLARATIVE, "mutable": True, "notification": notification}
    room = MOST_BYTES - len(_json(message))
    if room < 0:
        raise ValueError(f"{-room} bytes too many without any body: {tag}")
    notification["body"] = cut(_facing(body, turned), room)
    return _json(message)


def topic_of(*parts: str) -> str:
    """Return what stands for a subject before a push service: 32 letters that tell it nothing."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def cut(text: str, room: int) -> str:
    """Return as much of a text as takes `room` bytes in JSON, with dots where some is left out.

    What a reader sees as one character is kept or left out as a whole.
    """
    if _size(text) <= room:
        return text
    left, kept = room - len(DOTS.encode()), 0
    while kept < len(text) and (left := left - _size(text[kept])) >= 0:
        kept += 1
    while kept and not _may_part(text, kept):
        kept -= 1
    shortened = text[:kept].rstrip()
    return shortened + DOTS if shortened else ""


def _may_part(text: str, at: int) -> bool:
    """Whether a text may be cut before this place: no accent, joiner, flag or skin is torn off."""
    if at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if _JOINER in (before, after) or unicodedata.category(after).startswith("M"):
        return False
    if "\U0001f3fb" <= after <= "\U0001f3ff":
        return False
    letters = 0
    while at > letters and "\U0001f1e6" <= text[at - 1 - letters] <= "\U0001f1ff":
        letters += 1
    return not ("\U0001f1e6" <= after <= "\U0001f1ff" and letters % 2)


def _facing(text: str, turned: bool) -> str:
    """Return a text that begins in its language's direction: the first letter decides it where
    `dir` is not read."""
    plain = " ".join(_HARMFUL.sub(" ", text).split())
    if not turned or not plain or plain[0] == _RIGHT_TO_LEFT_MARK:
        return plain
    is_letter = unicodedata.bidirectional(plain[0]) in _RIGHT_TO_LEFT_LETTERS
    return plain if is_letter else _RIGHT_TO_LEFT_MARK + plain


def _size(text: str) -> int:
    return len(_json(text)) - 2


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
