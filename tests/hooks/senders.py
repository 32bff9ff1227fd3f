"""Senders for tests: a hook of each kind, and messages signed as its kind signs them."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import current_app
from flask.testing import FlaskClient

from crm import clock
from crm.database import db, new_id
from crm.hooks.commands import create_hook
from crm.hooks.models import Hook
from crm.hooks.safe import Safe
from tests import people

THEIRS = "a secret that the sender made"


def safe() -> Safe:
    return Safe(str(current_app.config["SECRET_KEY"]))


@dataclass(frozen=True)
class Sender:
    """One that knows a hook's address and a secret."""

    preset: str
    hook_id: str
    slug: str
    secret: str

    @property
    def address(self) -> str:
        last = f"/{self.secret}" if self.preset == "mailchimp" else ""
        return f"/hooks/{self.slug}{last}"

    def headers(self, body: bytes, event: str = "", seconds: int = 0) -> dict[str, str]:
        """Return the headers of a message signed `seconds` from now."""
        stamp, key = str(int(clock.now().timestamp()) + seconds), self.secret.encode()

        def mac(signed: bytes) -> bytes:
            return hmac.digest(key, signed, "sha256")

        found = {
            "own": {
                "X-Hamrah-Timestamp": stamp,
                "X-Hamrah-Signature": "v1=" + mac(stamp.encode() + b"." + body).hex(),
                "X-Hamrah-Event": event or new_id(),
            },
            "meta": {"X-Hub-Signature-256": "sha256=" + mac(body).hex()},
            "woocommerce": {
                "X-WC-Webhook-Signature": base64.b64encode(mac(body)).decode(),
                "X-WC-Webhook-Delivery-ID": event or new_id(),
            },
            "shopify": {
                "X-Shopify-Hmac-Sha256": base64.b64encode(mac(body)).decode(),
                "X-Shopify-Webhook-Id": event or new_id(),
            },
            "mailchimp": {},
            "klaviyo": {
                "Klaviyo-Timestamp": stamp,
                "Klaviyo-Signature": mac(body + stamp.encode()).hex(),
            },
        }
        return found[self.preset]

    def send(self, client: FlaskClient, said: Any, **more: Any) -> Any:
        """Send an object as its kind does, with the headers that are given in `more` as well."""
        extra = more.pop("headers", {})
        if isinstance(said, bytes):
            body, kind = said, "application/json"
        elif self.preset == "mailchimp":
            body, kind = urlencode(said).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = json.dumps(said).encode(), "application/json"
        signed = self.headers(body, **more) | {"Content-Type": kind} | extra
        return client.post(self.address, data=body, headers=signed | {"Sec-Fetch-Site": ""})


def a_sender(preset: str = "own", **fields: Any) -> Sender:
    """Make a hook and return who may send to it."""
    payload = {"name": f"A {preset}", "preset": preset, **fields}
    if preset in ("meta", "shopify"):
        payload["secret"] = THEIRS
    hook_id, secret = create_hook(people.PEOPLE["admin"], payload, safe())
    return Sender(preset, hook_id, db.session.get_one(Hook, hook_id).slug, secret)
