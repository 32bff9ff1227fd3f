"""What a browser's maker runs: phones hold a line to it, and messages reach them over that line."""

from __future__ import annotations

import base64
import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from crm import outgoing
from tests.push.service import PushService, Received


class Maker(PushService):
    """Gives addresses to the browsers on its lines, and hands on what is posted to these."""

    def __init__(self) -> None:
        super().__init__()
        #: By the path of an address: its line, and what the browser calls it.
        self.lines: dict[str, tuple[ServerConnection, str]] = {}
        self.acknowledged: list[str] = []

    def take(self, received: Received) -> None:
        super().take(received)
        line, channel = self.lines[received.path]
        said = {
            "messageType": "notification",
            "channelID": channel,
            "version": uuid.uuid4().hex,
            "data": base64.urlsafe_b64encode(received.body).rstrip(b"=").decode(),
            "headers": {"encoding": received.headers["content-encoding"]},
        }
        line.send(json.dumps(said))

    def speak(self, line: ServerConnection) -> None:
        """Answer one browser until it hangs up."""
        # A browser that is stopped says no good-bye.
        with suppress(ConnectionClosed):
            while True:
                if answer := self._answer(line, json.loads(line.recv())):
                    line.send(json.dumps(answer))

    def _answer(self, line: ServerConnection, said: dict[str, Any]) -> dict[str, Any] | None:
        kind = said.get("messageType")
        same = {"messageType": kind, "status": 200}
        if kind == "hello":
            return {**same, "uaid": said.get("uaid") or uuid.uuid4().hex, "use_webpush": True,
                    "broadcasts": {}}  # fmt: skip
        if kind == "register":
            path = f"/push/{uuid.uuid4().hex}"
            self.lines[path] = (line, said["channelID"])
            return {**same, "channelID": said["channelID"], "pushEndpoint": self.origin + path}
        if kind == "unregister":
            gone = [path for path, (_, c) in self.lines.items() if c == said["channelID"]]
            for path in gone:
                del self.lines[path]
                self.answers[path] = (410, {}, b"")
            return {**same, "channelID": said["channelID"]}
        if kind == "ack":
            self.acknowledged += [one["channelID"] for one in said["updates"]]
        return None


@contextmanager
def a_maker() -> Iterator[tuple[Maker, str]]:
    """Run one until the block ends; also the address of its lines, for the browser's settings."""
    with Maker() as maker:
        protocol = Subprotocol("push-notification")
        lines: Server = serve(maker.speak, "127.0.0.1", 0, subprotocols=[protocol])
        threads = [
            threading.Thread(target=maker.serve_forever, args=(0.01,), daemon=True),
            threading.Thread(target=lines.serve_forever, daemon=True),
        ]
        for thread in threads:
            thread.start()
        outgoing.configure(loopback=[maker.place])
        try:
            yield maker, f"ws://127.0.0.1:{lines.socket.getsockname()[1]}/"
        finally:
            outgoing.configure()
            maker.over.set()
            maker.shutdown()
            lines.shutdown()
            for thread in threads:
                thread.join()
