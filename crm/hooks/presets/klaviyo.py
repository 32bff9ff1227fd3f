"""Klaviyo: events of a profile, and profiles themselves, wherever they stand in what it sends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crm.hooks.messages import NO_PERSON, Message, Piece
from crm.hooks.persons import mapping, moment, text
from crm.hooks.presets.reading import person, read_json
from crm.leads.scoring import Sign

#: A word in the topic or the metric's name → the signal; the first that fits.
_SIGNS = {
    "unsubscribed": "unsubscribed",
    "subscribed": "form",
    "clicked": "email_clicked",
    "opened": "email_opened",
    "placed order": "purchase",
}
#: What happens to letters that we send: nobody shows interest by it for the first time.
_OF_LETTERS = {"unsubscribed", "email_clicked", "email_opened"}
_FATES = ("received email", "bounced email", "dropped email", "marked email")
_DEEPEST = 12


def read(message: Message) -> Sequence[Piece]:
    """Return a piece for each profile of each event. Raises ValueError."""
    body = mapping(read_json(message))
    data = body.get("data")
    events = data if isinstance(data, list) else [body]
    pieces = [piece for event in events for piece in _pieces(mapping(event))]
    return pieces or [Piece(reason=NO_PERSON)]


def _pieces(event: Mapping[str, Any]) -> Iterator[Piece]:
    inside = mapping(event.get("payload")) or event
    about = mapping(mapping(inside.get("data")).get("attributes"))
    metric = next(_of_type(inside, "metric"), {})
    words = f"{text(event.get('topic'))} {text(metric.get('name'))}".lower().replace("_", " ")
    signal = next((signal for word, signal in _SIGNS.items() if word in words), "")
    properties = mapping(about.get("event_properties") or about.get("properties"))
    at = moment(about.get("datetime") or about.get("time") or about.get("timestamp"))
    what = text(properties.get("Campaign Name")) or text(properties.get("Subject"))
    order = text(properties.get("OrderId") or properties.get("$event_id"), 50)
    is_order = signal == "purchase" and order
    detail = f"#{order}" if is_order else what or words.strip()
    is_of_letters = signal in _OF_LETTERS or any(fate in words for fate in _FATES)
    for profile in _of_type(inside, "profile"):
        named = signal or ("form" if "SUBSCRIBED" in _consents(profile) else "")
        signs = [Sign(named, at, detail)] if named else []
        subject = f"order:{order}" if is_order else None
        yield person(_fields(profile), signs, subject=subject, only_known=is_of_letters)


def _of_type(value: Any, kind: str, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield the attributes of every resource of a type, wherever it stands."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from _of_type(one, kind, depth + 1)
    elif isinstance(value, Mapping):
        if value.get("type") == kind and isinstance(value.get("attributes"), Mapping):
            yield value["attributes"]
            return
        for one in value.values():
            yield from _of_type(one, kind, depth + 1)


def _consents(profile: Mapping[str, Any]) -> set[Any]:
    channels = mapping(profile.get("subscriptions")).values()
    consents = [mapping(mapping(channel).get("marketing")).get("consent") for channel in channels]
    return {one for one in consents if isinstance(one, str)}


def _fields(profile: Mapping[str, Any]) -> dict[str, Any]:
    place = mapping(profile.get("location"))
    return {
        "first_name": profile.get("first_name"),
        "last_name": profile.get("last_name"),
        "company": profile.get("organization"),
        "job_title": profile.get("title"),
        "phones": [profile.get("phone_number")],
        "emails": [profile.get("email")],
        "address": place.get("address1"),
        "city": place.get("city"),
        "country": place.get("country"),
    }
