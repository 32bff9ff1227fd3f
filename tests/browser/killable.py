"""A Chromium that can be killed: its profile stays, its processes are a group of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.devices import ARGUMENTS, chromium_path


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
        port = self._profile / "DevToolsActivePort"
        port.unlink(missing_ok=True)
        command = [str(chromium_path()), "--headless=new", "--remote-debugging-port=0", *ARGUMENTS]
        self._process = subprocess.Popen(
            [*command, f"--user-data-dir={self._profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        give_up = time.monotonic() + 20
        while not (port.exists() and "\n" in port.read_text()):
            assert time.monotonic() < give_up, "Chromium did not start"
            time.sleep(0.02)
        self._connected = self._connect(f"http://127.0.0.1:{port.read_text().split()[0]}")

    def kill(self) -> None:
        """End every process of the browser at once, as the power or the system does."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = self._connected = None

    def __enter__(self) -> Killable:
        return self

    def __exit__(self, *_error: Any) -> None:
        self.kill()
