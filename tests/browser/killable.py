"""A Chromium that can be killed: its profile stays, its processes are a group of their own."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.devices import ARGUMENTS, chromium_path

LISTENING = re.compile(rb"DevTools listening on (ws://\S+)")


def processes(group: int) -> list[int]:
    """Return a descriptor of each process of the group; it can be read once that one has ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            if int(stat.read_text().rpartition(")")[2].split()[2]) == group:
                found.append(os.pidfd_open(int(stat.parent.name)))
    return found


class Killable:
    """Start it with `page()`; `kill()` is SIGKILL to all of its processes."""

    def __init__(self, browser: Browser, profile: Path, address: str) -> None:
        self.address = address
        self._connect = browser.browser_type.connect_over_cdp
        self._profile = profile
        self._process: subprocess.Popen[bytes] | None = None
        self._connected: Browser | None = None

    def page(self) -> Page:
        """Return a page of the browser, started if it is not running."""
        if self._process is None:
            self._start()
        assert self._connected
        page = self._connected.contexts[0].new_page()
        page.set_default_timeout(20_000)
        return page

    def _start(self) -> None:
        command = [str(chromium_path()), "--headless=new", "--remote-debugging-port=0", *ARGUMENTS]
        self._process = subprocess.Popen(
            [*command, f"--user-data-dir={self._profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        said = self._process.stderr
        assert said
        listening = next((found[1] for line in said if (found := LISTENING.search(line))), None)
        assert listening, "Chromium did not start"
        # Nobody reads what it says from here on; it must not wait for that.
        self._reader = Thread(target=said.read, daemon=True)
        self._reader.start()
        self._connected = self._connect(listening.decode())

    def kill(self) -> None:
        """End every process of the browser at once, as the power or the system does.

        The last of them is gone afterwards: while it holds the files, the next browser cannot.
        """
        if self._process:
            ends = processes(self._process.pid)
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            for end in ends:
                select.select([end], [], [], 20)
                os.close(end)
            self._reader.join()
            assert self._process.stderr
            self._process.stderr.close()
        self._process = self._connected = None

    def __enter__(self) -> Killable:
        return self

    def __exit__(self, *_error: Any) -> None:
        self.kill()
