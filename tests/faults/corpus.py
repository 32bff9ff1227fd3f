"""What nobody should send: bodies and addresses, each of which broke a plain stack once."""

from __future__ import annotations

import json
from typing import Any

from crm.database import Base

DEEP = 200_000
HUGE = 2**63
#: Values for any field of a form.
VALUES = {
    "nul": "a\x00b",
    "emoji": "\U0001f469‍\U0001f4bc" * 20,
    "right-to-left override": "\u202eexe.fdp",
    "sql": "'; DROP TABLE contact; --",
    "like": "%_\\' OR 1=1",
    "template": "{{ 7*7 }}<img src=x onerror=alert(1)>",
    "long": "x" * 200_000,
    "number of 20 digits": "9" * 20,
    "number of 5,000 digits": "9" * 5_000,
    "negative": "-1",
    "arabic digits": "٠" * 30,
    "no date": "2026-13-45T99:99",
    "far date": "9999-12-31T23:59:59+14:00",
    "nan": "NaN",
    "list": "[]",
    "cursor": "9" * 20 + "~01930000-0000-7000-8000-00000000dead",
    "odd cursor": "1~x",
    "id": "1",
    "control": "\x07\x1b[31m",
    "no character": "\ufffe\U0010ffff",
}
#: Bodies as bytes, with their content type.
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
BODIES: dict[str, tuple[bytes, str]] = {
    "deep list": (b"[" * DEEP, JSON),
    "deep object": (b'{"a":' * 30_000 + b"1" + b"}" * 30_000, JSON),
    "21 deep": (b'{"captures":' + b"[" * 20 + b"]" * 20 + b"}", JSON),
    "lone surrogate": (b'{"app": "\\ud800"}', JSON),
    "surrogate in a name": (b'{"\\udfff": 1}', JSON),
    "escaped nul": (b'{"app": "\\u0000"}', JSON),
    "raw nul": (b'{"app": "\x00"}', JSON),
    "no utf-8": (b'{"app": "\xff\xfe"}', JSON),
    "utf-8 of a surrogate": (b'{"app": "\xed\xa0\x80"}', JSON),
    "utf-16": ('{"app": "x"}'.encode("utf-16"), JSON),
    "above 2^63": (json.dumps({"captures": [{"v": HUGE}]}).encode(), JSON),
    "5,000 digits": (b'{"v": ' + b"9" * 5_000 + b"}", JSON),
    "infinite": (b'{"v": 1e999, "w": NaN, "x": -Infinity}', JSON),
    "same name twice": (b'{"app": "a", "app": {"b": []}}', JSON),
    "a list": (b"[1, 2]", JSON),
    "a text": (b'"text"', JSON),
    "nothing": (b"", JSON),
    "half": (b'{"captures": [{', JSON),
    "too big": (b'{"app": "' + b"x" * 300_000 + b'"}', JSON),
    "form: nul": (b"name=a%00b&note=%00", FORM),
    "form: surrogate": (b"name=%ed%a0%80", FORM),
    "form: no utf-8": (b"name=%ff%fe", FORM),
    "form: too big": (b"note=" + b"x" * 1_100_000, FORM),
    "form: many fields": (b"&".join(b"f%d=1" % n for n in range(5_000)), FORM),
    "form: as json": (b"name=x", JSON),
    "json: as form": (b'{"name": "x"}', FORM),
    "xml": (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "text/xml"),
    "odd type": (b"x", "\u00e9/;;=;charset=nonsense".encode().decode("latin-1")),
    "no boundary": (b"x", "multipart/form-data"),
    "broken parts": (b'--b\r\nContent-Disposition: form-data; name="a\x00"\r\n\r\n\xff\r\n--b--',
                     "multipart/form-data; boundary=b"),
}  # fmt: skip
#: What stands where an id should.
IDS = ("9" * 20, "0", "-1", "%00", "..%2f..", "x" * 300, "%ed%a0%80", "null", "1e5",
       "01930000-0000-7000-8000-00000000DEAD", "01930000-0000-7000-8000-0000000000011")  # fmt: skip


def columns() -> dict[str, Any]:
    """Return every column of every model, with a value that its owner would not want changed."""
    names = {c.name for table in Base.metadata.tables.values() for c in table.columns}
    numbers = {"version": 987, "amount": 1, "skew_ms": 1}
    return {name: numbers.get(name, "1") for name in names} | {
        "role": "admin", "is_admin": "1", "is_active": "", "is_sample": "1",
    }  # fmt: skip
