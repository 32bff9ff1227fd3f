"""The guard before every request: what it refuses with which answer, and what it lets through."""

from __future__ import annotations

import json

import pytest

from tests.api.phone import CAPTURES

JSON = "application/json"


def status(client: object, body: bytes | str, kind: str = JSON, path: str = CAPTURES) -> int:
    answer = client.post(path, data=body, content_type=kind)  # type: ignore[attr-defined]
    return int(answer.status_code)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("[" * 21 + "]" * 21, 400),
        ('{"a":' * 21 + "1" + "}" * 21, 400),
        ('{"a":' + "[" * 19 + "]" * 19 + "}", 422),
        ('{"a": "' + "[" * 50 + '"}', 422),
        ('{"a": "\\"' + "[" * 50 + '"}', 422),
        ('{"a": [' + "[]," * 50 + "[]]}", 422),
        ('{"a": "\\ud800"}', 400),
        ('{"a": "\\udc00\\ud800"}', 400),
        ('{"\\udfff": 1}', 400),
        ('{"a": ["\\u0000"]}', 400),
        ('{"a": "\\ud83d\\ude00"}', 422),
        ('{"a": "\\\\ud800 \\\\u0000"}', 422),
        (b'{"a": "\xff"}', 400),
        (b'{"a": "\xed\xa0\x80"}', 400),
        (f'{{"a": {2**63}}}', 422),
        (f'{{"a": {2**63}, "b": "\\u0000"}}', 422),
        ('{"a": 1e999}', 400),
        ('{"a": NaN}', 400),
        ('{"a": ' + "9" * 5_000 + "}", 400),
        ('{"a": 1, "a": 2}', 422),
    ],
)
def test_json_is_looked_at_before_it_is_read(new_client, sara, body, expected: int) -> None:
    assert status(new_client(sara), body) == expected


def test_a_number_beyond_64_bits_says_so_before_any_schema(new_client, sara) -> None:
    answer = new_client(sara).post(CAPTURES, data=f"[{2**63}]", content_type=JSON)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("name=a%00", 400),
        ("%00=a", 400),
        ("name=%ff", 400),
        ("name=%ed%a0%80", 400),
        (b"name=\xff", 400),
        ("name=%ef%bf%bd&password=x", 422),
        ("name=" + "x" * 1_100_000, 413),
    ],
)
def test_forms_are_utf8_without_nul_and_of_one_megabyte(new_client, body, expected: int) -> None:
    kind = "application/x-www-form-urlencoded"
    assert status(new_client(), body, kind, "/sign-in") == expected


@pytest.mark.parametrize(("value", "expected"), [("a\x00b", 400), (b"\xff\xfe", 400), ("x", 422)])
def test_parts_are_text_too(new_client, value, expected: int) -> None:
    part = value if isinstance(value, bytes) else value.encode()
    body = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + part + b"\r\n--b--\r\n"
    assert status(new_client(), body, "multipart/form-data; boundary=b", "/sign-in") == expected


@pytest.mark.parametrize("query", ["q=%00", "q=%ff", "%ed%a0%80=1", "q=a%00"])
def test_an_address_is_text(new_client, sara, query: str) -> None:
    assert new_client(sara).get(f"/api/v1/contacts?{query}").status_code == 400


def test_scanning_is_linear(new_client, sara) -> None:
    """An unfinished string of quotes and backslashes is what makes a careless pattern explode."""
    import time

    from crm.web.input_guard import _depth

    for piece in (b'"\\', b'"', b"[", b'["\\"', b"\\", json.dumps({"a": [1]}).encode()):
        start = time.process_time()
        _depth(piece * (256_000 // len(piece)))
        assert time.process_time() - start < 0.7, piece
