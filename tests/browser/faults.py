"""What goes wrong on a page: seen by the stories' watchman, forgiven where a story provokes it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request

#: Says a violation of the policy aloud, where the console alone would be silent.
REPORT = """
addEventListener('securitypolicyviolation', e =>
  console.error(`CSP: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
"""
STATUS = re.compile(r"status of (\d{3})")
#: What a page is made of, besides itself: it is there, or the page is broken.
PARTS = ("/static/", "/attachments/", "/qr/")


class Faults(list[str]):
    """The faults so far, each in a line."""

    def __init__(self) -> None:
        super().__init__()
        self._provoked: tuple[str, ...] = ()

    def append(self, said: str) -> None:
        if not any(words in said for words in self._provoked):
            super().append(said)

    def forgive(self, *provoked: str) -> None:
        """Forget the faults in which one of these words occurs, and those still on their way."""
        self._provoked += provoked
        before = list(self)
        self.clear()
        for said in before:
            self.append(said)


def watch(context: BrowserContext, host: str, faults: Faults) -> None:
    """Collect errors, policy violations, failed parts and requests to other hosts.

    By what went wrong alone: to hear of every request would cost a story a tenth of its time.
    """

    def on_console(message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        if not message.text.startswith("Failed to load resource"):
            faults.append(f"console: {message.text}")
        elif status := STATUS.search(message.text):  # offline there is none: part of the story
            on_answer(int(status[1]), message.location["url"])

    def on_answer(status: int, url: str) -> None:
        is_part = urlsplit(url).path.startswith(PARTS)
        if status >= (400 if is_part else 500):
            faults.append(f"{status}: {url}")

    def on_failed(request: Request) -> None:
        # No other host has an address here (ARGUMENTS in devices.py), so each of them fails.
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != host:
            faults.append(f"another host: {request.url}")

    context.on("console", on_console)
    context.on("weberror", lambda error: faults.append(f"exception: {error.error}"))
    context.on("requestfailed", on_failed)
    context.add_init_script(REPORT)
