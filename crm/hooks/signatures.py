"""Who really sent it: each sender's own way of signing, compared in constant time."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from crm.hooks.messages import Message

#: Older, or farther ahead, than so many seconds is not taken.
TOLERANCE = 300
_UNIX = re.compile(r"[0-9]{9,12}")


def _mac(key: str, signed: bytes) -> bytes:
    return hmac.digest(key.encode(), signed, "sha256")


def _is_one_of(said: str, right: Iterable[str]) -> bool:
    """Whether it is one of these. All are compared, so that the time taken tells nothing."""
    given = said.encode("utf-8", "replace")
    return sum(hmac.compare_digest(given, one.encode()) for one in right) > 0


def _is_fresh(stamp: str, now: datetime) -> bool:
    at = _moment(stamp.strip())
    return at is not None and abs((now - at).total_seconds()) <= TOLERANCE


def _moment(stamp: str) -> datetime | None:
    """Return Unix seconds, ISO 8601 or an HTTP date as an instant."""
    try:
        if _UNIX.fullmatch(stamp):
            return datetime.fromtimestamp(int(stamp), UTC)
        try:
            at = datetime.fromisoformat(stamp)
        except ValueError:
            at = parsedate_to_datetime(stamp)
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def own_bytes(message: Message) -> bytes:
    """Return what our own senders sign: the time, a dot, the body as it is."""
    return message.header("X-Hamrah-Timestamp").encode("utf-8", "replace") + b"." + message.body


def own(message: Message, keys: Sequence[str], now: datetime) -> bool:
    """`X-Hamrah-Signature: v1=<hex>`."""
    signed = own_bytes(message)
    right = ["v1=" + _mac(key, signed).hex() for key in keys]
    is_right = _is_one_of(message.header("X-Hamrah-Signature"), right)
    return is_right and _is_fresh(message.header("X-Hamrah-Timestamp"), now)


def klaviyo(message: Message, keys: Sequence[str], now: datetime) -> bool:
    """`Klaviyo-Signature: <hex>` of the body, then the time as its header says it."""
    signed = message.body + message.header("Klaviyo-Timestamp").encode("utf-8", "replace")
    right = [_mac(key, signed).hex() for key in keys]
    is_right = _is_one_of(message.header("Klaviyo-Signature"), right)
    return is_right and _is_fresh(message.header("Klaviyo-Timestamp"), now)


def body_bytes(message: Message) -> bytes:
    """Return what the others sign: the body alone. They give no time."""
    return message.body


def _in_base64(message: Message, keys: Sequence[str], header: str) -> bool:
    right = [base64.b64encode(_mac(key, message.body)).decode() for key in keys]
    return _is_one_of(message.header(header), right)


def shopify(message: Message, keys: Sequence[str], _now: datetime) -> bool:
    """`X-Shopify-Hmac-Sha256: <base64>`."""
    return _in_base64(message, keys, "X-Shopify-Hmac-Sha256")


def woocommerce(message: Message, keys: Sequence[str], _now: datetime) -> bool:
    """`X-WC-Webhook-Signature: <base64>`."""
    return _in_base64(message, keys, "X-WC-Webhook-Signature")


def meta(message: Message, keys: Sequence[str], _now: datetime) -> bool:
    """`X-Hub-Signature-256: sha256=<hex>`."""
    right = ["sha256=" + _mac(key, message.body).hex() for key in keys]
    return _is_one_of(message.header("X-Hub-Signature-256"), right)


def in_address(message: Message, keys: Sequence[str], _now: datetime) -> bool:
    """Mailchimp signs nothing: the secret is the last part of the address, as it advises."""
    return _is_one_of(message.secret, keys)
