"""The stories' own watchman: what a page does wrong is seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route

from crm.web.security import CSP
from tests.browser.devices import NewPage


def plant(page: Page, body: str, headers: dict[str, str] | None = None) -> None:
    """Answer /planted with `body`, under the product's own policy."""

    def answer(route: Route) -> None:
        policy = {"Content-Security-Policy": CSP, "Content-Type": "text/html; charset=utf-8"}
        route.fulfill(body=body, headers=policy | (headers or {}))

    page.route("**/planted", answer)
    page.goto("/planted")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<body><script>document.title = 'in'</script>", "CSP: script-src"),
        ("<body><p onclick='x()'>", "CSP: script-src"),
        ("<body><p style='color: red'>", "CSP: style-src"),
        ("<body><img src='https://example.invalid/x.png'>", "another host"),
        ("<body><img src='/static/nothing-here.png'>", "404"),
    ],
)
def test_a_fault_on_a_page_is_seen(
    new_page: NewPage, faults: list[str], body: str, said: str
) -> None:
    page = new_page()
    plant(page, body)
    page.wait_for_load_state("networkidle")
    seen = "\n".join(faults)
    faults.clear()
    assert said in seen


def test_an_unfit_page_is_found_by_axe(new_page: NewPage, axe: Callable[[Page], None]) -> None:
    page = new_page()
    plant(page, "<html lang=en><title>Planted</title><main><h1>Here</h1><input></main>")
    with pytest.raises(AssertionError, match="label"):
        axe(page)
