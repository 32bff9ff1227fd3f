"""Which addresses are those of a push service, and which keys can be encrypted for."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import marshmallow as ma

from crm import outgoing
from crm.i18n import _
from crm.schema import Schema, Str

#: Those of the browsers' makers; a message goes to these and to names under them, nowhere else.
HOSTS = (
    "fcm.googleapis.com",
    "jmt17.google.com",
    "updates.push.services.mozilla.com",
    "web.push.apple.com",
    "notify.windows.com",
)
#: PostgreSQL's index takes no more than 2,704 bytes.
LONGEST = 2000
_POINT_BYTES, _SECRET_BYTES = 65, 16


class Endpoint(Str):
    """The https address of a known push service."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        url = super()._deserialize(value, attr, data, **kwargs) or ""
        try:
            if not url.isascii():
                raise outgoing.Refused("address")
            outgoing.check(url, hosts=HOSTS)
        except outgoing.Refused:
            raise ma.ValidationError(
                _("This is not the address of a known push service.")
            ) from None
        return url


class PublicKey(Str):
    """A point on the curve P-256, in base64url."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        from cryptography.hazmat.primitives.asymmetric import ec

        text = super()._deserialize(value, attr, data, **kwargs) or ""
        try:
            point = decode(text, _POINT_BYTES)
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        except ValueError:
            raise self.make_error("invalid") from None
        return text


class Secret(Str):
    """Sixteen bytes in base64url."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs) or ""
        try:
            decode(text, _SECRET_BYTES)
        except ValueError:
            raise self.make_error("invalid") from None
        return text


class KeysSchema(Schema):
    """What a browser encrypts with."""

    p256dh = PublicKey(100, required=True)
    auth = Secret(30, required=True)


def decode(text: str, size: int) -> bytes:
    """Return so many bytes from base64url, padded or not. Raises ValueError."""
    try:
        found = base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    if len(found) != size:
        raise ValueError(f"{len(found)} bytes, not {size}")
    return found
