"""One exchange with one address: pinned to it, and never longer than it may take."""

from __future__ import annotations

import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException
from typing import Any, TypeVar

from crm.outgoing.addresses import DEFAULT_PORTS, Target
from crm.outgoing.errors import Unreachable

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Request:
    """What is asked of whichever address; of an answer longer than `max_bytes` none is taken, or
    with `cut` its beginning."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None
    max_bytes: int
    cut: bool


class Deadline:
    """What is left of the time that the whole of it may take."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left. Raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a name, as the machine's own resolver says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(entry[4][0]) for entry in found]


def within(deadline: Deadline, work: Callable[[], T]) -> T:
    """Return what `work` returns. Raises TimeoutError when it takes too long: for the resolver,
    which cannot be told how long it may take; it is left to itself then."""
    box: queue.SimpleQueue[tuple[T | None, Exception | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            box.put((work(), None))
        except Exception as error:  # handed to the one who waits
            box.put((None, error))

    threading.Thread(target=run, name="resolver", daemon=True).start()
    try:
        done, error = box.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return done  # type: ignore[return-value]


class _Stream(io.RawIOBase):
    """A socket, each step of which has what is left of the whole time: a drip ends it too."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._socket = connected
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(self._deadline.left())
        return self._socket.recv_into(buffer)

    # What http.client asks of a socket.
    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(self._deadline.left())
        self._socket.sendall(data)

    def makefile(self, *_args: Any, **_kwargs: Any) -> io.BufferedReader:
        return io.BufferedReader(self)

    def close(self) -> None:
        """Nothing yet: http.client closes before the answer is read. `exchange` does it."""


class _Pinned(HTTPConnection):
    """Speaks to the socket it is given, whatever the name resolves to by now."""

    def __init__(self, target: Target, stream: _Stream) -> None:
        super().__init__(target.host, target.port)
        # So that `Host` names the port only where it is an unusual one.
        self.default_port = DEFAULT_PORTS[target.scheme]
        self._stream = stream

    def connect(self) -> None:
        self.sock = self._stream


@cache
def public_trust() -> ssl.SSLContext:
    """Return whom this machine trusts; loaded once, for it takes a while."""
    return ssl.create_default_context()


def exchange(
    request: Request,
    target: Target,
    addresses: list[str],
    deadline: Deadline,
    trust: ssl.SSLContext | None,
) -> Answer:
    """Send the request to the first of these addresses that can be reached. Raises Unreachable."""
    try:
        with closing(_connect(target.port, addresses, deadline)) as plain:
            if target.scheme == "http":
                return _ask(request, target, _Stream(plain, deadline))
            plain.settimeout(deadline.left())
            context = trust or public_trust()
            with context.wrap_socket(plain, server_hostname=target.host) as secure:
                return _ask(request, target, _Stream(secure, deadline))
    except TimeoutError:
        raise Unreachable("timeout") from None
    except ssl.SSLError as error:
        raise Unreachable("tls") from error
    except OSError as error:
        raise Unreachable("connection") from error
    except (HTTPException, ValueError) as error:
        raise Unreachable("answer") from error


def _connect(port: int, addresses: list[str], deadline: Deadline) -> socket.socket:
    for number, address in enumerate(addresses):
        patience = deadline.left() / (len(addresses) - number)
        try:
            return socket.create_connection((address, port), patience)
        except OSError:
            if number == len(addresses) - 1:
                raise
    raise OSError("no address")


def _ask(request: Request, target: Target, stream: _Stream) -> Answer:
    connection = _Pinned(target, stream)
    headers = {**request.headers, "Connection": "close"}
    connection.request(request.method, target.path, request.body, headers)
    with connection.getresponse() as response:
        content = response.read(request.max_bytes + 1)
        if len(content) > request.max_bytes:
            if not request.cut:
                raise Unreachable("too_big")
        elif response.length:  # it announced more: half a file is none
            raise Unreachable("answer")
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, content[: request.max_bytes])
