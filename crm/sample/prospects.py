"""The sample's leads: hot, warm and cold, some converted, some given up."""

from __future__ import annotations

from datetime import timedelta

from crm.i18n import fold
from crm.leads.commands import DISQUALIFIED_REASONS
from crm.leads.models import Heat, LeadStatus
from crm.sample.invention import Invention, Owner, Row

LEADS, UNOWNED = 150, 6
#: How many of each kind; the rest is in work.
STATUSES = (
    [LeadStatus.NEW] * 52
    + [LeadStatus.LATER] * 18
    + [LeadStatus.DISQUALIFIED] * 20
    + [LeadStatus.CONVERTED] * 14
)
#: Neither divides by the number of owners, so that each has some of both.
HOT_EVERY, COLD_EVERY = 7, 4
YOUNGEST_HOURS = 20


def attract(made: Invention, currency: str) -> None:
    """Make the leads. Call it after the deals: a converted lead became one of them."""
    won = [deal for deal in made.rows["deal"] if deal["contact_id"]]
    for number in range(LEADS):
        status = STATUSES[number] if number < len(STATUSES) else LeadStatus.WORKING
        if status is LeadStatus.CONVERTED:
            lead = _converted(made, made.dice.choice(won))
        else:
            lead = _lead(made, number, status, currency)
        made.rows["lead"].append(lead)


def _lead(made: Invention, number: int, status: LeadStatus, currency: str) -> Row:
    words = made.tongue()
    name, address = made.person(words)
    company, _industry, domain = made.firm(words)
    city = made.dice.choice(words.cities)
    hot = number % HOT_EVERY == 0 and status is not LeadStatus.DISQUALIFIED
    cold = number % COLD_EVERY == 1
    owner = None if number < UNOWNED else made.owners[number % len(made.owners)]
    row = made.own(
        owner,
        made.past(made.day_ago(2, 120)),
        name=name,
        name_folded=fold(name),
        company=company,
        job_title=made.dice.choice(words.jobs),
        status=str(status),
        phones=[{"value": f"{city.mobile}{600 + number}", "label": words.labels[0]}],
        emails=[{"value": f"{address}@{domain}", "label": words.labels[1]}],
        city=city.name,
        country=city.country,
        source=made.dice.choice(words.sources),
        needs=made.dice.choice(words.needs),
        interests=made.maybe(0.3, words.interests),
        language=words.language,
        description=made.maybe(0.2, words.about),
        amount=made.price(made.dice.randint(4, 60) * 1000, currency),
        currency=currency,
    )
    if hot and status is LeadStatus.NEW:
        row["created_at"] = row["updated_at"] = made.now - timedelta(
            minutes=made.dice.randint(12, YOUNGEST_HOURS * 60)
        )
    _entries(made, row, owner or made.owners[0], status)
    _signs(made, row, Heat.HOT if hot else Heat.COLD if cold else Heat.WARM)
    return row


def _signs(made: Invention, lead: Row, heat: Heat) -> None:
    """Give a lead what makes it as warm as it is: of the last days, for it would have cooled."""
    signs: list[tuple[str, str, int]] = [("page", "/", made.dice.randint(24, 400))]
    if heat is Heat.WARM:
        signs += [("hand", "", made.dice.randint(2, 40)), ("campaign", "spring", 90)]
    if heat is Heat.HOT:
        made.hot.add(lead["id"])
        signs += [("form", "", 1), ("quote", "", 3), ("campaign", "spring", 30)]
        looks = made.dice.randint(1, 3)
        signs += [("key_page", "/pricing", hours) for hours in (2, 5, 26)[:looks]]
    for signal, detail, hours in signs:
        at = max(made.now - timedelta(hours=hours), lead["created_at"])
        made.rows["touch"].append(
            {
                "id": made.new_id(at),
                "lead_id": lead["id"],
                "signal": signal,
                "at": at,
                "detail": detail,
            }
        )


def _entries(made: Invention, row: Row, owner: Owner, status: LeadStatus) -> None:
    at = row["created_at"]
    made.enter("lead.captured", at, owner.id, {"source": row["source"]}, lead_id=row["id"])
    if status is LeadStatus.DISQUALIFIED:
        given_up = min(at + timedelta(days=made.dice.randint(1, 14)), made.now)
        row["disqualified_reason"] = made.dice.choice(list(DISQUALIFIED_REASONS))
        row["updated_at"], row["version"] = given_up, 2
        made.enter(
            "lead.disqualified",
            given_up,
            owner.id,
            {"reason": row["disqualified_reason"]},
            lead_id=row["id"],
        )


def _converted(made: Invention, deal: Row) -> Row:
    """Return the lead that this deal, its contact and its account began as."""
    contact = next(row for row in made.rows["contact"] if row["id"] == deal["contact_id"])
    account = next(row for row in made.rows["account"] if row["id"] == deal["account_id"])
    owner = Owner(deal["owner_id"], deal["team_id"])
    then = deal["created_at"]
    row = made.own(
        owner,
        then - timedelta(days=made.dice.randint(2, 20)),
        name=contact["name"],
        name_folded=contact["name_folded"],
        company=account["name"],
        job_title=contact["job_title"],
        status=str(LeadStatus.CONVERTED),
        phones=contact["phones"],
        emails=contact["emails"],
        city=contact["city"],
        source=contact["source"],
        needs=contact["needs"],
        language=contact["language"],
        converted_at=then,
        account_id=account["id"],
        contact_id=contact["id"],
        deal_id=deal["id"],
    )
    row |= {"updated_at": then, "version": 2}
    made.enter(
        "lead.captured", row["created_at"], owner.id, {"source": row["source"]}, lead_id=row["id"]
    )
    made.enter(
        "lead.converted",
        then,
        owner.id,
        lead_id=row["id"],
        account_id=account["id"],
        contact_id=contact["id"],
        deal_id=deal["id"],
    )
    return row
