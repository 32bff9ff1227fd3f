"""What no view should ever see: bodies too big or too deep, bytes that are no text, odd ids."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from flask import Flask, abort, current_app, request
from werkzeug.routing import BaseConverter

F = TypeVar("F", bound=Callable[..., Any])

JSON_MOST = 256 * 1024
FORM_MOST = 1024 * 1024
UPLOAD_MOST = 16 * 1024 * 1024
DEEPEST = 20
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_SAFE = {"GET", "HEAD", "OPTIONS"}
_BAD = re.compile("[\x00\ud800-\udfff]")
#: A string is matched whole, or up to the end when it has none: so the scan is linear.
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
#: Escapes of NUL and of surrogates, very long numbers, very large exponents, words for no number.
#: An exponent ends where its number does: in a UUID an `e` stands before digits as well.
_ODD = re.compile(
    rb"\\u(?:0000|[dD][89a-fA-F])|\d{19}|[\d.][eE]\+?\d{3,}\s*(?:[,\]}]|\Z)|NaN|Infinity"
)


class IdConverter(BaseConverter):
    """`<id:deal_id>` matches a record's id and nothing else: any other text there is a 404."""

    regex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def init_app(app: Flask) -> None:
    """Give routes their `id` converter and look at every request before its view does."""
    app.url_map.converters["id"] = IdConverter
    app.before_request(refuse_bad_input)


def refuse_bad_input() -> None:
    """Answer 400, 413 or 422 to what cannot be read, whatever the view would do with it."""
    if _BAD.search(request.path) or not _is_text(request.query_string):
        abort(400)
    if request.method in _SAFE or _judges_itself():
        return
    request.max_content_length = _most()
    if request.mimetype == MULTIPART:
        _look_at_parts()
        return
    body = request.get_data(cache=True)
    if request.is_json:
        _look_at_json(body)
    elif request.mimetype == FORM and not _is_text(body):
        abort(400)


def at_most(size: int) -> Callable[[F], F]:
    """Mark a view whose body may have so many bytes."""

    def mark(view: F) -> F:
        view.takes_at_most = size  # type: ignore[attr-defined]
        return view

    return mark


def _judges_itself() -> bool:
    """Whether the view looks at the body's bytes alone, so that no answer tells what was wrong."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "judges_body", False)


def _most() -> int:
    view = current_app.view_functions.get(request.endpoint or "")
    if own := getattr(view, "takes_at_most", None):
        return int(own)
    if request.mimetype == MULTIPART:
        return UPLOAD_MOST
    return JSON_MOST if request.is_json else FORM_MOST


def _is_text(encoded: bytes) -> bool:
    """Whether percent-encoded bytes are UTF-8 without NUL."""
    try:
        return "\x00" not in unquote_to_bytes(encoded.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        return False


def _look_at_parts() -> None:
    """A part's bytes were decoded already: what was no UTF-8 stands there as U+FFFD."""
    for name, value in request.form.items(multi=True):
        if _BAD.search(name) or _BAD.search(value) or "\ufffd" in name + value:
            abort(400)
    for name, file in request.files.items(multi=True):
        if _BAD.search(name) or _BAD.search(file.filename or ""):
            abort(400)


def _look_at_json(body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") > DEEPEST and _depth(body) > DEEPEST:
        abort(400)
    try:
        body.decode()
        if _ODD.search(body):
            _look_at_value(json.loads(body))
    except (ValueError, RecursionError):
        abort(400)


def _depth(body: bytes) -> int:
    deepest = depth = 0
    for match in _BRACKETS.finditer(body):
        if match[0] in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif match[0] in b"]}":
            depth -= 1
    return deepest


def _look_at_value(value: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _look_at_value(name)
            _look_at_value(inner)
    elif isinstance(value, list):
        for inner in value:
            _look_at_value(inner)
    elif isinstance(value, str) and _BAD.search(value):
        abort(400)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        abort(422)
    elif isinstance(value, float) and not math.isfinite(value):
        abort(400)
