"""Writes of activities: log what happened, promise what is next, keep, correct or withdraw it."""

from crm.activities.commands.corrections import correct_activity, may_correct, withdraw_activity
from crm.activities.commands.log import log_activity
from crm.activities.commands.promises import (
    complete_activity,
    plan_activity,
    reopen_activity,
    reschedule_activity,
)
from crm.activities.commands.schemas import (
    CorrectSchema,
    LogSchema,
    NextStepSchema,
    PlanSchema,
    RescheduleSchema,
)

__all__ = [
    "CorrectSchema",
    "LogSchema",
    "NextStepSchema",
    "PlanSchema",
    "RescheduleSchema",
    "complete_activity",
    "correct_activity",
    "log_activity",
    "may_correct",
    "plan_activity",
    "reopen_activity",
    "reschedule_activity",
    "withdraw_activity",
]
