"""Meta lead ads: the answers to a form, where they came along; the ids alone wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crm.hooks.messages import NO_PERSON, WAITS, Message, Piece
from crm.hooks.persons import listed, mapping, moment, text
from crm.hooks.presets.reading import person, read_json
from crm.leads.scoring import Sign

#: Meta's names of the usual questions, and ours; every other answer goes to the description.
_NAMES = {
    "full_name": "name",
    "first_name": "first_name",
    "last_name": "last_name",
    "company_name": "company",
    "job_title": "job_title",
    "city": "city",
    "country": "country",
    "street_address": "address",
}
_PHONES, _EMAILS = {"phone_number", "work_phone_number"}, {"email", "work_email"}


def read(message: Message) -> Sequence[Piece]:
    """Return a piece for each lead. Raises ValueError."""
    body = mapping(read_json(message))
    return [_piece(value) for value in _leads(body)] or [Piece(reason=NO_PERSON)]


def _leads(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for entry in listed(body.get("entry")):
        for change in listed(mapping(entry).get("changes")):
            if mapping(change).get("field") == "leadgen":
                yield mapping(mapping(change).get("value"))


def _piece(value: Mapping[str, Any]) -> Piece:
    answers = listed(value.get("field_data"))
    if not answers:
        return Piece(reason=WAITS, detail=text(value.get("leadgen_id"), 50))
    said: dict[str, Any] = {"phones": [], "emails": [], "notes": []}
    for answer in map(mapping, answers):
        question, words = text(answer.get("name"), 100), listed(answer.get("values"))
        if question in _PHONES:
            said["phones"] += words
        elif question in _EMAILS:
            said["emails"] += words
        elif question in _NAMES:
            said[_NAMES[question]] = words[0] if words else ""
        else:
            line = ", ".join(filter(None, (text(word, 1000) for word in words)))
            said["notes"].append(f"{question}: {line}")
    return person(said, _signs(value), _origin(value))


def _signs(value: Mapping[str, Any]) -> list[Sign]:
    at, campaign = moment(value.get("created_time")), text(value.get("campaign_name"))
    form = text(value.get("form_name")) or text(value.get("form_id"))
    return [Sign("form", at, form), *([Sign("campaign", at, campaign)] if campaign else [])]


def _origin(value: Mapping[str, Any]) -> dict[str, str]:
    campaign = text(value.get("campaign_name")) or text(value.get("campaign_id"))
    said = {
        "utm_source": text(value.get("platform")) or "meta",
        "utm_medium": "lead_ad",
        "utm_campaign": campaign,
        "utm_content": text(value.get("ad_id")),
    }
    return {name: one for name, one in said.items() if one}
