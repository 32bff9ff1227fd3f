"""What goes wrong on a page: seen by the stories' watchman, forgiven where a story provokes it."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response

#: Says a violation of the policy aloud, where the console alone would be silent.
REPORT = """
addEventListener('securitypolicyviolation', e =>
  console.error(`CSP: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
"""


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
    """Collect errors, policy violations, failed parts and requests to other hosts."""

    def on_console(message: ConsoleMessage) -> None:
        # Failed loads are judged by `on_response`; offline they are part of the story.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            faults.append(f"console: {message.text}")

    def on_request(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != host:
            faults.append(f"another host: {request.url}")

    def on_response(response: Response) -> None:
        answers = response.request.resource_type in ("document", "fetch", "xhr")
        if response.status >= (500 if answers else 400):
            faults.append(f"{response.status}: {response.url}")

    context.on("console", on_console)
    context.on("weberror", lambda error: faults.append(f"exception: {error.error}"))
    context.on("request", on_request)
    context.on("response", on_response)
    context.add_init_script(REPORT)
