"""Pushes that reach the phone as its maker’s service would bring them, and what is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from playwright.sync_api import Page

from tests.browser.keeping import awaited

SHOWN = """(await (await navigator.serviceWorker.ready).getNotifications()).map((one) => ({
  title: one.title, body: one.body, tag: one.tag, lang: one.lang, dir: one.dir, data: one.data,
  silent: one.silent, actions: one.actions.map(({action, title}) => [action, title]),
}))"""
#: Counts what was shown. One that failed does not count: another one follows it at once.
COUNTED = """() => {
  if (self.timesShown !== undefined) return self.timesShown;
  self.timesShown = 0;
  const shown = () => void (self.timesShown += 1);
  const show = registration.showNotification.bind(registration);
  registration.showNotification = (...what) => show(...what).then(shown);
  return 0;
}"""
#: Calls the listener itself. What only a finger may do (to open a window) is refused to it.
CLICK = """async ([tag, action]) => {
  const shown = await registration.getNotifications();
  const notification = shown.find((one) => one.tag === tag);
  dispatchEvent(new NotificationEvent("notificationclick", {notification, action}));
}"""
#: The buttons after which it is said, in the notification's place, that it was done.
CONFIRMED = ("done", "snooze", "interested")
CLEAR = """async () => {
  for (const shown of await registration.getNotifications()) shown.close();
}"""


class Pushes:
    """What comes to one phone."""

    def __init__(self, page: Page) -> None:
        self.page, self.ids = page, dict[str, str]()
        page.context.grant_permissions(["notifications"])
        self.wire = page.context.new_cdp_session(page)
        self.wire.on("ServiceWorker.workerRegistrationUpdated", self._on_registration)
        self.wire.send("ServiceWorker.enable")

    def _on_registration(self, event: dict[str, Any]) -> None:
        # Of every origin there is: the tests before this one had phones too.
        for one in event["registrations"]:
            self.ids[one["scopeURL"]] = "" if one["isDeleted"] else one["registrationId"]

    def deliver(self, data: str | dict[str, Any]) -> None:
        """Let a push arrive, with this text or as this JSON; return when something was shown."""
        origin = self.page.evaluate("location.origin")
        # Told by an event of its own, some time after it was asked for.
        awaited(self.page, lambda: self.ids.get(f"{origin}/"), "the browser names no registration")
        text = data if isinstance(data, str) else json.dumps(data)
        message = {"origin": origin, "registrationId": self.ids[f"{origin}/"], "data": text}
        with self._showing():
            self.wire.send("ServiceWorker.deliverPushMessage", message)

    @contextmanager
    def _showing(self) -> Iterator[None]:
        """Wait until the worker showed one more than before the block.

        Who asks the browser for what is shown, while it is about to show it, makes it forget that.
        """
        (worker,) = self.page.context.service_workers
        before = worker.evaluate(COUNTED)
        yield
        awaited(self.page, lambda: worker.evaluate(COUNTED) > before, "nothing was shown")

    def shown(self) -> list[dict[str, Any]]:
        """Return what stands on the screen."""
        found: list[dict[str, Any]] = self.page.evaluate(f"async () => {SHOWN}")
        return found

    def clear(self) -> None:
        """Sweep the screen empty."""
        self.page.context.service_workers[0].evaluate(CLEAR)

    def click(self, tag: str, action: str = "") -> None:
        """Do what the worker does when a notification, or a button of it, is tapped."""
        with self._showing() if action in CONFIRMED else nullcontext():
            self.page.context.service_workers[0].evaluate(CLICK, [tag, action])


def message(alert: str, **more: Any) -> dict[str, Any]:
    """Return what the server sends about an alert; `data` is added to the alert's id."""
    data = {"alert": alert} | more.pop("data", {})
    said = {
        "title": "Hot lead: Daniel Okafor",
        "body": "+30 Asked for a quote",
        "lang": "en",
        "dir": "ltr",
        "navigate": "/today",
        "tag": alert,
        "app_badge": 1,
        "data": data,
    }
    return {"web_push": 8030, "notification": said | more}
