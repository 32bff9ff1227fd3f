"""Turns the bytes of somebody's CSV into a table, whatever program and country it comes from."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from crm import errors
from crm.i18n import _, number

MOST_BYTES = 15 * 1024 * 1024
MOST_ROWS = 200_000
MOST_COLUMNS = 200
DELIMITERS = (",", ";", "\t", "|")
#: What makes a spreadsheet run a cell instead of showing it.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠|")
_SAMPLE = 64 * 1024
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_WORD = 3

#: The line where a row starts in the file, and its cells.
Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Table:
    """A file as rows of text; every row is as wide as the header or wider where it is broken."""

    headers: tuple[str, ...]
    rows: list[Row]
    delimiter: str
    encoding: str


def read_table(content: bytes) -> Table:
    """Return the table in a file. Raises ValidationError with a sentence on what is wrong."""
    if len(content) > MOST_BYTES:
        raise errors.ValidationError(_("The file is larger than 15 MB. Split it and try again."))
    text, encoding = _decode(content)
    lines = text.lstrip("\r\n").split("\n", 2)
    if not text.strip():
        raise errors.ValidationError(_("The file is empty."))
    said = re.fullmatch(r'"?sep=(.)"?\s*', lines[0])
    delimiter = said[1] if said else _sniff(text[:_SAMPLE])
    rows = _rows(text, delimiter)
    while rows and rows[0][1][0].lower().startswith(("sep=", "parameters:")):
        rows.pop(0)
    return _table(rows, delimiter, encoding)


def _decode(content: bytes) -> tuple[str, str]:
    if content.startswith(b"PK\x03\x04"):
        raise errors.ValidationError(
            _("This is an Excel workbook. Open it, save it as CSV, and bring that.")
        )
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return _checked(content.decode(encoding, "replace")), encoding
    try:
        return _checked(content.decode("utf-8")), "utf-8"
    except UnicodeDecodeError:
        pass
    encoding = "cp1256" if _looks_arabic(content) else "cp1252"
    return _checked(content.decode(encoding, "replace")), encoding


def _looks_arabic(content: bytes) -> bool:
    """In Persian whole words are high bytes; in French or German they stand alone."""
    runs = [len(run) for run in _HIGH_RUN.findall(content[:_SAMPLE])]
    return sum(n for n in runs if n >= _WORD) > sum(n for n in runs if n < _WORD)


def _checked(text: str) -> str:
    odd = len(_CONTROL.findall(text[:_SAMPLE])) + text[:_SAMPLE].count("\ufffd")
    if odd > max(4, min(len(text), _SAMPLE) // 50):
        raise errors.ValidationError(_("This is not a text file. Bring a CSV file."))
    return _CONTROL.sub("", text)


def _sniff(sample: str) -> str:
    """Return the delimiter that cuts the most lines into the same number of cells."""
    best, found = 0.0, ","
    for delimiter in DELIMITERS:
        try:
            rows = list(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter))[:50]
        except csv.Error:
            continue
        widths = [len(row) for row in rows if row]
        if not widths or widths[0] < 2:
            continue
        score = widths[0] * sum(width == widths[0] for width in widths) / len(widths)
        if score > best:
            best, found = score, delimiter
    return found


def _rows(text: str, delimiter: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[Row] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((line, [_unguarded(cell.strip()) for cell in cells]))
                if len(rows) > MOST_ROWS + 1:
                    raise errors.ValidationError(
                        _("At most %(most)s rows fit. Split the file.", most=number(MOST_ROWS))
                    )
            line = reader.line_num + 1
    except csv.Error:
        raise errors.ValidationError(
            _("Line %(line)s cannot be read: a cell there is far too long.", line=number(line))
        ) from None
    if text.count('"') % 2 and rows and any("\n" in cell for cell in rows[-1][1]):
        raise errors.ValidationError(
            _("A quotation mark on line %(line)s is never closed.", line=number(rows[-1][0]))
        )
    return rows


def _unguarded(cell: str) -> str:
    """Take away the apostrophe with which an export keeps a cell from being a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA_STARTS else cell


def _table(rows: list[Row], delimiter: str, encoding: str) -> Table:
    if not rows:
        raise errors.ValidationError(_("The file is empty."))
    names = rows[0][1]
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise errors.ValidationError(
            _(
                "At most %(most)s columns fit here; this file has %(num)s.",
                most=number(MOST_COLUMNS),
                num=number(len(names)),
            )
        )
    if len(rows) == 1:
        raise errors.ValidationError(_("There is a header but no row under it."))
    return Table(
        _headers(names), [_padded(row, len(names)) for row in rows[1:]], delimiter, encoding
    )


def _headers(names: list[str]) -> tuple[str, ...]:
    """Give every column a name of its own, also where two are alike or one is empty."""
    seen: dict[str, int] = {}
    headers = []
    for position, name in enumerate(names, start=1):
        shown = name[:100] or _("Column %(num)s", num=number(position))
        seen[shown] = seen.get(shown, 0) + 1
        headers.append(shown if seen[shown] == 1 else f"{shown} ({seen[shown]})")
    return tuple(headers)


def _padded(row: Row, width: int) -> Row:
    line, cells = row
    while len(cells) > width and not cells[-1]:
        cells.pop()
    return line, cells + [""] * (width - len(cells))
