"""Which language speaks, and where its words come from."""

from __future__ import annotations

import os
from contextvars import copy_context
from pathlib import Path

import pytest

from crm.i18n import Locale, _, current_locale, ngettext, pgettext, use_locale
from crm.i18n.catalogue import read_catalogue

FA = Locale("fa", "jalali", "Asia/Tehran")
PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Save"
msgstr "%s"
"""


def test_until_someone_is_known_english_speaks_in_utc() -> None:
    locale = copy_context().run(current_locale)
    assert (locale.language, locale.calendar, locale.timezone) == ("en", "gregorian", "UTC")


def test_a_locale_is_in_use_only_inside_its_block() -> None:
    before = current_locale()
    with use_locale(FA):
        assert current_locale() is FA
    assert current_locale() is before


@pytest.mark.parametrize(
    ("locale", "direction", "digits", "week_start"),
    [
        (Locale("fa", "jalali"), "rtl", "fa", 5),
        (Locale("fa", "gregorian"), "rtl", "fa", 5),
        (Locale("en", "jalali"), "ltr", "en", 5),
        (Locale("en", "gregorian"), "ltr", "en", 0),
    ],
)
def test_language_and_calendar_decide_direction_digits_and_week(
    locale: Locale, direction: str, digits: str, week_start: int
) -> None:
    assert (locale.direction, locale.digits, locale.week_start) == (direction, digits, week_start)


@pytest.mark.parametrize(
    "wrong", [{"language": "../fa"}, {"calendar": "lunar"}, {"money_unit": "euro"}]
)
def test_an_unknown_way_of_reading_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="unknown"):
        Locale(**wrong)


def test_a_text_is_said_in_the_language_in_use() -> None:
    assert _("just now") == "just now"
    with use_locale(FA):
        assert _("just now") == "همین الان"


def test_a_text_without_translation_stays_english() -> None:
    with use_locale(FA):
        assert _("Nobody has translated %(this)s", this="me") == "Nobody has translated me"


def test_the_empty_text_is_not_the_catalogues_header() -> None:
    with use_locale(FA):
        assert _("") == ""


def test_a_per_cent_sign_stays_where_nothing_is_filled_in() -> None:
    assert _("100% sure") == "100% sure"


def test_counted_things_agree_with_their_number_in_the_readers_digits() -> None:
    assert ngettext("%(num)s day", "%(num)s days", 1) == "1 day"
    assert ngettext("%(num)s day", "%(num)s days", 1200) == "1,200 days"
    with use_locale(FA):
        assert ngettext("%(num)s day", "%(num)s days", 1200) == "۱٬۲۰۰ روز"


def test_a_context_tells_two_meanings_of_one_text_apart() -> None:
    assert pgettext("today at", "%(time)s", time="10:45") == "10:45"
    with use_locale(FA):
        assert pgettext("today at", "%(time)s", time="۱۰:۴۵") == "امروز ۱۰:۴۵"


def test_a_missing_catalogue_is_compiled_and_a_changed_one_again(tmp_path: Path) -> None:
    po, mo = tmp_path / "messages.po", tmp_path / "messages.mo"
    po.write_text(PO % "ذخیره", encoding="utf-8")
    assert read_catalogue(tmp_path, "fa").gettext("Save") == "ذخیره"
    po.write_text(PO % "ثبت", encoding="utf-8")
    later = mo.stat().st_mtime + 10
    os.utime(po, (later, later))
    assert read_catalogue(tmp_path, "fa").gettext("Save") == "ثبت"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["messages.mo", "messages.po"]


def test_a_fresh_compiled_catalogue_is_read_as_it_is(tmp_path: Path) -> None:
    po = tmp_path / "messages.po"
    po.write_text(PO % "ذخیره", encoding="utf-8")
    read_catalogue(tmp_path, "fa")
    po.unlink()
    assert read_catalogue(tmp_path, "fa").gettext("Save") == "ذخیره"


def test_a_catalogue_that_cannot_be_kept_is_used_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "messages.po").write_text(PO % "ذخیره", encoding="utf-8")
    # A folder in its place refuses the file also to root, whom no permission stops.
    (tmp_path / "messages.mo").mkdir()
    os.utime(tmp_path / "messages.mo", (0, 0))
    assert read_catalogue(tmp_path, "fa").gettext("Save") == "ذخیره"
    assert not list(tmp_path.glob("*.tmp"))


def test_a_language_without_a_catalogue_speaks_english(tmp_path: Path) -> None:
    assert read_catalogue(tmp_path, "fa").gettext("Save") == "Save"
