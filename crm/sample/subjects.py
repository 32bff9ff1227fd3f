"""What an activity of the sample is about: a deal, a lead or a contact."""

from __future__ import annotations

from crm.sample.invention import Invention, Owner, Row
from crm.sample.words import Words


def words_for(made: Invention, about: Row) -> Words:
    """Return the words of the record's language."""
    return (
        made.words
        if about.get("language", made.words.language) == made.words.language
        else (made.other)
    )


def links_of(made: Invention, about: Row) -> Row:
    """Return the columns by which an activity says what it is about."""
    ids: Row = dict.fromkeys(("deal_id", "lead_id", "contact_id", "account_id"))
    if "stage_id" in about:
        ids |= {"deal_id": about["id"], "contact_id": about["contact_id"]}
        ids["account_id"] = about["account_id"]
    elif "company" in about:
        ids["lead_id"] = about["id"]
    else:
        ids |= {"contact_id": about["id"], "account_id": about["account_id"]}
    return ids


def owner_of(made: Invention, about: Row) -> Owner:
    """Return who has the record; the first owner stands in for nobody."""
    if about["owner_id"] is None:
        return made.owners[0]
    return Owner(about["owner_id"], about["team_id"])
