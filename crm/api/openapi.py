"""The description of the API, made from the schemas that read it."""

from __future__ import annotations

from functools import cache
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Response, jsonify

from crm import schema
from crm.api.captures import MessageSchema
from crm.api.errors import CODES
from crm.api.lookups import LookupSchema
from crm.api.missing import MissingSchema
from crm.api.receipts import OutcomeSchema, ReceiptsSchema, SeenSchema, SnoozeSchema
from crm.attachments.rules import TYPES as TYPES_KEPT
from crm.captures.bodies import BODIES, KeptAlong
from crm.captures.commands import VERDICTS
from crm.devices.commands import BeatSchema
from crm.hooks.messages import REASONS
from crm.hooks.models import Verdict
from crm.hooks.presets.own import HookLeadSchema
from crm.push.commands import SubscriptionSchema

blueprint = Blueprint("api_openapi", __name__, url_prefix="/api/v1")
#: How each of our own fields looks in JSON.
TYPES: dict[type, tuple[str, str | None]] = {
    schema.Str: ("string", None),
    schema.OneOf: ("string", None),
    schema.Key: ("string", "uuid"),
    schema.Moment: ("string", "date-time"),
    schema.Day: ("string", "date"),
    schema.Whole: ("integer", "int64"),
    schema.Flag: ("boolean", None),
    schema.Labelled: ("array", None),
    schema.Words: ("array", None),
}


def _limits(_converter: Any, field: Any, **_kwargs: Any) -> dict[str, Any]:
    if isinstance(field, schema.Str):
        return {"maxLength": field.most}
    if isinstance(field, schema.OneOf):
        return {"enum": sorted(field.choices)}
    if isinstance(field, schema.Whole):
        return {"minimum": field.least, "maximum": field.most}
    if isinstance(field, (schema.Labelled, schema.Words)):
        return {"items": {"type": "string"}}
    return {}


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    plugin = MarshmallowPlugin()
    spec = APISpec("Hamrah", "1", "3.1.0", plugins=[plugin])
    converter: Any = plugin.converter
    for field, (kind, form) in TYPES.items():
        converter.map_to_openapi_type(field, kind, form)
    converter.add_attribute_function(_limits)
    for name, body in BODIES.items():
        spec.components.schema(name, schema=type(body.__name__, (body, KeptAlong), {}))
    spec.components.schema("Message", schema=MessageSchema)
    spec.components.schema("Answer", ANSWER)
    spec.components.schema("Error", ERROR)
    spec.components.schema("Heartbeat", schema=BeatSchema)
    spec.components.schema("Sent", schema=MissingSchema)
    spec.components.schema("Lead", schema=HookLeadSchema)
    spec.components.schema("Taken", TAKEN)
    spec.path("/api/v1/captures", operations={"post": _post()})
    spec.path(
        "/api/v1/captures/missing",
        operations={"post": _tell("Which of these the ledger lacks, and the epoch", "Sent")},
    )
    spec.path(
        "/api/v1/heartbeat",
        operations={"post": _tell("What waits on a phone; its key, the epoch", "Heartbeat")},
    )
    spec.path("/api/v1/blobs/{blob_id}", operations={"get": _get(BLOB), "put": _put()})
    spec.path("/api/v1/book", operations={"get": _get("People, deals and words for a phone")})
    asked = {"in": "query", "schema": LookupSchema}
    spec.path("/api/v1/contacts", operations={"get": _get("Contacts by name or phone", asked)})
    spec.path("/api/v1/deals", operations={"get": _get("Deals by name, company, person", asked)})
    spec.path("/api/v1/me", operations={"get": _get("Who is signed in; stages; words")})
    _describe_alerts(spec)
    _add_push(spec)
    spec.path("/hooks/{slug}", operations={"post": _signed()})
    return spec.to_dict()


def _describe_alerts(spec: APISpec) -> None:
    for name, schema_of in (
        ("Receipts", ReceiptsSchema),
        ("Outcome", OutcomeSchema),
        ("Snooze", SnoozeSchema),
        ("Seen", SeenSchema),
    ):
        spec.components.schema(name, schema=schema_of)
    alerts, one = "/api/v1/alerts", "/api/v1/alerts/{alert_id}"
    spec.path("/api/v1/receipts", operations={"post": _tell("What a phone showed", "Receipts")})
    spec.path(alerts, operations={"get": _get("How many alerts nobody has looked at")})
    spec.path(f"{alerts}/seen", operations={"post": _tell("Until when all were seen", "Seen")})
    spec.path(f"{one}/outcome", operations={"post": _tell("What was done about it", "Outcome")})
    spec.path(f"{one}/snooze", operations={"post": _tell("Tell it again later", "Snooze")})


