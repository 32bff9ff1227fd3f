"""A push service on this machine, and the phone behind it that can read what it gets."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from crm import clock, outgoing
from crm.push.queries import Device


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Phone:
    """A browser with a subscription: only it has the private key."""

    endpoint: str
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = b"sixteen bytes!!!"

    @property
    def p256dh(self) -> str:
        point = self.private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return _text(point)

    @property
    def auth(self) -> str:
        return _text(self.secret)

    def says(self) -> dict[str, Any]:
        """Return what a browser sends of its subscription."""
        keys = {"p256dh": self.p256dh, "auth": self.auth}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def device(self) -> Device:
        return Device("a phone", "sara", self.endpoint, self.p256dh, self.auth, False)

    def reads(self, received: Received) -> dict[str, Any]:
        """Decrypt a message as a browser does. Raises http_ece's error for anybody else's."""
        return dict(json.loads(self.decrypts(received)))

    def decrypts(self, received: Received) -> bytes:
        import http_ece

        return bytes(
            http_ece.decrypt(
                received.body,
                private_key=self.private,
                auth_secret=self.secret,
                version="aes128gcm",
            )
        )


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def ticket(received: Received) -> tuple[dict[str, Any], str]:
    """Check the signature of a message's ticket and return its claims and the public key."""
    import jwt

    way, _space, said = received.headers["authorization"].partition(" ")
    assert way == "vapid"
    parts = dict(part.strip().split("=", 1) for part in said.split(","))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(parts["k"]))
    claims = jwt.decode(
        parts["t"],
        key,
        algorithms=["ES256"],
        options={"verify_aud": False, "verify_exp": False, "require": ["aud", "exp", "sub"]},
    )
    now = clock.now().timestamp()
    assert now < claims["exp"] <= now + 24 * 3600
    return claims, parts["k"]


class PushService(ThreadingHTTPServer):
    """Takes messages as RFC 8030 says; `answers` by path are (status, headers, body)."""

    daemon_threads = True
    request_queue_size = 100

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Received] = []
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.hangs: set[str] = set()
        self.over = threading.Event()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def origin(self) -> str:
        return f"http://{self.place}"

    def take(self, received: Received) -> None:
        """Keep a message that came."""
        self.received.append(received)

    def phone(self, name: str = "phone") -> Phone:
        """Return a new subscription."""
        return Phone(f"{self.origin}/push/{name}")

    def answer(self, phone: Phone, status: int, body: bytes = b"", **headers: str) -> None:
        """Say what messages to this phone are answered with from now on."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[phone.endpoint.removeprefix(self.origin)] = (status, named, body)


class _Handler(BaseHTTPRequestHandler):
    server: PushService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.take(Received(self.path, headers, body))
        if self.path in self.server.hangs:
            self.server.over.wait()
            return
        status, said, content = self.server.answers.get(self.path, (201, {}, b""))
        self.send_response(status)
        for name, value in {**said, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        """Nothing: the test says what matters."""


@contextmanager
def push_service() -> Iterator[PushService]:
    """Run a push service that this process may reach until the block ends."""
    with PushService() as service:
        thread = threading.Thread(target=service.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        outgoing.configure(loopback=[service.place])
        yield service
        outgoing.configure()
        service.over.set()
        service.shutdown()
        thread.join()
