"""What to do at the other end, in three lines for each sender."""

from __future__ import annotations

from crm.hooks.presets import KLAVIYO, MAILCHIMP, META, OWN, SHOPIFY, WOOCOMMERCE
from crm.i18n import N_

STEPS = {
    OWN: (
        N_("Send JSON by POST to the address: one lead, or up to 50 in a list."),
        N_(
            "X-Hamrah-Timestamp is the time in Unix seconds; X-Hamrah-Signature is v1= and the "
            "HMAC-SHA256 in hex of that time, a dot and the body, with the secret."
        ),
        N_("X-Hamrah-Event is an id of your own: what is sent twice counts once."),
    ),
    META: (
        N_("In your app at developers.facebook.com open Webhooks, choose Page."),
        N_("Give the address and the verify token, then subscribe to leadgen."),
        N_("The secret is the app secret, under App settings, Basic."),
    ),
    WOOCOMMERCE: (
        N_("In WooCommerce open Settings, Advanced, Webhooks and add one."),
        N_("Topic: Order created, Order updated or Customer created. Delivery URL: the address."),
        N_("Secret: the one that is shown here once. Status: active."),
    ),
    SHOPIFY: (
        N_("In Shopify open Settings, Notifications, Webhooks."),
        N_("Create one for orders and one for customers: JSON, to the address."),
        N_("The secret stands under the list there, at “signed with”."),
    ),
    MAILCHIMP: (
        N_("In Mailchimp open Audience, Settings, Webhooks and create one."),
        N_("Callback URL: the whole address. Its last part is the secret, so keep it to yourself."),
        N_("Tick subscribes, unsubscribes, profile updates and e-mail changes."),
    ),
    KLAVIYO: (
        N_("In Klaviyo open Integrations, Webhooks and create one."),
        N_("Endpoint URL: the address. Secret key: the one that is shown here once."),
        N_("Choose the topics: subscribed, unsubscribed, clicked, opened, placed order."),
    ),
}
