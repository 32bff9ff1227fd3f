"""A working day as the pictures of the looks show it: what the stories and screenshots stand on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from crm import clock
from crm.company.models import Company
from crm.database import db, new_id
from crm.deals.models import DealContact
from crm.timeline.record import record
from crm.users.viewer import Viewer
from tests import factories
from tests.people import COMPANY_ID

#: What differs by language: names, firms, notes. The order is that of the fields of `_day`.
WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "company": "Parsa Software",
        "currency": "EUR",
        "unit": 100_000,
        "firms": [
            "Alborz Distribution",
            "Razian Pharma",
            "Orrin Motors",
            "Halden Dairy",
            "Moss & Pine Tea",
            "Brightwater Clinics",
            "Kestrel Logistics",
        ],
        "people": ["Sara Rezaei", "Ali Moradi", "Nina Karim", "Peter Vance", "Ida Holm"],
        "parts": ["Decides", "Uses it", "Pays"],
        "leads": [
            ("Daniel Okafor", "Kestrel Logistics", "Head of purchasing"),
            ("Mei Tanaka", "Blue Harbour", "Operations"),
            ("Tom Reed", "Reed & Sons", "Owner"),
        ],
        "needs": "Asked for a quote for 40 seats, live before year end",
        "source": "Web form",
        "deals": [
            "Warehouse suite, 50 seats",
            "Hospital edition, 120 seats",
            "Quote for 40 seats",
            "Cold chain tracking",
            "Shop tills",
            "Clinic edition",
            "Fleet planning",
        ],
        "promises": [
            "Send the draft contract",
            "Quote for 40 seats",
            "Ask about the delivery date",
        ],
        "notes": ["50 seats, live before year end", "Asked about the hosting"],
    },
    "fa": {
        "company": "نرم‌افزار پارسا",
        "currency": "IRR",
        "unit": 100_000_000,
        "firms": [
            "پخش البرز",
            "داروسازی رازیان",
            "نگین خودرو",
            "لبنیات دشت سبز",
            "چای دمنوش",
            "کلینیک روشنا",
            "فولاد سپهر یزد",
        ],
        "people": ["سارا رضایی", "علی مرادی", "نینا کریمی", "پیمان ونکی", "آیدا هلالی"],
        "parts": ["تصمیم می‌گیرد", "کاربر آن است", "پرداخت می‌کند"],
        "leads": [
            ("مهدی کاظمی", "فولاد سپهر یزد", "مدیر خرید"),
            ("مینا توکلی", "بندر آبی", "عملیات"),
            ("Tom Reed", "Reed & Sons", "Owner"),
        ],
        "needs": "برای ۴۰ کاربر پیش‌فاکتور خواست، تا آخر سال",
        "source": "فرم سایت",
        "deals": [
            "نرم‌افزار انبار، ۵۰ کاربر",
            "نسخهٔ بیمارستانی، ۱۲۰ کاربر",
            "پیش‌فاکتور ۴۰ کاربر",
            "ردیابی زنجیرهٔ سرد",
            "صندوق فروشگاه",
            "نسخهٔ کلینیک",
            "برنامهٔ ناوگان",
        ],
        "promises": ["فرستادن پیش‌نویس قرارداد", "پیش‌فاکتور ۴۰ کاربر", "پرسیدن زمان تحویل"],
        "notes": ["۵۰ کاربر، تا آخر سال راه بیفتد", "دربارهٔ میزبانی پرسید"],
    },
}
#: Thousands of euros; in Persian tens of millions of toman.
AMOUNTS = [48, 115, 32, 18, 9, 115, 64]
STAGES = ["qualified", "proposal", "proposal", "qualified", "lead", "lead", "won"]


@dataclass
class Day:
    """The ids of what stands on that day, by the names the stories use."""

    account: str = ""
    contact: str = ""
    deal: str = ""
    lead: str = ""
    meeting: str = ""
    promise: str = ""
    logged: str = ""
    stage: str = ""
    pipeline: str = ""
    deals: list[str] = field(default_factory=list)
    contacts: list[str] = field(default_factory=list)


def a_working_day(owner: Viewer, language: str = "en") -> Day:
    """Give the person a day of work: a meeting just over, hot leads, promises, deals, history."""
    words = WORDS[language]
    company = db.session.get_one(Company, COMPANY_ID)
    company.name, company.currency = words["company"], words["currency"]
    company.language = language
    company.calendar = "jalali" if language == "fa" else "gregorian"
    db.session.commit()
    proposal = factories.stage("proposal")
    day = Day(stage=proposal.id, pipeline=proposal.pipeline_id)
    accounts = _accounts(owner, words)
    contacts = _contacts(owner, words, accounts)
    day.account, day.contact = accounts[0].id, contacts[0].id
    day.contacts = [contact.id for contact in contacts]
    _leads(owner, words, day)
    _deals(owner, words, day, accounts, contacts)
    _activities(owner, words, day, accounts, contacts)
    return day


def _accounts(owner: Viewer, words: dict[str, Any]) -> list[Any]:
    today = clock.now().date()
    since = {4: today.replace(year=today.year - 3) + timedelta(days=1)}
    return [
        factories.an_account(
            owner,
            name,
            customer_since=since.get(n),
            phones=factories.labelled("+982188776655"),
            city="تهران" if words["currency"] == "IRR" else "Hamburg",
        )
        for n, name in enumerate(words["firms"])
    ]


def _contacts(owner: Viewer, words: dict[str, Any], accounts: list[Any]) -> list[Any]:
    made = []
    for n, name in enumerate(words["people"]):
        phones = factories.labelled(f"+98912345678{n}")
        emails = factories.labelled(f"person{n}@example.com")
        account = accounts[0] if n < 3 else accounts[n]
        made.append(
            factories.a_contact(
                owner,
                name,
                account,
                phones=phones,
                emails=emails,
                job_title=words["parts"][n % 3],
            )
        )
    return made


def _leads(owner: Viewer, words: dict[str, Any], day: Day) -> None:
    heats = ("hot", "warm", "cold")
    for n, (name, company, job) in enumerate(words["leads"]):
        lead = factories.a_lead(
            owner,
            name,
            company=company,
            job_title=job,
            heat=heats[n],
            source=words["source"],
            needs=words["needs"] if n == 0 else None,
            phones=factories.labelled(f"+98935111222{n}"),
            created_at=clock.now() - timedelta(minutes=20, days=n),
        )
        record("lead.captured", owner.id, lead_id=lead.id, at=lead.created_at)
        day.lead = day.lead or lead.id
    db.session.commit()


def _deals(
    owner: Viewer, words: dict[str, Any], day: Day, accounts: list[Any], contacts: list[Any]
) -> None:
    now = clock.now()
    for n, name in enumerate(words["deals"]):
        age = timedelta(days=(21, 12, 4, 6, 2, 12, 9)[n])
        deal = factories.a_deal(
            owner,
            name,
            STAGES[n],
            account_id=accounts[n].id,
            contact_id=contacts[n % 5].id,
            amount=AMOUNTS[n] * words["unit"],
            currency=words["currency"],
            opened_on=(now - age).date(),
            stage_entered_at=now - age / 2,
            created_at=now - age,
            expected_close_on=(now + timedelta(days=22)).date(),
        )
        record("deal.created", owner.id, deal_id=deal.id, account_id=accounts[n].id, at=now - age)
        day.deals.append(deal.id)
    day.deal = day.deals[0]
    for n, part in enumerate(words["parts"]):
        db.session.add(DealContact(deal_id=day.deal, contact_id=contacts[n].id, part=part))
    db.session.commit()


def _activities(
    owner: Viewer, words: dict[str, Any], day: Day, accounts: list[Any], contacts: list[Any]
) -> None:
    now, hour = clock.now(), timedelta(hours=1)
    about = {"account_id": day.account, "contact_id": day.contact, "deal_id": day.deal}
    day.meeting = factories.an_activity(
        owner,
        "meeting",
        due_at=now - timedelta(minutes=50),
        ends_at=now - timedelta(minutes=5),
        account_id=day.account,
        contact_id=day.contact,
    ).id
    for n, (subject, due) in enumerate(
        zip(
            words["promises"],
            (now - timedelta(days=2), now + hour * 1.25, now + hour * 6),
            strict=True,
        )
    ):
        made = factories.an_activity(
            owner,
            ("message", "call", "task")[n],
            subject=subject,
            due_at=due,
            has_time=n == 1,
            account_id=accounts[3 - n].id,
            contact_id=contacts[3 - n].id,
            deal_id=day.deals[3 - n] if n < 2 else None,
        )
        day.promise = day.promise or made.id
    factories.an_activity(owner, "call", due_at=now + timedelta(days=3), **about)
    day.logged = _history(owner, words, about)


def _history(owner: Viewer, words: dict[str, Any], about: dict[str, str]) -> str:
    now, first = clock.now(), ""
    for kind, outcome, note, ago in (
        ("call", "follow_up", words["notes"][1], 8),
        ("meeting", "quote", words["notes"][0], 3),
    ):
        at = now - timedelta(days=ago, hours=1)
        made = factories.an_activity(
            owner, kind, outcome=outcome, note=note, created_at=at, **about
        )
        made.done_at = at
        data = {"kind": kind, "outcome": outcome, "note": note}
        record("activity.logged", owner.id, at=at, activity_id=made.id, data=data, **about)
        first = made.id
    stages = {
        "from_stage_id": factories.stage("lead").id,
        "to_kind": "open",
        "to_stage_id": factories.stage("qualified").id,
    }
    record("deal.stage_changed", owner.id, at=now - timedelta(days=3), data=stages, **about)
    db.session.commit()
    return first


def many_deals(owner: Viewer, count: int, stage_key: str = "lead") -> list[str]:
    """Fill one stage with so many deals that the list loads on."""
    now = clock.now()
    return [
        factories.a_deal(
            owner,
            f"Deal {n}",
            stage_key,
            amount=10**9 + n,
            id=new_id(),
            stage_entered_at=now - timedelta(minutes=n),
        ).id
        for n in range(count)
    ]
