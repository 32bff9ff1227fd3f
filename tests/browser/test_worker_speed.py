"""What the phone has already stands there at once; how soon is a figure of `make bench`."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Request

from tests.browser.keeping import kept
from tests.browser.world import Day

#: How much what stood there moved, scripts and all; a mark is told after what came before it.
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  const look = new PerformanceObserver((list) => {
    for (const one of list.getEntries()) {
      if (one.entryType === "mark") done(sum);
      else sum += one.value;
    }
  });
  look.observe({type: "layout-shift", buffered: true});
  look.observe({type: "mark"});
  performance.mark("looked");
})"""


@pytest.mark.mission(115)
@pytest.mark.parametrize("path", ["/today", "/pipeline"])
def test_without_signal_a_page_stands_there_whole_by_the_worker_alone(
    phone: Page, day: Day, path: str
) -> None:
    failed: list[Request] = []
    phone.goto("about:blank")
    phone.context.set_offline(True)
    phone.on("requestfailed", lambda request: failed.append(request))  # noqa: PLW0108
    answer = phone.goto(path)
    assert answer is not None
    assert (answer.status, answer.from_service_worker) == (200, True)
    assert phone.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(246, 242, 245)"
    kept(phone)
    assert phone.evaluate(SHIFT) == 0
    assert [one.url for one in failed if "/api/" not in one.url] == []
