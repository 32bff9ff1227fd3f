"""Every table, for migrations and for whatever walks the whole schema."""

from crm.accounts.models import Account, Contact
from crm.activities.models import Activity
from crm.alerts.models import Alert, AlertSettings, Delivery
from crm.attachments.models import Attachment
from crm.captures.models import Capture, Decision
from crm.company.models import Company
from crm.deals.models import Deal, DealContact, Pipeline, Stage
from crm.devices.models import Device
from crm.forms.models import Form, FormSubmission
from crm.hooks.models import Hook, HookDelivery, HookSecret
from crm.imports.models import ImportJob, ImportMark
from crm.leads.models import Lead, RoutingRule, ScoreRule, Touch
from crm.mail.models import (
    MailAutomation,
    MailMessage,
    MailOptout,
    MailSettings,
    MailTemplate,
)
from crm.products.models import Product
from crm.push.models import PushSubscription
from crm.search.models import SearchEntry
from crm.stops.models import Stop, StopRule
from crm.tags.models import Tag, Tagging
from crm.timeline.models import AwaitedReaction, TimelineEntry
from crm.tracking.models import Visitor, VisitorTouch, Website
from crm.users.models import SignInAttempt, Team, User, UserLink, UserSession

__all__ = [
    "Account",
    "Activity",
    "Alert",
    "AlertSettings",
    "Attachment",
    "AwaitedReaction",
    "Capture",
    "Company",
    "Contact",
    "Deal",
    "DealContact",
    "Decision",
    "Delivery",
    "Device",
    "Form",
    "FormSubmission",
    "Hook",
    "HookDelivery",
    "HookSecret",
    "ImportJob",
    "ImportMark",
    "Lead",
    "MailAutomation",
    "MailMessage",
    "MailOptout",
    "MailSettings",
    "MailTemplate",
    "Pipeline",
    "Product",
    "PushSubscription",
    "RoutingRule",
    "ScoreRule",
    "SearchEntry",
    "SignInAttempt",
    "Stage",
    "Stop",
    "StopRule",
    "Tag",
    "Tagging",
    "Team",
    "TimelineEntry",
    "Touch",
    "User",
    "UserLink",
    "UserSession",
    "Visitor",
    "VisitorTouch",
    "Website",
]
