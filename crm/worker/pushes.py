"""Sends what waits for phones: claims it, speaks to the push services, notes what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from crm import clock
from crm.alerts.kinds import KINDS, AlertKind
from crm.alerts.queries import unseen_counts
from crm.alerts.sending import Claimed, claim_deliveries, settle_delivery
from crm.alerts.wording import ACTIONS, words
from crm.i18n.locale import Locale, use_locale
from crm.push import sender
from crm.push.keys import VapidKeys
from crm.push.outcomes import Outcome, OutcomeKind
from crm.push.payloads import Action, build, topic_of
from crm.push.queries import Device, find_devices, vapid_keys
from crm.users.sessions import viewers_of
from crm.users.viewer import Viewer

#: A push service that hangs holds one of these for five seconds, and not the others.
AT_ONCE = 8
MOST_CLAIMED = 40
#: What our worker on the phone needs to act on an alert without asking the server.
_RECORDS = ("lead_id", "deal_id", "activity_id", "contact_id", "account_id")


@dataclass(frozen=True)
class Message:
    device: Device
    payload: bytes
    ttl: int
    urgency: str
    topic: str


def send_pushes(actor: Viewer, most: int) -> int:
    """Send what is due to devices; return how many deliveries were claimed.

    No transaction is open while a push service is spoken to. A worker that dies here leaves what it
    claimed to the next one, when the lease is over.
    """
    claimed = claim_deliveries(actor, "push", min(most, MOST_CLAIMED))
    if not claimed:
        return 0
    keys = vapid_keys()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [
            (one, pool.submit(_send, message, keys) if message else None)
            for one, message in messages_of(claimed)
        ]
        for one, sending in asked:
            outcome = sending.result() if sending else Outcome(OutcomeKind.GONE, "no device")
            settle_delivery(actor, one.id, outcome)
    return len(claimed)


def _send(message: Message, keys: VapidKeys) -> Outcome:
    return sender.send(
        message.device,
        message.payload,
        ttl=message.ttl,
        urgency=message.urgency,
        topic=message.topic,
        keys=keys,
    )


def messages_of(claimed: Sequence[Claimed]) -> list[tuple[Claimed, Message | None]]:
    """Return with each delivery what goes to its device, in its person's words; None where there
    is no such device of his any more."""
    devices = find_devices({one.subscription_id for one in claimed})
    people = {device.user_id for device in devices.values()}
    viewers, unseen = viewers_of(people), unseen_counts(people)

    def message(one: Claimed) -> Message | None:
        device = devices.get(one.subscription_id)
        if device is None or device.user_id != one.user_id:
            return None
        return _message(one, device, viewers[one.user_id].locale, unseen[one.user_id])

    return [(one, message(one)) for one in claimed]


def _message(one: Claimed, device: Device, locale: Locale, badge: int) -> Message:
    alert = one.alert
    kind, topic = KINDS[AlertKind(alert.kind)], topic_of(one.user_id, alert.tag)
    with use_locale(locale):
        said = words(alert, names=device.shows_names)
        page = f"{alert.url}{'&' if '?' in alert.url else '?'}alert={alert.id}"
        payload = build(
            said.title,
            said.body,
            language=locale.language,
            navigate=page,
            tag=topic,
            badge=badge,
            actions=[Action(act, ACTIONS[act](), f"{page}&act={act}") for act in kind.actions],
            data={"alert": alert.id, "kind": alert.kind, "subscription": device.id}
            | {name: getattr(alert, name) for name in _RECORDS if getattr(alert, name)},
        )
    left = int((one.expires_at - clock.now()).total_seconds())
    return Message(device, payload, left, kind.urgency, topic)
