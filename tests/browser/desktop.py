"""A desktop that shows notifications: a bus of its own, and who taps what stands on it."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress, HeaderFields, MessageType, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

NAME = "org.freedesktop.Notifications"
HERE = DBusAddress("/org/freedesktop/Notifications", bus_name=NAME, interface=NAME)


@dataclass
class Shown:
    """What stands on the screen; `actions` are the names of its buttons by what they are called."""

    id: int
    title: str
    body: str
    actions: dict[str, str]


class Desktop:
    """Speaks the desktop's part of the notifications' protocol."""

    def __init__(self, line: DBusConnection) -> None:
        self.line, self.over = line, threading.Event()
        self.shown: list[Shown] = []
        line.send_and_get_reply(message_bus.RequestName(NAME))

    def run(self) -> None:
        """Answer until it is over."""
        while not self.over.is_set():
            with suppress(TimeoutError):
                said = self.line.receive(timeout=0.05)
                if said.header.message_type == MessageType.method_call:
                    self._answer(said)

    def _answer(self, said: Any) -> None:
        kind = said.header.fields[HeaderFields.member]
        if kind == "GetCapabilities":
            answer = new_method_return(said, "as", (["body", "actions"],))
        elif kind == "GetServerInformation":
            answer = new_method_return(said, "ssss", ("desktop", "tests", "1", "1.2"))
        elif kind == "Notify":
            _app, replaced, _icon, title, body, actions, _hints, _timeout = said.body
            new = replaced or len(self.shown) + 1
            named = dict(zip(actions[1::2], actions[::2], strict=True))
            self.shown = [one for one in self.shown if one.id != new]
            self.shown.append(Shown(new, title, body, named))
            answer = new_method_return(said, "u", (new,))
        else:
            answer = new_method_return(said)
        self.line.send(answer)

    def tap(self, shown: Shown, button: str | None = None) -> None:
        """Tap a notification, or the button of this name on it."""
        action = shown.actions[button] if button else "default"
        self.line.send(new_signal(HERE, "ActionInvoked", "us", (shown.id, action)))


@contextmanager
def a_desktop() -> Iterator[tuple[Desktop, str]]:
    """Run one until the block ends; also the address of its bus, for who is to be shown there."""
    bus = subprocess.Popen(
        [shutil.which("dbus-daemon") or "", "--session", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert bus.stdout is not None
    try:
        address = bus.stdout.readline().strip()
        with open_dbus_connection(bus=address) as line:
            desktop = Desktop(line)
            thread = threading.Thread(target=desktop.run, daemon=True)
            thread.start()
            try:
                yield desktop, address
            finally:
                desktop.over.set()
                thread.join()
    finally:
        bus.terminate()
        bus.wait(10)
        bus.stdout.close()
