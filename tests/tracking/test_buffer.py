"""Touches wait in memory for a second; what is dropped says least, what waits is written."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest

from crm import clock, errors
from crm.tracking import buffer as module
from crm.tracking.beacons import Seen
from crm.tracking.buffer import BATCH, MOST_WAITING, Buffer
from tests.tracking.conftest import VISITOR


def touches(signal: str, count: int) -> list[Seen]:
    return [Seen(VISITOR, signal, clock.now(), str(number)) for number in range(count)]


def test_a_batch_is_a_short_transaction() -> None:
    batches: list[Sequence[Seen]] = []
    buffer = Buffer(batches.append, by_itself=False)
    buffer.add(touches("page", BATCH + 20) + touches("download", BATCH - 10))
    buffer.flush()
    assert [len(batch) for batch in batches] == [BATCH, BATCH, 10]
    assert len(buffer) == 0


def test_where_it_is_full_page_views_go_first() -> None:
    kept: list[Seen] = []
    buffer = Buffer(kept.extend, by_itself=False)
    buffer.add(touches("page", MOST_WAITING + 10))
    assert len(buffer) == MOST_WAITING
    buffer.add(touches("key_page", 5))
    assert len(buffer) == MOST_WAITING
    buffer.flush()
    assert sum(one.signal == "key_page" for one in kept) == 5
    buffer.add(touches("download", MOST_WAITING + 10))
    assert len(buffer) == MOST_WAITING


def test_what_a_busy_database_refuses_is_written_later() -> None:
    answers, kept = [errors.Busy("busy")], list[Seen]()

    def write(batch: Sequence[Seen]) -> None:
        if answers:
            raise answers.pop()
        kept.extend(batch)

    buffer = Buffer(write, by_itself=False)
    buffer.add(touches("page", 3))
    buffer.flush()
    assert (len(buffer), kept) == (3, [])
    buffer.flush()
    assert len(kept) == 3


def test_what_can_never_be_written_does_not_stop_the_rest() -> None:
    def write(_batch: Sequence[Seen]) -> None:
        raise ValueError

    buffer = Buffer(write, by_itself=False)
    buffer.add(touches("page", 3))
    buffer.flush()
    assert len(buffer) == 0


def test_the_thread_begins_with_the_first_touch_and_ends_with_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.001)
    wrote, kept = threading.Event(), list[Seen]()

    def write(batch: Sequence[Seen]) -> None:
        kept.extend(batch)
        wrote.set()

    buffer = Buffer(write)
    assert buffer._thread is None
    buffer.add(touches("page", 1))
    assert wrote.wait(10)
    assert buffer._thread is not None
    monkeypatch.setattr(module, "EVERY_SECONDS", 60)
    buffer.add(touches("page", 1))
    buffer.stop()
    assert len(kept) == 2
    assert not buffer._thread.is_alive()


def test_between_two_batches_there_is_room_for_a_capture_but_not_when_the_server_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.001)
    monkeypatch.setattr(module, "PAUSE_SECONDS", 600)
    stopping, seen = threading.Event(), list[bool]()
    buffer = Buffer(lambda _batch: seen.append(stopping.is_set()))
    buffer.add(touches("page", 3 * BATCH))
    end = time.monotonic() + 10
    while len(buffer) == 3 * BATCH and time.monotonic() < end:
        threading.Event().wait(0.001)
    stopping.set()
    buffer.stop()
    assert seen == [True] * 3
