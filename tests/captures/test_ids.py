"""The ids of records."""

from __future__ import annotations

import time
import uuid

from crm.database import is_id, new_id


def test_ids_of_one_process_sort_in_the_order_of_their_birth() -> None:
    ids = [new_id() for _ in range(2_000)]
    assert sorted(ids) == ids
    assert all(is_id(one) for one in ids)


def test_an_id_is_a_version_seven_uuid_of_now() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000
