"""A network between phones and a server, on the loopback, that fails them in every known way."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

PORTAL = b"<!doctype html><title>Welcome</title><p>Accept our terms to go online."
Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


@dataclass
class Exchange:
    """One request as it came in, and the way back to its phone."""

    request: bytes
    client: Writer
    upstream: int
    seconds: float
    chance: random.Random
    #: How often the server answered with which status, seen by the phone or not.
    said: Counter[int]

    async def ask(self, request: bytes | None = None, *, half_close: bool = False) -> bytes:
        """Return what the server answers; b"" where it is away."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        except OSError:
            return b""
        try:
            writer.write(self.request if request is None else request)
            if half_close:
                writer.write_eof()
            answer = await _message(reader)
        except (OSError, EOFError, ValueError):
            return b""
        finally:
            writer.transport.abort()
        self.said[int(answer[9:12])] += 1
        return answer

    async def answer(self, said: bytes) -> None:
        """Give the phone all that came, and no more after it."""
        if said:
            self.client.write(said)
            await self.client.drain()
        self.client.close()

    def page(self, status: str, *headers: str, body: bytes = PORTAL) -> bytes:
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body

    def reset(self) -> None:
        """Break the connection so that the phone is told so by TCP itself."""
        if (sock := self.client.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.client.transport.abort()


async def _message(reader: Reader) -> bytes:
    """Return one HTTP message whole. Raises where it ends before its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.decode("latin-1").lower().split("\r\n"):
        if line.startswith("content-length:"):
            length = int(line.split(":")[1])
    return head + await reader.readexactly(length)


async def well(to: Exchange) -> None:
    await to.answer(await to.ask())


async def drop(to: Exchange) -> None:
    """Nothing arrives."""
    to.client.close()


async def reset(to: Exchange) -> None:
    """TCP's RST instead of the request, or instead of its answer."""
    if to.chance.random() < 0.5:
        await to.ask()
    to.reset()


async def cut(to: Exchange) -> None:
    """Half of the request arrives; the server waits for the rest in vain."""
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", to.upstream)
        writer.write(to.request[: to.chance.randrange(1, len(to.request))])
        await writer.drain()
        writer.transport.abort()
    to.client.close()


async def lose(to: Exchange) -> None:
    """The request arrives, its answer does not."""
    await to.ask()
    to.client.close()


async def delay(to: Exchange) -> None:
    """The answer comes when the phone has long stopped waiting, or just before."""
    said = await to.ask()
    await asyncio.sleep(to.seconds * to.chance.choice((0.2, 0.5, 2)))
    await to.answer(said)


async def half_close(to: Exchange) -> None:
    """Our side says that it has nothing more to say while the server still works."""
    await to.answer(await to.ask(half_close=True))


async def truncate(to: Exchange) -> None:
    """The answer ends in its middle."""
    said = await to.ask()
    await to.answer(said[: to.chance.randrange(len(said))] if said else b"")


async def portal(to: Exchange) -> None:
    """A page with 200 and nothing sent on; or sent on, and a page all the same."""
    if to.chance.random() < 0.3:
        await to.ask()
    await to.answer(to.page("200 OK", "Content-Type: text/html"))


async def redirect(to: Exchange) -> None:
    await to.answer(to.page("302 Found", "Location: http://portal.example/", body=b""))


async def garbage(to: Exchange) -> None:
    """Bytes of any kind, or JSON of somebody else's."""
    kinds = (
        to.chance.randbytes(200),
        to.page("200 OK", "Content-Type: application/json", body=b'{"results": []}'),
        to.page("200 OK", "Content-Type: application/json", body=b'{"ok": true}'),
        to.page("200 OK", "Content-Type: application/json", body=b"[1, 2"),
        to.page("401 Unauthorized", "Content-Type: text/html"),
        to.page("502 Bad Gateway", "Content-Type: text/html"),
    )
    if to.chance.random() < 0.3:
        await to.ask()
    await to.answer(to.chance.choice(kinds))


async def double(to: Exchange) -> None:
    """The same request arrives twice at once."""
    first, _second = await asyncio.gather(to.ask(), to.ask())
    await to.answer(first)


async def repeat(to: Exchange) -> None:
    """The same request arrives once more when its phone is far beyond it."""
    await to.answer(await to.ask())
    await asyncio.sleep(to.seconds * to.chance.uniform(1, 5))
    await to.ask()


async def dribble(to: Exchange) -> None:
    """A line so slow that the request arrives in crumbs."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", to.upstream)
    except OSError:
        return to.client.close()
    try:
        step = max(1, len(to.request) // 5)
        for start in range(0, len(to.request), step):
            writer.write(to.request[start : start + step])
            await writer.drain()
            await asyncio.sleep(to.seconds / 20)
        await to.answer(await _message(reader))
    except (OSError, EOFError, ValueError):
        to.client.close()
    finally:
        writer.transport.abort()


Fault = Callable[[Exchange], Awaitable[None]]
FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        drop, reset, cut, lose, delay, half_close, truncate, portal, redirect, garbage, double,
        repeat, dribble,
    )
}  # fmt: skip


@dataclass
class Network:
    """Listens for phones and hands each of their requests to `choose`'s fault, or on as it is."""

    upstream: int
    choose: Callable[[], str | None]
    chance: random.Random
    #: What a phone's patience is: the faults of time are made of it.
    seconds: float = 0.2
    port: int = 0
    met: Counter[str] = field(default_factory=Counter)
    said: Counter[int] = field(default_factory=Counter)
    _server: asyncio.Server | None = None
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Network:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._server is not None:
            self._server.close()
        # Late repeats belong to the run: they arrive before it is looked at.
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _serve(self, reader: Reader, client: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        with contextlib.suppress(OSError, EOFError):
            request = await _message(reader)
            name = self.choose()
            if name:
                self.met[name] += 1
            what = FAULTS[name] if name else well
            await what(
                Exchange(request, client, self.upstream, self.seconds, self.chance, self.said)
            )
        client.close()
