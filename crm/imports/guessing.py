"""What a file holds and which column is which, guessed from the header; people correct it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from crm.deals.models import Stage, StageKind
from crm.i18n import Locale, fold, use_locale
from crm.imports.headers import SIGNS_OF, TARGETS, plain
from crm.imports.kinds import FIELDS, KINDS, field_of
from crm.imports.words import MEANINGS

_NUMBERED = re.compile(r"(e ?mail|phone) (?:\d+ )?(value|type|label)(?: \d+)?")
_COPY = re.compile(r" \(\d+\)$")
_OF_A_NAME = {
    "products": ("name",),
    "users": ("name", "first_name"),
    "accounts": ("name",),
    "contacts": ("name", "first_name", "last_name", "email"),
    "leads": ("name", "first_name", "last_name", "company", "email"),
    "deals": ("name", "account", "product"),
    "activities": ("subject", "kind", "note"),
}
_FILE_WORDS = {
    "products": "product محصول کالا",
    "users": "team user agent کارشناس کاربر",
    "accounts": "account compan organi شرکت سازمان",
    "contacts": "contact people مخاطب",
    "leads": "lead سرنخ",
    "deals": "deal pipeline opportunit معامله فرصت",
    "activities": "activit task call meeting فعالیت تماس جلسه",
}
_HALLMARK, _FILE_NAME = 3, 2


def guess_kind(headers: Sequence[str], file_name: str = "") -> str | None:
    """Return what the file holds, or None where its header says nothing."""
    points = {kind: _points(kind, headers, fold(file_name)) for kind in KINDS}
    best = max(points, key=lambda kind: points[kind])
    return best if points[best] > 0 else None


def _points(kind: str, headers: Sequence[str], file_name: str) -> int:
    targets = [target for target in guess_columns(kind, headers) if target]
    if not set(targets) & set(_OF_A_NAME[kind]):
        return 0
    names = {plain(header) for header in headers}
    points = len(targets) + _HALLMARK * len(names & SIGNS_OF[kind])
    return points + _FILE_NAME * any(word in file_name for word in _FILE_WORDS[kind].split())


def guess_columns(kind: str, headers: Sequence[str]) -> list[str]:
    """Return the field that each column goes to; "" for a column that is left out."""
    names = [plain(_COPY.sub("", header)) for header in headers]
    targets: list[str] = []
    for name in names:
        target = _guess_one(kind, name)
        field = field_of(kind, target)
        # "Job Title" is the job title even where Outlook's "Title" (Mr, Dr) stands before it.
        exact = plain(target) in names and plain(target) != name
        taken = field is not None and not field.many and (exact or target in targets)
        targets.append("" if field is None or taken else target)
    return targets


def _guess_one(kind: str, name: str) -> str:
    table = TARGETS[kind]
    if match := _NUMBERED.fullmatch(name):
        what = "phone" if match[1] == "phone" else "email"
        return what if match[2] == "value" else f"{what}_label"
    if name in table:
        return table[name]
    own = _PREFIX[kind]
    for prefix in own:
        rest = name.removeprefix(prefix)
        if rest != name and rest in table:
            return table[rest]
    return ""


_PREFIX = {
    "products": ("product ",),
    "users": ("user ",),
    "accounts": ("organization ", "account ", "company "),
    "contacts": ("person ", "contact "),
    "leads": ("lead ",),
    "deals": ("deal ", "opportunity "),
    "activities": ("activity ", "task "),
}


def find_target(kind: str, text: str) -> str | None:
    """Return the field that somebody names by its name or its label, in either language."""
    wanted = plain(text)
    for field in FIELDS[kind]:
        labels = {plain(field.name), plain(field.label), plain(_in_persian(field.label))}
        if text == field.name or wanted in labels:
            return field.name
    return TARGETS[kind].get(wanted)


def _in_persian(msgid: str) -> str:
    from crm.i18n import gettext

    with use_locale(Locale("fa")):
        return gettext(msgid)


def guess_stages(words: Iterable[str], stages: Sequence[Stage]) -> dict[str, str]:
    """Return {folded word of the file: stage id} for the words that can be understood."""
    found = {word: find_stage(word, stages) for word in words}
    return {fold(word): stage.id for word, stage in found.items() if stage is not None}


def find_stage(word: str, stages: Sequence[Stage]) -> Stage | None:
    """Return the stage that a word means: by its name here, its key, or what others call it."""
    wanted = fold(word)
    for stage in stages:
        if wanted in _names_of(stage):
            return stage
    key = MEANINGS["stage"].get(wanted)
    by_key = {stage.key: stage for stage in stages if stage.key}
    if key in by_key:
        return by_key[key]
    if key in (StageKind.WON, StageKind.LOST):
        return next((stage for stage in stages if stage.kind == key), None)
    return None


def _names_of(stage: Stage) -> set[str]:
    names = {fold(stage.key or "")}
    for language in ("en", "fa"):
        with use_locale(Locale(language)):
            names.add(fold(stage.label))
    return names - {"", "?"}


def used_targets(columns: Sequence[str]) -> Mapping[str, list[int]]:
    """Return {field: the columns that go to it}."""
    used: dict[str, list[int]] = {}
    for position, target in enumerate(columns):
        if target:
            used.setdefault(target, []).append(position)
    return used
