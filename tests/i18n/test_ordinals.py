"""The how-manieth in both languages."""

from __future__ import annotations

import pytest

from crm.i18n import Locale
from crm.i18n.ordinals import ordinal


@pytest.mark.parametrize(("n", "english", "persian"), [
    (1, "1st", "اولین"), (2, "2nd", "دومین"), (3, "3rd", "سومین"), (5, "5th", "پنجمین"),
    (10, "10th", "دهمین"), (11, "11th", "یازدهمین"), (13, "13th", "سیزدهمین"),
    (15, "15th", "پانزدهمین"), (20, "20th", "بیستمین"), (21, "21st", "بیست‌ویکمین"),
    (25, "25th", "بیست‌وپنجمین"), (30, "30th", "سی‌امین"), (33, "33rd", "سی‌وسومین"),
    (40, "40th", "چهلمین"), (45, "45th", "چهل‌وپنجمین"), (112, "112th", "۱۱۲‌مین"),
])  # fmt: skip
def test_the_nth_is_said_as_people_say_it(n: int, english: str, persian: str) -> None:
    assert ordinal(n, locale=Locale("en")) == english
    assert ordinal(n, locale=Locale("fa", "jalali")) == persian
