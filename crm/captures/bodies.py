"""What a phone may say in the body of each kind: more than the command, for it may be relative."""

from __future__ import annotations

from marshmallow import fields

from crm.accounts.commands import AccountSchema, ContactSchema
from crm.activities.commands import CorrectSchema, LogSchema, NextStepSchema, PlanSchema
from crm.activities.commands.schemas import DealMoveSchema, NewContactSchema
from crm.activities.models import ActivityKind
from crm.captures.envelopes import BlobSchema
from crm.conversions.commands import ConvertSchema
from crm.deals.commands import DealSchema
from crm.leads.commands import DisqualifySchema, NewLeadSchema
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


class RelativeDealSchema(DealMoveSchema):
    shown = Key(data_key="from")
    #: A stage, or won, lost, closed.
    to = Str(60)


class MetSchema(NewContactSchema):
    """A person met for the first time, with the account that he is said to be of."""

    account_name = Str(200)
    new_account = fields.Nested(NewAccountSchema)


class LogBody(LogSchema):
    new_contact = fields.Nested(MetSchema, allow_none=True)
    deal = fields.Nested(RelativeDealSchema, allow_none=True)
    next_step = fields.Nested(RelativeStepSchema, allow_none=True)


class PlanBody(PlanSchema):
    #: A call, where nothing else is said.
    kind = OneOf(ActivityKind)
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


class MoveBody(MoveSchema):
    stage_id = Key()
    shown = Key(data_key="from")
    #: In place of a stage's id: won, lost, closed.
    to = Str(60)


class DealBody(DealSchema):
    new_account = fields.Nested(NewAccountSchema)


class LeadBody(NewLeadSchema):
    account_name = Str(200)
    new_account = fields.Nested(NewAccountSchema)


class ConvertBody(ConvertSchema):
    lead_id = Key(required=True)


class TakenLeadSchema(Schema):
    lead_id = Key(required=True)


class DisqualifiedLeadSchema(DisqualifySchema):
    lead_id = Key(required=True)


class ContactBody(ContactSchema):
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


class CorrectBody(CorrectSchema):
    activity_id = Key(required=True)


class DecideSchema(Schema):
    decision_id = Key(required=True)
    keep = OneOf((MINE, THEIRS), required=True)


#: What each kind takes beside `KeptAlong`, as the description of the API says it; the kinds' own
#: functions read it, and refuse what they cannot.
BODIES: dict[str, type[Schema]] = {
    "activity.log": LogBody,
    "activity.plan": PlanBody,
    "activity.correct": CorrectBody,
    "activity.withdraw": WithdrawSchema,
    "followup.complete": CompleteSchema,
    "deal.move": MoveBody,
    "deal.create": DealBody,
    "lead.capture": LeadBody,
    "lead.convert": ConvertBody,
    "lead.claim": TakenLeadSchema,
    "lead.defer": TakenLeadSchema,
    "lead.disqualify": DisqualifiedLeadSchema,
    "contact.create": ContactBody,
    "account.create": AccountSchema,
    "record.edit": EditSchema,
    "decision.resolve": DecideSchema,
}
