"""Pipelines and their stages, as an admin shapes them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from crm import errors
from crm.database import db
from crm.deals import pipelines
from crm.deals.commands import move_deal, stage_seen, undo_move
from crm.deals.models import Deal, Stage
from crm.deals.stage_removal import remove_stage
from crm.deals.stages import default_pipeline, stages_of
from crm.i18n import Locale, use_locale
from crm.timeline.models import TimelineEntry
from crm.users.viewer import Viewer
from tests.factories import a_deal, stage


def order() -> list[str]:
    return [s.key or s.name for s in stages_of(default_pipeline().id)]


def test_a_stage_is_added_after_the_open_ones(app: Flask, admin: Viewer) -> None:
    pipelines.add_stage(admin, default_pipeline().id, {"name": "Trial", "probability": "80"})
    assert order() == ["lead", "qualified", "proposal", "Trial", "won", "lost"]


def test_stages_are_ordered_one_place_at_a_time(app: Flask, admin: Viewer) -> None:
    pipelines.shift_stage(admin, stage("proposal").id, {"direction": "up"})
    assert order() == ["lead", "proposal", "qualified", "won", "lost"]
    pipelines.shift_stage(admin, stage("lead").id, {"direction": "up"})
    pipelines.shift_stage(admin, stage("qualified").id, {"direction": "down"})
    assert order() == ["lead", "proposal", "qualified", "won", "lost"]
    with pytest.raises(errors.Conflict):
        pipelines.shift_stage(admin, stage("won").id, {"direction": "up"})


def test_a_renamed_stage_has_one_name_and_an_empty_name_brings_the_translated_one_back(
    app: Flask, admin: Viewer
) -> None:
    lead = stage("lead")
    pipelines.update_stage(admin, lead.id, {"name": "Start", "probability": "15"})
    with use_locale(Locale("fa")):
        assert stage("lead").label == "Start"
    pipelines.update_stage(admin, lead.id, {"name": "", "probability": "15"})
    assert stage("lead").label == "Lead"
    assert stage("lead").probability == 15


def test_won_and_lost_keep_their_chance_and_their_place(app: Flask, admin: Viewer) -> None:
    pipelines.update_stage(admin, stage("won").id, {"name": "Signed", "probability": "5"})
    assert (stage("won").name, stage("won").probability) == ("Signed", 100)
    for key in ("won", "lost"):
        with pytest.raises(errors.Conflict):
            remove_stage(admin, stage(key).id, {})


def test_deals_of_a_removed_stage_move_each_with_its_entry(
    app: Flask, admin: Viewer, sara: Viewer, nika: Viewer
) -> None:
    deals = [a_deal(sara, stage_key="qualified").id, a_deal(nika, stage_key="qualified").id]
    other = a_deal(sara, stage_key="proposal").id
    removed, target = stage("qualified"), stage("proposal")
    with pytest.raises(errors.ValidationError) as refused:
        remove_stage(admin, removed.id, {})
    assert "to_stage_id" in refused.value.fields
    assert remove_stage(admin, removed.id, {"to_stage_id": target.id}) == 2
    assert order() == ["lead", "proposal", "won", "lost"]
    for deal_id in deals:
        deal = db.session.get_one(Deal, deal_id)
        assert (deal.stage_id, deal.version) == (target.id, 2)
        entry = db.session.scalars(
            select(TimelineEntry).where(TimelineEntry.deal_id == deal_id)
        ).one()
        assert (entry.kind, entry.data["from_stage_id"]) == ("deal.stage_changed", removed.id)
        assert entry.data["to_stage_id"] == target.id
        assert entry.data["entered_at"] == deal.stage_entered_at.isoformat()
    assert db.session.get_one(Deal, other).version == 1


def test_who_saw_the_deal_in_the_removed_stage_is_told_that_it_moved(
    app: Flask, admin: Viewer, sara: Viewer
) -> None:
    deal, seen = a_deal(sara, stage_key="qualified"), stage("qualified").id
    remove_stage(admin, seen, {"to_stage_id": stage("lead").id})
    assert stage_seen(db.session.get_one(Deal, deal.id), 1) == seen
    with pytest.raises(errors.Conflict):
        move_deal(sara, deal.id, {"stage_id": default_won(), "version": 1})
    assert move_deal(sara, deal.id, {"stage_id": default_won(), "version": 2})


def test_a_move_into_a_removed_stage_cannot_be_undone_but_says_so(
    app: Flask, admin: Viewer, sara: Viewer
) -> None:
    deal = a_deal(sara, stage_key="qualified")
    entry = move_deal(sara, deal.id, {"stage_id": stage("proposal").id})
    assert entry is not None
    remove_stage(admin, stage("qualified").id, {})
    with pytest.raises(errors.Conflict):
        undo_move(sara, deal.id, entry)


def test_an_empty_stage_is_removed_without_a_question_but_the_last_stays(
    app: Flask, admin: Viewer
) -> None:
    for key in ("qualified", "proposal"):
        assert remove_stage(admin, stage(key).id, {}) == 0
    with pytest.raises(errors.Conflict):
        remove_stage(admin, stage("lead").id, {})


def test_deals_do_not_move_to_another_pipeline_or_to_won(
    app: Flask, admin: Viewer, sara: Viewer
) -> None:
    a_deal(sara, stage_key="qualified")
    other = pipelines.add_pipeline(admin, {"name": "Partners"})
    foreign = db.session.scalars(
        select(Stage).where(Stage.pipeline_id == other, Stage.kind == "open")
    ).one()
    for target in (foreign.id, default_won()):
        with pytest.raises(errors.ValidationError):
            remove_stage(admin, first_qualified(), {"to_stage_id": target})


def default_won() -> str:
    return next(s.id for s in stages_of(default_pipeline().id) if s.kind == "won")


def first_qualified() -> str:
    return next(s.id for s in stages_of(default_pipeline().id) if s.key == "qualified")


def test_a_pipeline_is_put_away_when_no_deal_is_open_in_it(
    app: Flask, admin: Viewer, sara: Viewer
) -> None:
    first = default_pipeline().id
    with pytest.raises(errors.Conflict):
        pipelines.archive_pipeline(admin, first)
    second = pipelines.add_pipeline(admin, {"name": "Partners"})
    assert {s.kind for s in stages_of(second)} == {"open", "won", "lost"}
    deal = a_deal(sara)
    with pytest.raises(errors.Conflict):
        pipelines.archive_pipeline(admin, first)
    move_deal(sara, deal.id, {"stage_id": default_won()})
    pipelines.archive_pipeline(admin, first)
    assert default_pipeline().id == second


def test_only_an_admin_shapes_pipelines(app: Flask, leila: Viewer) -> None:
    calls = [
        lambda: pipelines.add_pipeline(leila, {"name": "x"}),
        lambda: pipelines.rename_pipeline(leila, default_pipeline().id, {"name": "x"}),
        lambda: pipelines.archive_pipeline(leila, default_pipeline().id),
        lambda: pipelines.add_stage(leila, default_pipeline().id, {"name": "x"}),
        lambda: pipelines.update_stage(leila, stage("lead").id, {"probability": "1"}),
        lambda: pipelines.shift_stage(leila, stage("lead").id, {"direction": "up"}),
        lambda: remove_stage(leila, stage("lead").id, {}),
    ]
    for call in calls:
        with pytest.raises(errors.NotFound):
            call()
