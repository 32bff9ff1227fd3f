"""A calendar file is read as its owner means it: zones, series, whole days, what is left out."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.calendars import reading
from crm.calendars.events import NotACalendar
from crm.calendars.reading import Meeting, Span, TooBig, read_calendar
from tests.calendars.files import event, file, guest

TEHRAN = ZoneInfo("Asia/Tehran")
NOW = datetime(2026, 11, 24, 7, 15, tzinfo=UTC)
SPAN = Span(NOW - timedelta(days=1), NOW + timedelta(days=30))


def read(*events: str, before: str = "", mine: tuple[str, ...] = ()) -> list[Meeting]:
    contents = read_calendar([file(*events, before=before)], SPAN, TEHRAN, mine)
    return sorted(contents.meetings.values(), key=lambda one: (one.starts, one.uid))


def starts(*events: str, before: str = "") -> list[str]:
    return [f"{one.starts:%m-%d %H:%M}" for one in read(*events, before=before)]


def test_a_time_is_in_the_zone_it_says() -> None:
    assert starts(event("a", "20261126T100000Z")) == ["11-26 10:00"]
    assert starts(event("a", ";TZID=Asia/Tehran:20261126T100000")) == ["11-26 06:30"]
    assert starts(event("a", ';TZID="Europe/Berlin":20261126T100000')) == ["11-26 09:00"]


def test_a_time_without_a_zone_is_the_owners() -> None:
    assert starts(event("a", "20261126T100000")) == ["11-26 06:30"]


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("Iran Standard Time", "06:30"),
        ("W. Europe Standard Time", "09:00"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "09:00"),
        ("/mozilla.org/20050126_1/America/Argentina/Buenos_Aires", "13:00"),
        ("Nobody knows it", "06:30"),
    ],
)
def test_zones_are_known_by_the_names_that_programs_give_them(name: str, at: str) -> None:
    assert starts(event("a", f";TZID={name}:20261126T100000")) == [f"11-26 {at}"]


def test_a_zone_of_the_files_own_is_the_place_or_the_offset_it_names() -> None:
    def zone(*lines: str) -> str:
        return "\r\n".join(
            [
                *("BEGIN:VTIMEZONE", "TZID:Office", *lines, "BEGIN:STANDARD"),
                *("TZOFFSETTO:+0400", "END:STANDARD", "END:VTIMEZONE"),
            ]
        )

    one = event("a", ";TZID=Office:20261126T100000")
    assert starts(one, before=zone()) == ["11-26 06:00"]
    assert starts(one, before=zone("X-LIC-LOCATION:Europe/Berlin")) == ["11-26 09:00"]


def test_iran_has_no_summer_time_whatever_an_old_file_says() -> None:
    old = "\r\n".join(
        [
            *("BEGIN:VTIMEZONE", "TZID:Iran Standard Time", "BEGIN:DAYLIGHT"),
            *("TZOFFSETTO:+0430", "RRULE:FREQ=YEARLY;BYMONTH=3", "END:DAYLIGHT", "END:VTIMEZONE"),
        ]
    )
    span = Span(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
    text = file(event("a", ";TZID=Iran Standard Time:20260610T100000"), before=old)
    (one,) = read_calendar([text], span, UTC).meetings.values()
    assert f"{one.starts:%H:%M}" == "06:30"


def test_a_series_stays_on_its_hour_when_the_clocks_change() -> None:
    span = Span(datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC))
    weekly = event("a", ";TZID=Europe/Berlin:20260106T090000", rrule="FREQ=DAILY")
    found = read_calendar([file(weekly)], span, UTC).meetings.values()
    hours = {one.starts.day: one.starts.hour for one in found}
    assert (hours[24], hours[25], hours[26]) == (7, 8, 8)


def test_a_whole_day_is_a_day_of_the_owners() -> None:
    (one,) = read(event("a", ";VALUE=DATE:20261126"))
    assert (one.starts.astimezone(TEHRAN).date().day, one.has_time, one.ends) == (26, False, None)


def test_an_end_is_said_or_reckoned_or_an_hour_later() -> None:
    def minutes(**said: str) -> float:
        (one,) = read(event("a", "20261126T100000Z", **said))
        assert one.ends
        return (one.ends - one.starts).total_seconds() / 60

    assert minutes(dtend="20261126T103000Z") == 30
    assert minutes(duration="PT1H30M") == 90
    assert minutes() == 60
    assert minutes(dtend="20261126T090000Z") == 60
    assert minutes(duration="P9000W") == 60


def test_days_taken_out_of_a_series_are_out() -> None:
    series = event(
        "a",
        ";TZID=Asia/Tehran:20261101T100000",
        "EXDATE;TZID=Asia/Tehran:20261125T100000,20261126T100000",
        "EXDATE;VALUE=DATE:20261127",
        "RDATE;TZID=Asia/Tehran:20261130T160000",
        rrule="FREQ=DAILY;UNTIL=20261129T235959Z",
    )
    assert starts(series) == ["11-24 06:30", "11-28 06:30", "11-29 06:30", "11-30 12:30"]


def test_one_day_of_a_series_differs_and_another_is_cancelled() -> None:
    series = event("a", "20261101T100000Z", rrule="FREQ=WEEKLY", summary="Weekly")
    moved = event(
        "a", "20261130T120000Z", **{"recurrence_id": "20261129T100000Z", "summary": "Moved"}
    )
    off = event(
        "a", "20261206T100000Z", **{"recurrence_id": "20261206T100000Z", "status": "CANCELLED"}
    )
    found = read(series, moved, off)
    assert [(f"{m.starts:%m-%d %H}", m.summary) for m in found] == [
        ("11-30 12", "Moved"),
        ("12-13 10", "Weekly"),
        ("12-20 10", "Weekly"),
    ]
    assert found[0].occurrence == "20261129T100000Z"


@pytest.mark.parametrize(
    "said",
    [
        {"status": "CANCELLED"},
        {"class": "PRIVATE"},
        {"class": "CONFIDENTIAL"},
        {"transp": "TRANSPARENT"},
    ],
    ids=str,
)
def test_what_is_off_private_or_takes_no_time_is_left_out(said: dict[str, str]) -> None:
    assert not read(event("a", **said))
    assert read(event("a", status="CONFIRMED", transp="OPAQUE", **{"class": "PUBLIC"}))


def test_what_the_owner_declined_is_left_out_and_what_another_did_is_not() -> None:
    mine = event("a", "20261126T100000Z", guest("sara@example.com", PARTSTAT="DECLINED"))
    other = event("b", "20261126T100000Z", guest("omid@example.com", PARTSTAT="DECLINED"))
    assert [one.uid for one in read(mine, other, mine=("Sara@Example.com",))] == ["b"]


def test_our_own_feed_does_not_come_back() -> None:
    assert not read(event("0193-7000@plan.hamrah"))


def test_an_alarm_says_nothing_of_the_meeting() -> None:
    alarm = ["BEGIN:VALARM", "SUMMARY:Wake up", "ATTENDEE:mailto:alarm@example.com"]
    alarm += ["DESCRIPTION:Now", "END:VALARM"]
    (one,) = read(event("a", "20261126T100000Z", *alarm, summary="Anar"))
    assert (one.summary, one.emails, "Now" in one.text) == ("Anar", (), False)


def test_persian_that_is_folded_within_a_letter_comes_out_whole() -> None:
    (one,) = read(event("a", "20261126T100000Z", "SUMMARY:جلسه با سارا نو\r\n ری\\, دفتر"))
    assert one.summary == "جلسه با سارا نوری, دفتر"


def test_what_cannot_be_read_is_named_and_the_others_are_read() -> None:
    text = file(event("bad", "tomorrow"), event("good"))
    contents = read_calendar([text], SPAN, TEHRAN)
    assert contents.unread == {"bad"}
    assert [uid for uid, _key in contents.meetings] == ["good"]


@pytest.mark.parametrize(
    "text",
    ["", "<html>Sign in</html>", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x"],
    ids=["empty", "page", "half"],
)
def test_what_is_no_calendar_or_half_of_one_is_refused(text: str) -> None:
    with pytest.raises(NotACalendar):
        read_calendar([text], SPAN, TEHRAN)


BOMBS = {
    "every second since 1970": event("a", "19700101T000000Z", rrule="FREQ=SECONDLY"),
    "never": event("a", "19700101T000000Z", rrule="FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
    "never, counted": event(
        "a", "19000101T000000Z", rrule="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=9999999999"
    ),
    "long numbers": event("a", rrule=f"FREQ=DAILY;INTERVAL={'9' * 900}"),
    "many parts": event("a", rrule="FREQ=MONTHLY;BYDAY=" + ",".join(["1MO"] * 100_000)),
    "zones": event("a", ";TZID=" + "x/" * 50_000 + ":20261126T100000"),
    "years": event("a", "00010101T000000", dtend="99991231T235959"),
    "duration": event("a", duration=f"P{'9' * 4000}W"),
    "exdates": event("a", "20261126T100000Z", "EXDATE:" + ",".join(["20261126"] * 200_000)),
    "open blocks": "BEGIN:VTIMEZONE\r\n" * 100_000,
    "open events": "BEGIN:VEVENT\r\n" * 4_000,
    "nested": "BEGIN:VEVENT\r\n" + "BEGIN:VALARM\r\n" * 200_000,
    "one long line": event("a", summary="x" * 4_000_000),
    "folds": event("a", "20261126T100000Z", "SUMMARY:" + "a\r\n " * 500_000),
    "quotes": event("a", ';TZID="' + '";"' * 100_000 + ":20261126T100000"),
    "guests": event("a", "20261126T100000Z", *[guest(f"g{n}@example.com") for n in range(20_000)]),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_hostile_file_ends_soon_and_breaks_nothing(name: str) -> None:
    began = time.monotonic()
    try:
        found = read(BOMBS[name])
    except TooBig:
        found = []
    assert len(found) <= reading.MOST_MEETINGS
    assert time.monotonic() - began < 3 * reading.SECONDS


def test_more_events_than_a_person_has_are_refused() -> None:
    with pytest.raises(TooBig):
        read(*[event(f"e{n}") for n in range(reading.MOST_EVENTS + 1)])


def test_many_series_that_must_be_counted_end_by_the_time_they_may_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "SECONDS", 0.2)
    rule = "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=99999999"
    with pytest.raises(TooBig):
        read(*[event(f"e{n}", "19010101T000000Z", rrule=rule) for n in range(500)])
