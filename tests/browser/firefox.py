"""Firefox as a phone sees us: it subscribes, rings and is tapped for real, by WebDriver BiDi."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

SECONDS = 30
#: What lets it speak to a maker on this machine, and keeps it from everybody else.
SETTINGS: dict[str, Any] = {
    "dom.push.connection.enabled": True,
    "dom.push.enabled": True,
    "dom.push.testing.allowInsecureServerURL": True,
    "dom.webnotifications.requireuserinteraction": False,
    "permissions.default.desktop-notification": 1,
    "network.proxy.type": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "data:,",
}
PLACE = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


def firefox_path() -> str | None:
    """Return Debian's Firefox ESR, if it is here."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """One window of it."""

    def __init__(self, line: ClientConnection) -> None:
        self.line, self.count = line, 0
        self.send("session.new", capabilities={})
        self.window = self.send("browsingContext.getTree")["contexts"][0]["context"]

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Say something to the browser and return its answer."""
        self.count += 1
        self.line.send(json.dumps({"id": self.count, "method": method, "params": params}))
        while True:
            said = json.loads(self.line.recv(timeout=SECONDS))
            if said.get("id") == self.count:
                assert said["type"] == "success", f"{method}: {said}"
                return dict(said["result"])

    def goto(self, url: str) -> None:
        self.send("browsingContext.navigate", context=self.window, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """Return what a JavaScript expression, which may await, comes to."""
        asked = f"(async () => JSON.stringify((await ({expression})) ?? null))()"
        answer = self.send(
            "script.evaluate", expression=asked, awaitPromise=True, target={"context": self.window}
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def until(self, true: str, said: str, seconds: float = SECONDS) -> Any:
        """Wait until a JavaScript expression comes to something true; return that."""
        return awaited(lambda: self.evaluate(true), said, seconds)

    def click(self, selector: str) -> None:
        """Click the middle of an element, once it is seen."""
        middle = f"""(() => {{
          const found = document.querySelector({json.dumps(selector)});
          if (!found?.checkVisibility()) return null;
          found.scrollIntoView({{block: "center", behavior: "instant"}});
          const box = found.getBoundingClientRect();
          return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)];
        }})()"""
        x, y = self.until(middle, f"{selector} is not seen")
        moves = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        mouse = {
            "type": "pointer",
            "id": "mouse",
            "parameters": {"pointerType": "mouse"},
            "actions": moves,
        }
        self.send("input.performActions", context=self.window, actions=[mouse])

    def keep_cookie(self, name: str, value: str) -> None:
        cookie = {
            "name": name,
            "value": {"type": "string", "value": value},
            "domain": "127.0.0.1",
            "httpOnly": True,
        }
        self.send("storage.setCookie", cookie=cookie)

    def urls(self) -> list[str]:
        """Return the addresses of all of its windows."""
        return [one["url"] for one in self.send("browsingContext.getTree")["contexts"]]


def awaited(there: Callable[[], Any], said: str, seconds: float = SECONDS) -> Any:
    """Look until there is something; in the end fail with the words `said`."""
    give_up = time.monotonic() + seconds
    while not (found := there()):
        assert time.monotonic() < give_up, said
        time.sleep(0.02)
    return found


@contextmanager
def a_firefox(folder: Path, environment: dict[str, str], **settings: Any) -> Iterator[Firefox]:
    """Start one on a profile of its own in `folder`, with more settings by their names."""
    path = firefox_path()
    assert path is not None
    profile = folder / "profile"
    profile.mkdir()
    lines = (
        f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in {**SETTINGS, **settings}.items()
    )
    (profile / "user.js").write_text("\n".join(lines))
    said = folder / "firefox.log"
    with said.open("wb") as log:
        browser = subprocess.Popen(
            [path, "--headless", "--no-remote", "--profile", str(profile),
             "--remote-debugging-port=0", "about:blank"],
            env={**environment, "HOME": str(folder), "MOZ_DISABLE_CONTENT_SANDBOX": "1"},
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        found = awaited(
            lambda: PLACE.search(said.read_text(errors="replace")), "it does not listen"
        )
        with connect(f"{found[1]}/session", max_size=None) as line:
            yield Firefox(line)
    finally:
        browser.terminate()
        browser.wait(20)
