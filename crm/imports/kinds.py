"""What can be brought in: the kinds of record and, for each, the fields a column may go to."""

from __future__ import annotations

from dataclasses import dataclass

from crm.i18n import N_

#: In the order in which they depend on each other.
KINDS = {
    "products": N_("Products"),
    "users": N_("Team members"),
    "accounts": N_("Accounts"),
    "contacts": N_("Contacts"),
    "leads": N_("Leads"),
    "deals": N_("Deals"),
    "activities": N_("Activities"),
}


@dataclass(frozen=True)
class Field:
    """Where a column may go.

    `reads` says how its cells are read. A row whose `strict` cell cannot be read fails; from
    other cells the text is kept in the description, and the row goes on with a warning.
    """

    name: str
    label: str
    reads: str = "text"
    strict: bool = False
    #: Several columns may go here; otherwise the first one with a value counts.
    many: bool = False


_ID = Field("external_id", N_("Number in the old system"), "id")
_OWNER = Field("owner", N_("Owner"), "ref")
_TAGS = Field("tags", N_("Tags"), "tags", many=True)
_TEXT = Field("description", N_("Description"), "note", many=True)
_CREATED = Field("created_on", N_("Created on"), "moment")
_CURRENCY = Field("currency", N_("Currency"), "currency", strict=True)

_REACH = (
    Field("phone", N_("Phone"), "phone", many=True),
    Field("phone:mobile", N_("Mobile"), "phone", many=True),
    Field("phone:work", N_("Work phone"), "phone", many=True),
    Field("phone:home", N_("Home phone"), "phone", many=True),
    Field("phone_label", N_("Kind of phone"), "label", many=True),
    Field("email", N_("E-mail"), "email", many=True),
    Field("email:work", N_("Work e-mail"), "email", many=True),
    Field("email:home", N_("Private e-mail"), "email", many=True),
    Field("email_label", N_("Kind of e-mail"), "label", many=True),
    Field("website", N_("Website")),
    Field("address", N_("Address")),
    Field("street", N_("Street"), "part", many=True),
    Field("city", N_("City")),
    Field("region", N_("Province"), "part"),
    Field("postal_code", N_("Postal code"), "part"),
    Field("country", N_("Country")),
    Field("source", N_("Source")),
    Field("interests", N_("Interests"), many=True),
    Field("needs", N_("Needs"), many=True),
    Field("language", N_("Language"), "language"),
    _TAGS,
    _TEXT,
    _OWNER,
    _CREATED,
    _ID,
)
_PERSON = (
    Field("name", N_("Full name"), "name"),
    Field("first_name", N_("First name"), "name"),
    Field("middle_name", N_("Middle name"), "name"),
    Field("last_name", N_("Last name"), "name"),
)

FIELDS: dict[str, tuple[Field, ...]] = {
    "products": (
        Field("name", N_("Name"), "name"),
        Field("code", N_("Code")),
        Field("family", N_("Family")),
        Field("amount", N_("Price"), "amount", strict=True),
        _CURRENCY,
    ),
    "users": (
        Field("name", N_("Full name"), "name"),
        Field("first_name", N_("First name"), "name"),
        Field("last_name", N_("Last name"), "name"),
        Field("email", N_("E-mail"), "email"),
        Field("phone", N_("Mobile"), "phone"),
        Field("role", N_("Role"), "ref"),
        Field("team", N_("Team"), "ref"),
        Field("manager", N_("Manager"), "ref"),
        Field("office", N_("Office"), "ref"),
    ),
    "accounts": (
        Field("name", N_("Name"), "name"),
        Field("industry", N_("Industry")),
        Field("employees", N_("Employees"), "whole"),
        Field("annual_revenue", N_("Yearly revenue"), "whole"),
        Field("founded", N_("Founded in"), "whole"),
        Field("customer_since", N_("Customer since"), "date"),
        Field("contract_ends_on", N_("Contract until"), "date"),
        Field("parent", N_("Belongs to"), "ref"),
        *_REACH,
    ),
    "contacts": (
        *_PERSON,
        Field("account", N_("Account"), "ref"),
        Field("job_title", N_("Job title")),
        Field("birthday", N_("Birthday"), "date"),
        Field("customer_since", N_("Customer since"), "date"),
        *_REACH,
    ),
    "leads": (
        *_PERSON,
        Field("company", N_("Company")),
        Field("job_title", N_("Job title")),
        Field("heat", N_("How hot"), "heat"),
        Field("status", N_("Status"), "status"),
        Field("amount", N_("Amount"), "amount"),
        _CURRENCY,
        *_REACH,
    ),
    "deals": (
        Field("name", N_("Name"), "name"),
        Field("account", N_("Account"), "ref"),
        Field("contact", N_("Contact"), "ref"),
        Field("product", N_("Product"), "ref"),
        Field("stage", N_("Stage"), "stage", strict=True),
        Field("amount", N_("Amount"), "amount", strict=True),
        _CURRENCY,
        Field("opened_on", N_("Opened on"), "moment", strict=True),
        Field("close_on", N_("Closing date"), "moment", strict=True),
        Field("expected_close_on", N_("Expected to close on"), "date", strict=True),
        Field("probability", N_("Chance in per cent"), "percent"),
        Field("lost_reason", N_("Why lost"), "lost_reason"),
        Field("source", N_("Source")),
        Field("needs", N_("Needs"), many=True),
        _TAGS,
        _TEXT,
        _OWNER,
        _ID,
    ),
    "activities": (
        Field("kind", N_("Kind"), "activity_kind"),
        Field("subject", N_("Subject")),
        Field("note", N_("Note"), "note", many=True),
        Field("outcome", N_("Outcome"), "outcome"),
        Field("done_on", N_("Done on"), "moment", strict=True),
        Field("due_on", N_("Due on"), "moment", strict=True),
        Field("is_done", N_("Done or not"), "flag"),
        Field("account", N_("Account"), "ref"),
        Field("contact", N_("Contact"), "ref"),
        Field("lead", N_("Lead"), "ref"),
        Field("deal", N_("Deal"), "ref"),
        _OWNER,
        _ID,
    ),
}


def field_of(kind: str, target: str) -> Field | None:
    """Return the field that a column goes to, or None for one left out."""
    return _BY_NAME[kind].get(target)


_BY_NAME = {kind: {field.name: field for field in fields} for kind, fields in FIELDS.items()}
