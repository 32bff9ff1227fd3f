"""An internet of our own: public addresses that lead to listeners on this machine, with names."""

from __future__ import annotations

import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Talk = Callable[[socket.socket], None]
#: A public address, and one more.
HERE, THERE = "93.184.216.34", "198.35.26.96"
#: The name that the certificate is for.
NAME = "calendar.example.com"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Listener(socketserver.ThreadingTCPServer):
    """Counts who connects, keeps what it is asked, and says what it is told to say."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 100

    def __init__(self, answer: bytes | Talk = OK, trust: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.answer, self.trust = answer, trust
        self.hits = 0
        self.asked: list[str] = []
        self.over = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def finish_request(self, request: Any, _client: Any) -> None:
        self.hits += 1
        try:
            if self.trust:
                request = self.trust.wrap_socket(request, server_side=True)
            with request:
                self._talk(request)
        except OSError:  # the other side has gone away, as it may
            return

    def _talk(self, request: socket.socket) -> None:
        if not isinstance(self.answer, bytes):
            self.answer(request)
            return
        said = b""
        while b"\r\n\r\n" not in said and (more := request.recv(65536)):
            said += more
        head, _end, body = said.partition(b"\r\n\r\n")
        size = int((re.search(rb"(?i)content-length: (\d+)", head) or [0, 0])[1])
        while len(body) < size and (more := request.recv(65536)):
            body += more
        self.asked.append(head.decode("latin-1"))
        request.sendall(self.answer)


@contextmanager
def listening(answer: bytes | Talk = OK, trust: ssl.SSLContext | None = None) -> Iterator[Listener]:
    """Run a listener until the block ends."""
    with Listener(answer, trust) as listener:
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield listener
        listener.over.set()
        listener.shutdown()
        thread.join()


class Internet:
    """`routes` are where public addresses lead, `names` what the resolver says of each."""

    def __init__(self) -> None:
        self.routes: dict[tuple[str, int], int] = {}
        self.names: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self.dialled: list[tuple[str, int]] = []
        self._connect = socket.create_connection

    def resolve(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        if host in self.names:
            return self.names[host]
        try:
            return [str(socket.getaddrinfo(host, 1, flags=socket.AI_NUMERICHOST)[0][4][0])]
        except OSError:
            raise socket.gaierror(f"no such name: {host}") from None

    def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        """Stand in for `socket.create_connection`: any other address is dialled in earnest."""
        self.dialled.append(address)
        if address in self.routes:
            return self._connect(("127.0.0.1", self.routes[address]), timeout)
        if address[0].startswith("127.") or address[0] == "::1":
            return self._connect(address, timeout)
        raise ConnectionRefusedError(address)
