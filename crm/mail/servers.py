"""Speaks with the mail servers: encrypted, with a name that was checked, and never for long."""

from __future__ import annotations

import imaplib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from crm import installation, outgoing
from crm.mail.faults import MailFault, fault_of, refusal_of

#: For each step of a conversation; a letter takes fewer than ten, so that its lease outlasts it.
SECONDS = 15.0


@dataclass(frozen=True)
class Server:
    """Where, how and as whom."""

    host: str
    port: int
    #: starttls, tls, or none, which is for our own network only.
    tls: str
    user: str | None = None
    password: str | None = None
    is_inside: bool = False


@cache
def trusted() -> ssl.SSLContext:
    """Return what certificates are judged by, read once; tests hand in their own."""
    return ssl.create_default_context()


def _dial(server: Server, seconds: float) -> socket.socket:
    """Connect to the very address that was found allowed: a second look might find another."""
    try:
        address = outgoing.public_address(server.host, server.port, inside=server.is_inside)
    except outgoing.Refused as error:
        raise MailFault("not_public" if error.reason == "inside" else "unknown_host") from error
    except outgoing.Unreachable as error:
        raise MailFault("silent" if error.reason == "timeout" else "unknown_host") from error
    return socket.create_connection((address, server.port), seconds)


class _Smtp(smtplib.SMTP):
    def __init__(self, server: Server, context: ssl.SSLContext) -> None:
        self._server, self._context = server, context
        ours = urlsplit(installation.address()).hostname or "localhost"
        super().__init__(server.host, server.port, ours, SECONDS)

    def _get_socket(self, _host: str, _port: int, timeout: float) -> Any:
        plain = _dial(self._server, timeout)
        if self._server.tls != "tls":
            return plain
        return self._context.wrap_socket(plain, server_hostname=self._server.host)


@contextmanager
def smtp(server: Server, context: ssl.SSLContext | None = None) -> Iterator[smtplib.SMTP]:
    """Sign in and hold the line for the block. Raises MailFault for whatever goes wrong."""
    context = context or trusted()
    line = None
    try:
        line = _Smtp(server, context)
        if server.tls == "starttls":
            line.starttls(context=context)
        if server.user:
            line.login(server.user, server.password or "")
    except Exception as error:
        if line is not None:
            line.close()
        raise fault_of(error) from error
    try:
        yield line
    finally:
        with suppress(OSError, smtplib.SMTPException):
            line.quit()
        line.close()


def post(line: smtplib.SMTP, letter: EmailMessage, sender: str, to: str) -> None:
    """Hand one letter over. Raises MailFault; after one for the letter's own the line holds."""
    try:
        line.send_message(letter, sender, [to])
    except Exception as error:
        raise refusal_of(error) from error


class _Imap(imaplib.IMAP4):
    def __init__(self, server: Server, context: ssl.SSLContext) -> None:
        self._server, self._context = server, context
        super().__init__(server.host, server.port, SECONDS)

    def _create_socket(self, timeout: float | None) -> Any:
        plain = _dial(self._server, timeout or SECONDS)
        if self._server.tls != "tls":
            return plain
        return self._context.wrap_socket(plain, server_hostname=self._server.host)


@contextmanager
def imap(server: Server, context: ssl.SSLContext | None = None) -> Iterator[imaplib.IMAP4]:
    """Sign in to a mailbox and hold the line for the block. Raises MailFault."""
    context = context or trusted()
    line = None
    try:
        line = _Imap(server, context)
        if server.tls == "starttls":
            line.starttls(context)
        _sign_in(line, server)
    except Exception as error:
        if line is not None:
            line.shutdown()
        raise fault_of(error) from error
    try:
        yield line
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            line.logout()


def _sign_in(line: imaplib.IMAP4, server: Server) -> None:
    try:
        line.login(server.user or "", server.password or "")
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise MailFault("password", str(error)) from error
