"""What is sent and what comes back: pinned, checked, in time, and no more than asked for."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from functools import partial

import pytest

from crm import outgoing
from tests.outgoing.internet import HERE, NAME, OK, THERE, Internet, Listener, listening

URL = f"https://{NAME}/calendar.ics?year=1405"


@pytest.fixture
def listener(internet: Internet, server_tls: ssl.SSLContext) -> Iterator[Listener]:
    """NAME, at a public address."""
    internet.names[NAME] = [HERE]
    with listening(trust=server_tls) as made:
        internet.routes[HERE, 443] = made.port
        yield made


def test_the_address_is_dialled_and_the_name_is_asked_for(
    listener: Listener, internet: Internet
) -> None:
    answer = outgoing.send("PUT", URL, headers={"X-Mine": "1"}, body=b"hello")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"ok", "2")
    assert internet.dialled == [(HERE, 443)]
    (asked,) = listener.asked
    assert asked.startswith("PUT /calendar.ics?year=1405 HTTP/1.1\r\n")
    assert {f"Host: {NAME}", "X-Mine: 1", "Connection: close"} <= set(asked.split("\r\n"))


def test_a_certificate_of_another_name_is_not_taken(listener: Listener, internet: Internet) -> None:
    internet.names["other.example.com"] = [HERE]
    with pytest.raises(outgoing.Unreachable, match="tls"):
        outgoing.send("GET", "https://other.example.com/")
    assert listener.asked == []


def test_a_certificate_that_nobody_signed_is_not_taken(
    listener: Listener, internet: Internet
) -> None:
    outgoing.configure(resolve=internet.resolve)
    with pytest.raises(outgoing.Unreachable, match="tls"):
        outgoing.send("GET", URL)
    assert listener.asked == []


def test_no_proxy_is_asked(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert outgoing.send("GET", URL).status == 200


def test_of_several_addresses_the_next_is_tried(listener: Listener, internet: Internet) -> None:
    internet.names[NAME] = ["2606:4700::1111", THERE, HERE]
    assert outgoing.send("GET", URL).status == 200
    assert internet.dialled == [(THERE, 443), (HERE, 443)]


def test_letters_of_any_script_reach_the_wire_as_ascii(
    internet: Internet, listener: Listener
) -> None:
    internet.names["تقویم.example.com".encode("idna").decode()] = [HERE]
    listener.trust, internet.routes[HERE, 80] = None, listener.port
    outgoing.send("GET", "http://تقویم.example.com/تقویم?نام=1", schemes=("http",))
    assert "GET /%D8%AA%D9%82%D9%88%DB%8C%D9%85?%D9%86%D8%A7%D9%85=1 " in listener.asked[0]
    assert "Host: xn--" in listener.asked[0]


def redirect(to: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Elsewhere\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def test_a_redirect_is_an_answer_unless_it_is_to_be_followed(listener: Listener) -> None:
    listener.answer = redirect(f"https://{NAME}/next")
    assert outgoing.send("GET", URL).status == 302
    assert outgoing.send("GET", URL, redirects=2).status == 302
    assert listener.hits == 1 + 3


@pytest.mark.parametrize(
    "to",
    ["http://127.0.0.1:{port}/", "https://127.0.0.1/", "//[::1]/", "https://inside.example.com/"],
)
def test_a_redirect_to_the_inside_is_not_followed(
    listener: Listener, internet: Internet, to: str
) -> None:
    internet.names["inside.example.com"] = ["127.0.0.1"]
    with listening() as inside:
        listener.answer = redirect(to.replace("{port}", str(inside.port)))
        with pytest.raises(outgoing.Refused):
            outgoing.send("GET", URL, redirects=3, schemes=("http", "https"))
        assert inside.hits == 0
    assert internet.dialled == [(HERE, 443)]


def test_a_password_is_not_handed_on_to_another_host(
    listener: Listener, internet: Internet
) -> None:
    internet.names["other.example.com"] = [THERE]
    headers = {"Authorization": "Basic c2VjcmV0", "Depth": "1"}
    with listening() as other:
        internet.routes[THERE, 80] = other.port
        listener.answer = redirect("http://other.example.com/")
        outgoing.send("REPORT", URL, headers=headers, redirects=1, schemes=("http", "https"))
        (asked,) = other.asked
    assert asked.startswith("REPORT / ")
    assert "Depth: 1" in asked
    assert "c2VjcmV0" in listener.asked[0]
    assert "c2VjcmV0" not in asked


def test_more_than_fits_is_no_answer_or_its_beginning(listener: Listener) -> None:
    listener.answer = b"HTTP/1.1 413 Too big\r\nConnection: close\r\n\r\n" + b"x" * 5000
    with pytest.raises(outgoing.Unreachable, match="too_big"):
        outgoing.send("GET", URL, max_bytes=4999)
    assert len(outgoing.send("GET", URL, max_bytes=5000).body) == 5000
    cut = outgoing.send("GET", URL, max_bytes=10, cut=True)
    assert (cut.status, cut.body) == (413, b"x" * 10)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhalf",
        b"220 mail.example.com ESMTP\r\n",
        b"",
    ],
)
def test_half_an_answer_is_none(listener: Listener, answer: bytes) -> None:
    listener.answer = answer
    with pytest.raises(outgoing.Unreachable):
        outgoing.send("GET", URL)


def test_a_drip_and_a_hang_end_in_time(listener: Listener) -> None:
    def drips(request: socket.socket, start: bytes) -> None:
        request.sendall(start)
        while not listener.over.wait(0.02):
            request.sendall(b"x")

    for start in (b"HTTP/1.1 200 ", b"HTTP/1.1 200 OK\r\n\r\n"):
        listener.answer = partial(drips, start=start)
        with pytest.raises(outgoing.Unreachable, match="timeout"):
            outgoing.send("GET", URL, timeout=0.3)
    listener.answer = lambda _request: listener.over.wait() and None
    with pytest.raises(outgoing.Unreachable, match="timeout"):
        outgoing.send("GET", URL, timeout=0.2)


def test_a_greeting_that_never_comes_and_a_resolver_that_hangs_end_in_time(
    listener: Listener, internet: Internet
) -> None:
    listener.trust, listener.answer = None, lambda _request: listener.over.wait() and None
    with pytest.raises(outgoing.Unreachable, match="timeout"):
        outgoing.send("GET", URL, timeout=0.2)
    never = threading.Event()
    outgoing.configure(resolve=lambda _host, _port: [str(never.wait())])
    with pytest.raises(outgoing.Unreachable, match="timeout"):
        outgoing.send("GET", URL, timeout=0.2)
    never.set()


def test_who_is_not_there_is_unreachable(internet: Internet) -> None:
    internet.names[NAME] = [HERE]
    with pytest.raises(outgoing.Unreachable, match="connection"):
        outgoing.send("GET", URL)
    with pytest.raises(outgoing.Unreachable, match="name"):
        outgoing.send("GET", "https://nowhere.example.com/")


def test_only_the_place_that_was_named_is_let_through(internet: Internet) -> None:
    with listening() as named, listening() as other:
        outgoing.configure(loopback=[f"127.0.0.1:{named.port}"])
        answer = outgoing.send("GET", f"http://127.0.0.1:{named.port}/", hosts=["example.com"])
        assert (answer.status, answer.body) == (200, OK[-2:])
        for url in (f"http://127.0.0.1:{other.port}/", f"http://localhost:{named.port}/"):
            with pytest.raises(outgoing.Refused):
                outgoing.send("GET", url, schemes=("http",), inside=False)
        assert other.hits == 0


def test_no_setting_of_the_environment_opens_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    from crm import config

    monkeypatch.setenv("LOOPBACK", "127.0.0.1:80")
    assert config.from_environment()["LOOPBACK"] == ()
