"""Every string is in Persian too, with the same placeholders."""

from __future__ import annotations

import re
from functools import cache

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.house_rules.source import ROOT

KEYWORDS = {
    **{"_": None, "gettext": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)},
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%[sd]|\{\w*\}")
#: What is the same in both: names of places, formats, our own name.
SAME_IN_BOTH = {"Hamrah"}


def extracted() -> Catalog:
    """Return the strings that the code and the templates hold, as `make translations` does."""
    with (ROOT / "crm/i18n/babel.cfg").open() as cfg:
        methods, options = parse_mapping_cfg(cfg)
    catalog = Catalog()
    for folder, _line, text, _comments, context in extract_from_dir(
        str(ROOT), methods, options, KEYWORDS, directory_filter=_ours
    ):
        catalog.add(text, None, [(folder, _line)], context=context)
    return catalog


def _ours(folder: str) -> bool:
    first = folder.removeprefix(str(ROOT)).strip("/").partition("/")[0]
    return first in ("", "crm", "templates") and "__pycache__" not in folder


@cache
def persian() -> Catalog:
    path = ROOT / "crm/i18n/translations/fa/LC_MESSAGES/messages.po"
    with path.open("rb") as po:
        return read_po(po, locale="fa")


def singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def said(message: Message | None) -> tuple[str, ...]:
    """Return a message's translations: one, or one a plural form; empty if it has none."""
    if message is None or message.fuzzy:
        return ()
    strings = (message.string,) if isinstance(message.string, str) else tuple(message.string)
    return strings if all(strings) else ()


def faults(ours: Message, theirs: Message | None) -> list[str]:
    """Return what is wrong with the translation of one string."""
    msgid = singular(ours)
    where = f"{ours.locations[0][0]}: {msgid!r}" if ours.locations else repr(msgid)
    translations = said(theirs)
    if not translations:
        return [f"{where} is not in Persian"]
    if isinstance(ours.id, str):
        wanted = set(PLACEHOLDER.findall(msgid))
        allowed = wanted
    else:
        wanted, allowed = set(), {p for form in ours.id for p in PLACEHOLDER.findall(form)}
    return [
        f"{where}: other placeholders in {text!r}"
        for text in translations
        if not wanted <= set(PLACEHOLDER.findall(text)) <= allowed
    ]


def test_every_string_is_in_persian_with_its_placeholders() -> None:
    found = []
    for message in extracted():
        if message.id and singular(message) not in SAME_IN_BOTH:
            theirs = persian().get(singular(message), message.context)
            found += faults(message, theirs)
    assert not found, f"{len(found)} strings:\n" + "\n".join(found[:40])


def test_nothing_is_translated_that_nobody_says() -> None:
    ours = {(singular(message), message.context) for message in extracted()}
    left = {(singular(m), m.context) for m in persian() if m.id} - ours
    assert not left, "run `make translations`"


def test_the_rule_sees_what_breaks_it() -> None:
    one = Message("%(name)s called")
    many = Message(("%(num)s deal", "%(num)s deals"))
    assert faults(one, None)
    assert faults(one, Message(one.id, ""))
    assert faults(one, Message(one.id, "زنگ زد"))
    assert not faults(one, Message(one.id, "%(name)s زنگ زد"))
    assert not faults(many, Message(many.id, ("یک معامله", "%(num)s معامله")))
    assert faults(many, Message(many.id, ("%(n)s معامله", "%(num)s معامله")))
