"""Who sends, by name: how it signs, which header is the message's id, how it is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.hooks import signatures
from crm.hooks.messages import Message, Piece
from crm.hooks.presets import klaviyo, mailchimp, meta, own, shopify, woocommerce
from crm.i18n import N_

OWN, META, WOOCOMMERCE = "own", "meta", "woocommerce"
SHOPIFY, MAILCHIMP, KLAVIYO = "shopify", "mailchimp", "klaviyo"


@dataclass(frozen=True)
class Preset:
    """One kind of sender. Its reader raises ValueError for what it cannot read at all."""

    name: str
    read: Callable[[Message], Sequence[Piece]]
    is_genuine: Callable[[Message, Sequence[str], datetime], bool]
    #: Signed bytes whose hash is the message, whatever id stands beside it; also when it is sent
    #: once more, so without a time that the sender writes anew.
    lasting: Callable[[Message], bytes] = signatures.body_bytes
    event_header: str = ""
    #: The sender makes the secret, and it is given here; else we make it.
    is_secret_theirs: bool = False
    #: The secret is the last part of the address.
    is_secret_in_address: bool = False


PRESETS = {
    OWN: Preset(
        N_("Our own program"),
        own.read,
        signatures.own,
        signatures.own_bytes,
        event_header="X-Hamrah-Event",
    ),
    META: Preset(N_("Meta lead ads"), meta.read, signatures.meta, is_secret_theirs=True),
    # Its X-WC-Webhook-Delivery-ID is made of the second: two orders in one second share it.
    WOOCOMMERCE: Preset(N_("WooCommerce"), woocommerce.read, signatures.woocommerce),
    SHOPIFY: Preset(
        N_("Shopify"),
        shopify.read,
        signatures.shopify,
        event_header="X-Shopify-Webhook-Id",
        is_secret_theirs=True,
    ),
    MAILCHIMP: Preset(
        N_("Mailchimp"), mailchimp.read, signatures.in_address, is_secret_in_address=True
    ),
    KLAVIYO: Preset(N_("Klaviyo"), klaviyo.read, signatures.klaviyo),
}
