"""What is said of a customer's day: to his salesperson, and as a text to write to him by hand."""

from __future__ import annotations

from datetime import date, timedelta

from crm.accounts.anniversaries import CustomersDay, DayKind, calendar_of
from crm.i18n import N_, _, current_locale, formatting, ngettext, use_locale
from crm.i18n.locale import LANGUAGES, Locale
from crm.i18n.ordinals import ordinal

#: Several of each, so that two customers who know each other do not get the same words.
_TEXTS = {
    (DayKind.CUSTOMER_SINCE, "contact"): (
        N_(
            "Dear %(name)s, today it is %(years)s since we began to work together. Thank you for "
            "your trust: it means a great deal to us. With warm regards,\n%(who)s"
        ),
        N_(
            "Hello %(name)s, today you have been with us for %(years)s. I wanted to thank you "
            "myself: working with you is a pleasure. Yours,\n%(who)s"
        ),
        N_(
            "Dear %(name)s, %(years)s ago today you chose us. Thank you for every question and "
            "every honest word; I look forward to what comes.\n%(who)s"
        ),
    ),
    (DayKind.CUSTOMER_SINCE, "account"): (
        N_(
            "Dear friends at %(name)s, today it is %(years)s since we began to work together. "
            "Thank you for your trust; we are proud to be at your side. With warm regards,\n%(who)s"
        ),
        N_(
            "Dear colleagues at %(name)s, today you have been with us for %(years)s. Thank you to "
            "each of you, from me and from our whole team.\n%(who)s"
        ),
        N_(
            "Dear friends at %(name)s, %(years)s ago today you chose us. We have learned much "
            "from you since, and we want to deserve the years ahead.\n%(who)s"
        ),
    ),
    (DayKind.BIRTHDAY, "contact"): (
        N_(
            "Dear %(name)s, happy birthday! I wish you health, joy and a good year ahead. "
            "With warm regards,\n%(who)s"
        ),
        N_(
            "Hello %(name)s, today is your day: many happy returns, and may this year bring you "
            "only good news.\n%(who)s"
        ),
        N_(
            "Dear %(name)s, all the best on your birthday! I hope you spend it with those you "
            "love.\n%(who)s"
        ),
    ),
    (DayKind.CONTRACT_ENDS, "account"): (
        N_(
            "Dear friends at %(name)s, our contract runs until %(day)s. I would like to hear how "
            "it went for you and what you need next: when may I call?\n%(who)s"
        ),
        N_(
            "Hello, the contract of %(name)s with us ends on %(day)s. Thank you for this time "
            "together; may I come by so that we plan the next one?\n%(who)s"
        ),
    ),
}


def said_of(one: CustomersDay, today: date, name: str | None = None) -> str:
    """Return the sentence by which its salesperson is told, in the reader's words."""
    name = one.name if name is None else name
    when = _when(one.day, today)
    if one.kind == DayKind.BIRTHDAY:
        return _("%(when)s is %(name)s’s birthday: send a personal message.", when=when, name=name)
    if one.kind == DayKind.CUSTOMER_SINCE:
        return _(
            "%(when)s is the %(nth)s anniversary of customer %(name)s with us: "
            "send a handwritten personal message.",
            when=when,
            nth=ordinal(one.years),
            name=name,
        )
    if one.since == today:
        return _("The contract of customer %(name)s ends today: call and talk it over.", name=name)
    return _(
        "The contract of customer %(name)s ends on %(day)s: call and talk it over.",
        name=name,
        day=formatting.date(one.since, today=today),
    )


def _when(day: date, today: date) -> str:
    if day == today:
        return _("Today")
    if day == today + timedelta(days=1):
        return _("Tomorrow")
    return formatting.date(day, today=today)


def language_of(one: CustomersDay) -> str:
    """Return in which of our languages a customer is written to: his own, else the reader's;
    who speaks neither of them is written to in English."""
    language = one.language or current_locale().language
    return language if language in LANGUAGES else "en"


def suggested_text(one: CustomersDay, who: str) -> str:
    """Return words to write by hand, in the customer's language, signed by `who`."""
    texts = _TEXTS[one.kind, one.record]
    # By the end of its id, which is random: the same customer keeps his text all day.
    text = texts[int(one.record_id[-4:], 16) % len(texts)]
    reader = current_locale()
    calendar = calendar_of(one.language, reader.calendar)
    with use_locale(Locale(language_of(one), calendar, reader.timezone, region=reader.region)):
        values = {
            "name": one.name,
            "years": ngettext("%(num)s year", "%(num)s years", one.years),
            "day": formatting.date(one.since, today=one.day),
            "who": who,
        }
        return _(text) % {key: value for key, value in values.items() if f"%({key})s" in text}
