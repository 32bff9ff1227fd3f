"""What a phone may say in the body of each kind: more than the command, for it may be relative."""

from __future__ import annotations

from marshmallow import fields

from crm.accounts.commands import AccountSchema, ContactSchema
from crm.activities.commands import CorrectSchema, LogSchema, NextStepSchema, PlanSchema
from crm.captures.envelopes import BlobSchema
from crm.deals.commands import DealSchema
from crm.leads.commands import LeadSchema
from crm.schema import Flag, Key, Moment, OneOf, Schema, Str, Whole

MINE, THEIRS = "mine", "theirs"
RECORDS = ("account", "contact", "deal", "lead")


class KeptAlong(Schema):
    """What every body may hold besides."""

    measures = fields.Dict()
    blobs = fields.List(fields.Nested(BlobSchema))


class NewAccountSchema(Schema):
    """An account by its name: the visible one, else a new one with this id."""

    id = Key()
    name = Str(200, required=True)


class RelativeStepSchema(NextStepSchema):
    due_at = Moment()
    #: tomorrow, 3_days, next_week or a date, counted from the day of the capture.
    when = Str(40)


class RelativeDealSchema(Schema):
    id = Key(required=True)
    from_stage_id = Key(data_key="from")
    #: A stage, or won, lost, closed.
    to = Str(60)
    base_version = Whole()
    lost_reason = Str(200)


class LogBody(LogSchema, KeptAlong):
    deal = fields.Nested(RelativeDealSchema, allow_none=True)
    next_step = fields.Nested(RelativeStepSchema, allow_none=True)


class PlanBody(PlanSchema, KeptAlong):
    due_at = Moment()
    when = Str(40)


class CompleteSchema(Schema):
    activity_id = Key(required=True)
    note = Str(10_000)
    #: False takes the tick back.
    done = Flag(load_default=True)


class MoveSchema(Schema):
    deal_id = Key(required=True)
    stage_id = Key(required=True)
    from_stage_id = Key()
    base_version = Whole()
    lost_reason = Str(200)


class DealBody(DealSchema, KeptAlong):
    new_account = fields.Nested(NewAccountSchema)


class LeadBody(LeadSchema, KeptAlong):
    account_name = Str(200)
    new_account = fields.Nested(NewAccountSchema)


class ContactBody(ContactSchema, KeptAlong):
    new_account = fields.Nested(NewAccountSchema)


class EditSchema(Schema):
    """Three ways by field: what the phone showed, and what is wanted in its place."""

    record = OneOf(RECORDS, required=True)
    id = Key(required=True)
    base_version = Whole()
    #: {field: {"from", "to"}}
    changes = fields.Dict(required=True)


class WithdrawSchema(Schema):
    activity_id = Key(required=True)


class CorrectBody(CorrectSchema, KeptAlong):
    activity_id = Key(required=True)


class DecideSchema(Schema):
    decision_id = Key(required=True)
    keep = OneOf((MINE, THEIRS), required=True)


BODIES: dict[str, type[Schema]] = {
    "activity.log": LogBody,
    "activity.plan": PlanBody,
    "activity.correct": CorrectBody,
    "activity.withdraw": WithdrawSchema,
    "followup.complete": CompleteSchema,
    "deal.move": MoveSchema,
    "deal.create": DealBody,
    "lead.capture": LeadBody,
    "contact.create": ContactBody,
    "account.create": AccountSchema,
    "record.edit": EditSchema,
    "decision.resolve": DecideSchema,
}
