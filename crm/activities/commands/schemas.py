"""What a logged, promised or corrected activity may say."""

from __future__ import annotations

from marshmallow import fields

from crm.activities.models import OUTCOMES, ActivityKind
from crm.schema import Flag, Key, Moment, OneOf, Schema, Str, Whole


class NewContactSchema(Schema):
    """A person met for the first time, named in the sheet itself."""

    id = Key()
    name = Str(200, required=True)
    phone = Str(40)
    account_id = Key()


class DealMoveSchema(Schema):
    """Where the deal goes; `from_stage_id` and `base_version` are how the rep saw it stand."""

    id = Key(required=True)
    from_stage_id = Key()
    to_stage_id = Key()
    base_version = Whole()
    lost_reason = Str(200)


class NextStepSchema(Schema):
    id = Key()
    kind = OneOf(ActivityKind)
    subject = Str(200)
    due_at = Moment(required=True)
    has_time = Flag(load_default=True)


class LogSchema(Schema):
    """A meeting as the capture sheet sends it (the capture protocol, «Message and answers»)."""

    id = Key()
    kind = OneOf(ActivityKind, required=True)
    subject = Str(200)
    note = Str(10_000)
    outcome = OneOf(OUTCOMES)
    happened_at = Moment()
    planned_id = Key()
    contact_id = Key()
    new_contact = fields.Nested(NewContactSchema, allow_none=True)
    account_id = Key()
    lead_id = Key()
    deal = fields.Nested(DealMoveSchema, allow_none=True)
    next_step = fields.Nested(NextStepSchema, allow_none=True)
    import_key = Str(200)


class PlanSchema(NextStepSchema):
    kind = OneOf(ActivityKind, required=True)
    note = Str(10_000)
    ends_at = Moment()
    contact_id = Key()
    account_id = Key()
    lead_id = Key()
    deal_id = Key()


class RescheduleSchema(Schema):
    due_at = Moment(required=True)
    has_time = Flag(load_default=True)


class CorrectSchema(Schema):
    id = Key()
    kind = OneOf(ActivityKind, required=True)
    outcome = OneOf(OUTCOMES)
    note = Str(10_000)
    happened_at = Moment()
