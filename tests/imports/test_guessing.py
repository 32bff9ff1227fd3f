"""Kinds and columns from header rows as they are found in the wild."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from crm.imports.guessing import find_target, guess_columns, guess_kind

KINDS = {
    "pipedrive_sample_import": "contacts",
    "pipedrive_sample_import_products": "contacts",
    "hubspot_contacts_export": "contacts",
    "hubspot_contacts_export_short": "contacts",
    "google_contacts_legacy": "contacts",
    "google_contacts_2024": "contacts",
    "outlook_desktop": "contacts",
    "salesforce_account_api_columns": "accounts",
    "google_ads_offline_conversions": None,
}
#: What must be understood in each; the rest may be left out.
TARGETS = {
    "pipedrive_sample_import": {
        "Person - Name*": "name",
        "Person - Email (Home)": "email:home",
        "Organization - Name*": "account",
        "Note - Content*": "description",
    },
    "hubspot_contacts_export": {
        "Record ID": "external_id",
        "Contact owner": "owner",
        "Company Name": "account",
        "Website URL": "website",
    },
    "google_contacts_legacy": {
        "Given Name": "first_name",
        "E-mail 1 - Type": "email_label",
        "E-mail 1 - Value": "email",
        "Occupation": "job_title",
    },
    "google_contacts_2024": {
        "Organization Name": "account",
        "Organization Title": "job_title",
        "Phone 1 - Label": "phone_label",
        "Phone 1 - Value": "phone",
        "E-mail 2 - Value": "email",
    },
    "outlook_desktop": {
        "E-mail 3 Address": "email",
        "Home Phone": "phone:home",
        "Business Phone": "phone:work",
        "Mobile Phone": "phone:mobile",
        "Job Title": "job_title",
        "Title": "",
        "Company": "account",
        "Business City": "city",
    },
    "salesforce_account_api_columns": {
        "Id": "external_id",
        "BillingCity": "city",
        "NumberOfEmployees": "employees",
        "AnnualRevenue": "annual_revenue",
        "ShippingCity": "",
    },
}


@pytest.fixture(scope="module")
def layouts(real_data: Path) -> dict[str, list[str]]:
    lines = (real_data / "import-formats" / "headers.tsv").read_text().splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    return {name: next(csv.reader([header])) for name, header, *_rest in rows}


@pytest.mark.real_data
@pytest.mark.parametrize("name", KINDS)
def test_each_layout_is_known_for_what_it_is(layouts: dict[str, list[str]], name: str) -> None:
    assert guess_kind(layouts[name]) == KINDS[name]


@pytest.mark.real_data
@pytest.mark.mission(51)
@pytest.mark.parametrize("name", TARGETS)
def test_the_columns_of_each_layout_find_their_fields(
    layouts: dict[str, list[str]], name: str
) -> None:
    headers = layouts[name]
    found = dict(zip(headers, guess_columns(str(KINDS[name]), headers), strict=True))
    assert {header: found[header] for header in TARGETS[name]} == TARGETS[name]


@pytest.mark.parametrize(
    ("header", "kind", "columns"),
    [
        ("نام,نام خانوادگی,شرکت,موبایل,ایمیل,سمت", "contacts",
         ["first_name", "last_name", "account", "phone:mobile", "email", "job_title"]),
        ("نام شركت,صنعت,تعداد پرسنل,شهر", "accounts", ["name", "industry", "employees", "city"]),
        ("عنوان معامله,شرکت,مرحله,مبلغ,تاریخ شروع,مسئول", "deals",
         ["name", "account", "stage", "amount", "opened_on", "owner"]),
        ("محصول,قیمت فروش,گروه", "products", ["name", "amount", "family"]),
        ("موضوع,نوع فعالیت,سررسید,مخاطب", "activities", ["subject", "kind", "due_on", "contact"]),
        ("نام سرنخ,شرکت,وضعیت سرنخ,منبع", "leads", ["name", "company", "status", "source"]),
        ("کارشناس فروش,مدیر فروش,دفتر", "users", ["name", "manager", "office"]),
    ],
)  # fmt: skip
def test_persian_headers_are_understood(header: str, kind: str, columns: list[str]) -> None:
    headers = header.split(",")
    assert guess_kind(headers) == kind
    assert guess_columns(kind, headers) == columns


def test_the_name_of_the_file_decides_between_two_kinds() -> None:
    assert guess_kind(["Name", "Email", "Company"], "leads-2026.csv") == "leads"
    assert guess_kind(["Name", "Email", "Company"], "contacts.csv") == "contacts"


def test_a_field_may_be_called_by_its_label_in_either_language() -> None:
    assert find_target("deals", "amount") == "amount"
    assert find_target("deals", "Closing date") == "close_on"
    assert find_target("contacts", "موبایل") == "phone:mobile"
    for header in ("Contract End Date", "تاریخ پایان قرارداد", "Renewal date"):
        assert find_target("accounts", header) == "contract_ends_on"
    assert find_target("deals", "shoe size") is None
