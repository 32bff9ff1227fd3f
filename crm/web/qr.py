"""QR codes as one path, so that a template can draw them: nothing is fetched, no script runs."""

from __future__ import annotations

import io
from typing import NamedTuple

#: Clear space around a code, in modules; readers need it.
BORDER = 4


class Drawing(NamedTuple):
    """A square of `size` modules; the path draws the dark ones, line by line."""

    size: int
    path: str


def draw(text: str) -> Drawing:
    """Return the code of a text; a tenth of it may be hidden and it is read all the same."""
    import segno

    code = segno.make_qr(text, error="m")
    rows = [bytes(row) for row in code.matrix]
    lines = [line for y, row in enumerate(rows) for line in _runs(row, y + BORDER)]
    return Drawing(len(rows) + 2 * BORDER, "".join(lines))


def _runs(row: bytes, y: int) -> list[str]:
    found, start = [], None
    for x, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            found.append(f"M{start + BORDER} {y}h{x - start}v1h-{x - start}z")
            start = None
    return found


def file_of(text: str) -> bytes:
    """Return an SVG file of the code, for a poster."""
    import segno

    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind="svg", border=BORDER, scale=10)
    return out.getvalue()
