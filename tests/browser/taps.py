"""Counts what a finger does: every touch that lands on the page."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page


class Taps:
    """How often this page's device was touched since `again`."""

    def __init__(self, page: Page) -> None:
        self.count = 0
        page.expose_function("__tapped", self._tapped)
        page.add_init_script("addEventListener('pointerdown', () => __tapped(), true)")

    def _tapped(self) -> None:
        self.count += 1

    def again(self) -> None:
        self.count = 0


def drag(
    session: Any, start: tuple[float, float], end: tuple[float, float], steps: int = 6
) -> None:
    """Drag one finger over the page as Chromium's own touch input does; `session` is a CDP one."""

    def send(kind: str, points: list[dict[str, float]]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", [{"x": start[0], "y": start[1]}])
    for step in range(1, steps + 1):
        part = step / steps
        send(
            "touchMove",
            [
                {
                    "x": start[0] + (end[0] - start[0]) * part,
                    "y": start[1] + (end[1] - start[1]) * part,
                }
            ],
        )
    send("touchEnd", [])