def _add_push(spec: APISpec) -> None:
    spec.components.schema("Subscription", schema=SubscriptionSchema)
    spec.path("/api/v1/push/key", operations={"get": _get("The key that a browser subscribes to")})
    spec.path(
        "/api/v1/push/subscriptions",
        operations={"post": _tell("A browser's subscription to alerts", "Subscription")},
    )
    spec.path(
        "/api/v1/push/subscriptions/{subscription_id}",
        operations={"delete": _get("Forget one of one's own subscriptions")},
    )


_TEXT = {"type": "string"}
OTHER_CODES = (
    "bad_signature",
    "disk_full",
    "failed",
    "start_over",
    "wiped",
    "wrong_type",
    "wrong_user",
)
BLOB = "How much of a photo or voice note is here"
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {**_TEXT, "enum": sorted([*CODES.values(), *OTHER_CODES])},
                "message": _TEXT,
                "fields": {
                    "type": "object",
                    "additionalProperties": {"type": "array", "items": _TEXT},
                },
            },
        }
    },
}
ANSWER = {
    "type": "object",
    "properties": {
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["capture_id", "verdict"],
                "properties": {
                    "capture_id": {**_TEXT, "format": "uuid"},
                    "verdict": {**_TEXT, "enum": list(VERDICTS)},
                    "result": {"type": "object"},
                    "errors": {"type": "object"},
                    "changes": {"type": "array", "items": {"type": "object"}},
                    "decision": {"type": "object"},
                    "decisions": {"type": "array", "items": {"type": "object"}},
                    "was": {**_TEXT, "enum": ["merged", "conflict"]},
                    "reason": _TEXT,
                    "can_drop": {"type": ["string", "null"], "enum": ["deal", None]},
                    "after": {"type": "integer"},
                },
            },
        }
    },
}
TAKEN = {
    "type": "object",
    "required": ["verdict", "results"],
    "properties": {
        "verdict": {**_TEXT, "enum": list(Verdict)},
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["verdict"],
                "properties": {
                    "verdict": {**_TEXT, "enum": list(Verdict)},
                    "reason": {**_TEXT, "enum": list(REASONS)},
                    "detail": _TEXT,
                    "lead_id": {**_TEXT, "format": "uuid"},
                },
            },
        },
    },
}


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _wrong() -> dict[str, Any]:
    return {"description": "What went wrong", "content": _json("Error")}


def _get(summary: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "summary": summary,
        "parameters": list(parameters),
        "responses": {"200": {"description": "Found"}, "default": _wrong()},
    }


def _put() -> dict[str, Any]:
    content = {type_: {"schema": {"type": "string", "format": "binary"}} for type_ in TYPES_KEPT}
    headers = [
        {"in": "header", "name": name, "required": required, "schema": _TEXT}
        for name, required in (("Content-Range", False), ("X-Content-SHA256", True))
    ]
    said = {"requestBody": {"required": True, "content": content}}
    return _get("A piece of a photo or voice note, or the whole", *headers) | said


def _tell(summary: str, schema: str) -> dict[str, Any]:
    said = {"requestBody": {"required": True, "content": _json(schema)}}
    return _get(summary) | said


def _post() -> dict[str, Any]:
    kinds = ", ".join(BODIES)
    return {
        "summary": "Apply captures in order, each exactly once",
        "description": f"The schema of a body has the name of its kind: {kinds}.",
        "requestBody": {"required": True, "content": _json("Message")},
        "responses": {
            "200": {
                "description": "A verdict for each, or for the first ones",
                "content": _json("Answer"),
            },
            "default": _wrong(),
        },
    }


def _signed() -> dict[str, Any]:
    headers = [
        {"in": "header", "name": f"X-Hamrah-{name}", "required": required, "schema": _TEXT}
        for name, required in (("Timestamp", True), ("Signature", True), ("Event", False))
    ]
    taken = {"description": "What came of each lead", "content": _json("Taken")}
    return {
        "summary": "Leads from another system, signed; no session is needed",
        "parameters": headers,
        "requestBody": {"required": True, "content": _json("Lead")},
        "responses": {"200": taken, "422": taken, "default": _wrong()},
    }


@blueprint.get("/openapi.json")
def show() -> Response:
    """Return the description."""
    return jsonify(document())
