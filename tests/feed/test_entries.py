"""The feed on a record's page shows no more than its reader may see."""

from __future__ import annotations

import pytest

from crm import clock
from crm.activities.commands import log_activity
from crm.database import db, new_id
from crm.feed.queries import entries_of
from crm.timeline.record import record
from tests import factories


@pytest.mark.mission(17)
def test_an_entry_stands_on_every_record_it_is_about(app, sara) -> None:
    account = factories.an_account(sara)
    contact = factories.a_contact(sara, account=account)
    deal = factories.a_deal(sara, account_id=account.id, contact_id=contact.id)
    log_activity(sara, {"kind": "meeting", "deal": {"id": deal.id}, "note": "fine"})
    for name, value in (
        ("deal_id", deal.id),
        ("contact_id", contact.id),
        ("account_id", account.id),
    ):
        assert [row.kind for row in entries_of(sara, **{name: value})] == ["activity.logged"], name


def test_another_teams_deal_does_not_speak_on_a_shared_account(app, sara, nika, admin) -> None:
    account = factories.an_account(None, "Everybody's")
    mine = factories.a_deal(sara, account_id=account.id)
    log_activity(sara, {"kind": "note", "deal": {"id": mine.id}, "note": "our price"})
    assert entries_of(nika, account_id=account.id) == []
    assert len(entries_of(sara, account_id=account.id)) == 1
    assert len(entries_of(admin, account_id=account.id)) == 1


def test_another_teams_contact_does_not_speak_on_a_shared_account(app, sara, nika) -> None:
    account = factories.an_account(None, "Everybody's")
    contact = factories.a_contact(sara, account=account)
    log_activity(sara, {"kind": "note", "contact_id": contact.id, "note": "secret"})
    assert entries_of(nika, account_id=account.id) == []


def test_pages_follow_each_other_without_gap_or_repeat(app, sara) -> None:
    deal = factories.a_deal(sara)
    at = clock.now()
    for _n in range(45):
        record("deal.changed", sara.id, at=at, deal_id=deal.id)
    db.session.commit()
    seen: list[str] = []
    before = None
    while rows := entries_of(sara, deal_id=deal.id, before=before, limit=20):
        seen += [row.id for row in rows]
        before = (rows[-1].at, rows[-1].id)
    assert len(seen) == len(set(seen)) == 45


def test_only_records_have_a_feed(app, sara) -> None:
    with pytest.raises(ValueError, match="actor_id"):
        entries_of(sara, actor_id=new_id())
