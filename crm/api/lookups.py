"""GET: who is signed in, and the people and deals that a capture can name."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from crm.activities.models import OUTCOMES, ActivityKind
from crm.api.requests import viewer
from crm.captures import lookups
from crm.captures.commands import KINDS, V
from crm.company.queries import get_company
from crm.deals.models import LOST_REASONS
from crm.i18n import _
from crm.schema import Schema, Str, Whole, load

blueprint = Blueprint("api_lookups", __name__, url_prefix="/api/v1")


class LookupSchema(Schema):
    """What is looked for; nothing means those last touched."""

    q = Str(200)
    limit = Whole(1, lookups.MOST, load_default=20)


def _asked() -> dict[str, Any]:
    asked = load(LookupSchema, request.args)
    return {"text": asked.get("q") or "", "limit": asked["limit"] or 20}


@blueprint.get("/contacts")
def contacts() -> Response:
    """Return contacts by name, company or phone."""
    return jsonify(contacts=lookups.visible_contacts(viewer(), **_asked()))


@blueprint.get("/deals")
def deals() -> Response:
    """Return deals by name, company or person."""
    return jsonify(deals=lookups.visible_deals(viewer(), **_asked()))


@blueprint.get("/me")
def me() -> Response:
    """Return who is signed in, and the words a capture is made of."""
    person, locale = viewer(), viewer().locale
    return jsonify(
        viewer={
            "id": person.id,
            "name": person.name,
            "role": person.role,
            "language": locale.language,
            "calendar": locale.calendar,
            "timezone": locale.timezone,
            "money_unit": locale.money_unit,
            "currency": person.currency,
        },
        pipelines=lookups.pipelines(),
        epoch=get_company().epoch,
        captures={"v": V, "kinds": sorted(KINDS)},
        activity_kinds=[str(k) for k in ActivityKind],
        outcomes={key: _(label) for key, label in OUTCOMES.items()},
        lost_reasons={key: _(label) for key, label in LOST_REASONS.items()},
    )
