"""Looking after tags: renamed, merged and deleted ones, on records and in search."""

from __future__ import annotations

import pytest
from flask import Flask

from crm import errors
from crm.accounts.commands import create_contact
from crm.search.queries import search
from crm.tags.commands import delete_tag, merge_tags, rename_tag
from crm.tags.queries import counted_tags, find_tag, tags_of
from crm.users.viewer import Viewer


def tag_id(name: str) -> str:
    tag = find_tag(name)
    assert tag is not None
    return tag.id


def found(viewer: Viewer, text: str) -> list[str]:
    return [hit.title for hit in search(viewer, text)]


def test_a_renamed_tag_is_found_by_its_new_name_only(
    app: Flask, sara: Viewer, leila: Viewer
) -> None:
    contact_id = create_contact(sara, {"name": "Person", "tags": "expo, expo north"})
    rename_tag(leila, tag_id("expo"), {"name": "نمایشگاه"})
    assert tags_of(contact_id) == ["expo north", "نمایشگاه"]
    assert found(sara, "#نمایشگاه") == ["Person"]
    assert found(sara, "#expo north") == ["Person"]
    rename_tag(leila, tag_id("expo north"), {"name": "North"})
    assert found(sara, "#expo") == []


def test_a_tag_cannot_take_anothers_name(app: Flask, sara: Viewer, leila: Viewer) -> None:
    create_contact(sara, {"name": "Person", "tags": "vip, key"})
    with pytest.raises(errors.ValidationError, match="Merge"):
        rename_tag(leila, tag_id("key"), {"name": "VIP"})
    rename_tag(leila, tag_id("vip"), {"name": "VIP"})
    assert [tag.name for tag in counted_tags()] == ["key", "VIP"]


def test_merging_puts_one_tag_on_the_records_of_both(
    app: Flask, sara: Viewer, leila: Viewer
) -> None:
    both = create_contact(sara, {"name": "Both", "tags": "big, large"})
    one = create_contact(sara, {"name": "One", "tags": "large"})
    merge_tags(leila, tag_id("large"), {"into_id": tag_id("big")})
    assert tags_of(both) == tags_of(one) == ["big"]
    assert found(sara, "#large") == []
    assert set(found(sara, "#big")) == {"Both", "One"}
    with pytest.raises(errors.ValidationError):
        merge_tags(leila, tag_id("big"), {"into_id": tag_id("big")})


def test_a_deleted_tag_leaves_its_records(app: Flask, sara: Viewer, leila: Viewer) -> None:
    contact_id = create_contact(sara, {"name": "Person", "tags": "old, new"})
    delete_tag(leila, tag_id("old"))
    assert tags_of(contact_id) == ["new"]
    assert found(sara, "#old") == []
    assert found(sara, "person") == ["Person"]


def test_reps_use_tags_but_do_not_look_after_them(app: Flask, sara: Viewer) -> None:
    create_contact(sara, {"name": "Person", "tags": "vip"})
    for run in (
        lambda: rename_tag(sara, tag_id("vip"), {"name": "x"}),
        lambda: delete_tag(sara, tag_id("vip")),
        lambda: merge_tags(sara, tag_id("vip"), {"into_id": tag_id("vip")}),
    ):
        with pytest.raises(errors.NotFound):
            run()
