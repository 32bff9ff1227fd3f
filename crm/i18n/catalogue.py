"""Gettext: English is written in the code, every other language is looked up in its catalogue."""

from __future__ import annotations

import gettext as stdlib_gettext
import tempfile
from functools import cache
from io import BytesIO
from pathlib import Path

from crm.i18n.locale import current_locale
from crm.i18n.numerals import number

TRANSLATIONS = Path(__file__).parent / "translations"


def gettext(msgid: str, **variables: object) -> str:
    """Return the text in the reader's language, `%(name)s` filled from the variables."""
    # The empty msgid is the catalogue's own header.
    text = _translations().gettext(msgid) if msgid else ""
    return text % variables if variables else text


_ = gettext


def ngettext(singular: str, plural: str, n: int, **variables: object) -> str:
    """Return the form that fits n, which stands in the text as `%(num)s` in the reader's digits."""
    text = _translations().ngettext(singular, plural, n)
    return text % {"num": number(n), **variables}


def pgettext(context: str, msgid: str, **variables: object) -> str:
    """Return the text as meant in this context, where one English word has two translations."""
    text = _translations().pgettext(context, msgid)
    return text % variables if variables else text


def N_(msgid: str) -> str:
    """Mark a text for the catalogue where it stands in a table; `gettext` it when shown."""
    return msgid


def _translations() -> stdlib_gettext.NullTranslations:
    return load(current_locale().language)


@cache
def load(language: str) -> stdlib_gettext.NullTranslations:
    """Return this language's catalogue, read once a process and compiled first if need be."""
    if language == "en":
        return stdlib_gettext.NullTranslations()
    return read_catalogue(TRANSLATIONS / language / "LC_MESSAGES", language)


def read_catalogue(folder: Path, language: str) -> stdlib_gettext.NullTranslations:
    """Read messages.mo; where it is missing or older than messages.po, compile that."""
    po, mo = folder / "messages.po", folder / "messages.mo"
    if mo.exists() and (not po.exists() or mo.stat().st_mtime >= po.stat().st_mtime):
        compiled = mo.read_bytes()
    elif po.exists():
        compiled = _compile(po, language)
        _write_atomically(mo, compiled)
    else:
        return stdlib_gettext.NullTranslations()
    return stdlib_gettext.GNUTranslations(BytesIO(compiled))


def _compile(po: Path, language: str) -> bytes:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with po.open("rb") as file:
        catalog = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    return compiled.getvalue()


def _write_atomically(target: Path, content: bytes) -> None:
    """Another process may be reading; a folder that cannot be written only costs a second."""
    name = None
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".tmp", delete=False) as file:
            name = file.name
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except OSError:
        if name:
            Path(name).unlink(missing_ok=True)
