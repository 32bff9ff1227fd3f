"""The sample's accounts and contacts, with the days on which to congratulate them."""

from __future__ import annotations

from datetime import date, timedelta

from crm.accounts.anniversaries import calendar_of
from crm.i18n import fold
from crm.i18n.jalali import add_years
from crm.sample.invention import Invention, Owner, Row
from crm.sample.words import Words

ACCOUNTS, CONTACTS = 120, 300
LONG_CUSTOMERS, WITH_BIRTHDAY = 0.45, 0.6
#: Days from today on which each owner has an anniversary, in his own calendar.
ANNIVERSARIES = (0, 1, 3, 5)


def found(made: Invention) -> None:
    """Make the accounts, and at each at least one contact."""
    for number in range(ACCOUNTS):
        owner = made.owners[number] if number < len(made.owners) else made.owner()
        made.rows["account"].append(_account(made, owner, number))
    for number in range(CONTACTS):
        if number < ACCOUNTS:
            account = made.rows["account"][number]
        else:
            account = made.dice.choice(made.rows["account"])
        made.rows["contact"].append(_contact(made, account, number))
    _congratulate(made)


def _account(made: Invention, owner: Owner, number: int) -> Row:
    words = made.tongue()
    name, industry, domain = made.firm(words)
    city = made.dice.choice(words.cities)
    at = made.past(made.day_ago(20, 380))
    years = made.dice.randint(1, 9)
    since = made.today - timedelta(days=365 * years + made.dice.randint(10, 350))
    row = made.own(
        owner,
        at,
        name=name,
        name_folded=fold(name),
        industry=industry,
        phones=[{"value": f"{city.office}{number:03}", "label": words.labels[1]}],
        emails=[{"value": f"info@{domain}", "label": words.labels[1]}],
        website=f"https://{domain}",
        city=city.name,
        country=city.country,
        address=made.dice.choice(words.streets).format(_number(made, words)),
        source=made.dice.choice(words.sources),
        language=words.language,
        employees=made.dice.choice((8, 15, 25, 40, 60, 120, 240, 600)),
        founded=made.today.year - made.dice.randint(6, 45) if words.language == "en" else None,
        needs=made.maybe(0.5, words.needs),
        interests=made.maybe(0.4, words.interests),
        description=made.maybe(0.4, words.about),
        customer_since=since if made.dice.random() < LONG_CUSTOMERS else None,
        contract_ends_on=_contract(made, number),
    )
    made.enter("account.created", at, owner.id, account_id=row["id"])
    return row


def _contract(made: Invention, number: int) -> date | None:
    """Every ninth has a contract; the first ends in a month, so that its notice is seen."""
    return made.today + timedelta(days=30 + 11 * number) if number % 9 == 0 else None


def _number(made: Invention, words: Words) -> str:
    from crm.i18n import to_persian_digits

    number = str(made.dice.randint(2, 120))
    return to_persian_digits(number) if words.language == "fa" else number


def _contact(made: Invention, account: Row, number: int) -> Row:
    words = made.words if account["language"] == made.words.language else made.other
    name, address = made.person(words)
    city = next(city for city in words.cities if city.name == account["city"])
    owner = Owner(account["owner_id"], account["team_id"])
    at = max(account["created_at"], made.past(made.day_ago(6, 380))) + timedelta(minutes=4)
    domain = account["emails"][0]["value"].partition("@")[2]
    row = made.own(
        owner,
        at,
        name=name,
        name_folded=fold(name),
        account_id=account["id"],
        phones=[{"value": f"{city.mobile}{200 + number}", "label": words.labels[0]}],
        emails=[{"value": f"{address}@{domain}", "label": words.labels[1]}],
        job_title=made.dice.choice(words.jobs),
        city=account["city"],
        country=account["country"],
        source=account["source"],
        language=words.language,
        interests=made.maybe(0.35, words.interests),
        needs=made.maybe(0.3, words.needs),
        description=made.maybe(0.2, words.about),
        birthday=_birthday(made),
    )
    made.enter("contact.created", at, owner.id, contact_id=row["id"], account_id=account["id"])
    return row


def _birthday(made: Invention) -> date | None:
    if made.dice.random() > WITH_BIRTHDAY:
        return None
    return made.today - timedelta(days=made.dice.randint(24 * 365, 62 * 365))


def _congratulate(made: Invention) -> None:
    """Give every owner someone to congratulate today, tomorrow and this week."""
    for number, owner in enumerate(made.owners):
        accounts = [row for row in made.rows["account"] if row["owner_id"] == owner.id]
        contacts = [row for row in made.rows["contact"] if row["owner_id"] == owner.id]
        for turn, ahead in enumerate(ANNIVERSARIES):
            day = made.today + timedelta(days=ahead)
            rows, column = ((accounts, "customer_since"), (contacts, "birthday"))[
                (turn + number) % 2
            ]
            years = made.dice.choice((2, 3, 5)) if rows is accounts else made.dice.randint(28, 55)
            if turn < len(rows):
                calendar = calendar_of(rows[turn]["language"], made.calendar)
                rows[turn][column] = add_years(day, -years, calendar)
