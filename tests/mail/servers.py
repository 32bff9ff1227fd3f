"""Mail servers on loopback: one that takes letters, and a mailbox; real sockets, real TLS."""

from __future__ import annotations

import base64
import ipaddress
import re
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
USER, PASSWORD = "sales@example.com", "a secret"


def certificate(folder: Path, name: str = "localhost") -> Path:
    """Write a certificate for this name and its key into one file; nobody trusts it yet."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address(HOST)))
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


class _Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    desk: Any

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up in the middle is what the tests are about."""


@contextmanager
def _serving(desk: Any, handler: type[socketserver.BaseRequestHandler]) -> Iterator[Any]:
    with _Threads((HOST, 0), handler) as server:
        server.desk = desk
        desk.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield desk
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Post:
    """A server that takes letters. `answers` says otherwise: by command, or command and address."""

    letters: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    #: Called when a letter was taken, before that is said.
    on_letter: Callable[[], None] = lambda: None
    calls: int = 0
    port: int = 0
    certificate: Path | None = None
    is_tls: bool = False
    offers: tuple[str, ...] = ("AUTH PLAIN LOGIN", "8BITMIME")

    def read(self, number: int = -1) -> EmailMessage:
        letter = message_from_bytes(self.letters[number], policy=default)
        assert isinstance(letter, EmailMessage)
        return letter

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(self.certificate))
        return context


class _Smtp(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        desk: Post = self.server.desk  # type: ignore[attr-defined]
        desk.calls += 1
        if desk.is_tls:
            self._encrypt(desk)
        self._say(desk.answers.get("HELLO", "220 here"))
        self.sender = ""
        while line := self.rfile.readline(10_000).decode().rstrip("\r\n"):
            word = line.split(" ", 1)[0].upper()
            address = (re.findall(r"<([^>]*)>", line) or [""])[0]
            said = desk.answers.get(f"{word} {address}") or desk.answers.get(word)
            if said == "HANG UP":
                return
            if said:
                self._say(said)
                continue
            if getattr(self, f"_{word.lower()}", self._odd)(desk, line, address):
                return

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")
        self.wfile.flush()

    def _encrypt(self, desk: Post) -> None:
        self.request = desk.context().wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")
        self.wfile = self.request.makefile("wb")

    def _odd(self, _desk: Post, _line: str, _address: str) -> None:
        self._say("502 no such command")

    def _ehlo(self, desk: Post, _line: str, _address: str) -> None:
        plain = desk.certificate and not isinstance(self.request, ssl.SSLSocket)
        offers = ["here", *desk.offers, *(["STARTTLS"] if plain else [])]
        lines = [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]
        self._say("\r\n".join(lines))

    def _starttls(self, desk: Post, _line: str, _address: str) -> None:
        self._say("220 go on")
        self._encrypt(desk)

    def _auth(self, _desk: Post, line: str, _address: str) -> None:
        given = base64.b64decode(line.rsplit(" ", maxsplit=1)[-1]).split(b"\0")[1:]
        right = given == [USER.encode(), PASSWORD.encode()]
        self._say("235 welcome" if right else "535 5.7.8 no")

    def _mail(self, _desk: Post, _line: str, address: str) -> None:
        self.sender = address
        self._say("250 ok")

    def _rcpt(self, _desk: Post, _line: str, address: str) -> None:
        self.to = address
        self._say("250 ok")

    def _rset(self, _desk: Post, _line: str, _address: str) -> None:
        self._say("250 ok")

    def _data(self, desk: Post, _line: str, _address: str) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        desk.letters.append(b"".join(lines))
        desk.envelopes.append((self.sender, self.to))
        desk.on_letter()
        self._say("250 taken")

    def _quit(self, _desk: Post, _line: str, _address: str) -> bool:
        self._say("221 bye")
        return True


def post_office(**more: Any) -> Any:
    """Serve for the block a server that takes letters."""
    return _serving(Post(**more), _Smtp)


@dataclass
class Mailbox:
    """A mailbox of letters; `seen` holds the numbers that are marked read."""

    letters: list[bytes] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)
    keeps_marks: bool = True
    port: int = 0


class _Imap(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        desk: Mailbox = self.server.desk  # type: ignore[attr-defined]
        self._say(b"* OK here")
        while line := self.rfile.readline(10_000).decode().rstrip("\r\n"):
            tag, _space, command = line.partition(" ")
            desk.commands.append(command)
            done = self._answer(desk, command)
            self._say(f"{tag} {done}".encode())
            if command.startswith("LOGOUT"):
                return

    def _say(self, text: bytes) -> None:
        self.wfile.write(text + b"\r\n")

    def _answer(self, desk: Mailbox, command: str) -> str:
        if command.startswith("CAPABILITY"):
            self._say(b"* CAPABILITY IMAP4rev1")
        elif command.startswith("LOGIN"):
            return "OK in" if f'"{PASSWORD}"' in command else "NO [AUTHENTICATIONFAILED] no"
        elif command.startswith("SELECT"):
            self._say(f"* {len(desk.letters)} EXISTS".encode())
        elif command.startswith("UID SEARCH UNSEEN"):
            unseen = [str(n) for n in range(1, len(desk.letters) + 1) if n not in desk.seen]
            self._say(b"* SEARCH " + " ".join(unseen).encode())
        elif command.startswith("UID FETCH"):
            self._fetch(desk, command)
        elif command.startswith("UID STORE"):
            if not desk.keeps_marks:
                return "NO read only"
            desk.seen.add(int(command.split()[2]))
        return "OK done"

    def _fetch(self, desk: Mailbox, command: str) -> None:
        number = int(command.split()[2])
        raw = desk.letters[number - 1]
        if "HEADER.FIELDS" in command:
            head = re.search(rb"^Content-Type:.*?\r?\n(?=\S|\r?\n)", raw, re.I | re.M | re.S)
            raw = (head[0] if head else b"") + b"\r\n"
        self._say(f"* {number} FETCH (UID {number} BODY[] {{{len(raw)}}}".encode())
        self.wfile.write(raw + b")\r\n")


def mailbox(**more: Any) -> Any:
    """Serve a mailbox for the block."""
    return _serving(Mailbox(**more), _Imap)


def report(message_id: str, status: str = "5.1.1", said: str = "smtp; 550 no such user") -> bytes:
    """Return the report of a server that could not deliver this letter."""
    return f"""\
From: MAILER-DAEMON@example.net\r
To: sales@example.com\r
Subject: Undelivered\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status;\r
 boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
It did not arrive.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example.net\r
\r
Final-Recipient: rfc822; somebody.else@example.net\r
Action: failed\r
Status: {status}\r
Diagnostic-Code: {said}\r
\r
--b\r
Content-Type: message/rfc822\r
\r
From: sales@example.com\r
Message-ID: <{message_id}@example.com>\r
Subject: Hello\r
\r
Hello\r
--b--\r
""".encode()
