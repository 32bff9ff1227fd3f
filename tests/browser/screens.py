"""Every page that can be opened, with an address that works: crawled by axe and by the camera."""

from __future__ import annotations

from flask import Flask

from tests.browser.world import Day

#: Answers that are no pages: pieces for htmx, suggestions, files, redirects.
NO_PAGES = {
    "today.home", "captures.people", "captures.stage", "deals.card", "deals.account_names",
    "deals.contact_names",
}
#: What each part of an address is filled with.
PARTS = {
    "deal_id": "deal", "lead_id": "lead", "contact_id": "contact", "account_id": "account",
    "activity_id": "logged",
}


def addresses(app: Flask, day: Day, others: dict[str, str]) -> dict[str, str]:
    """Return endpoint → path of every page; `others` fills parts that are not of the day.

    Raises KeyError, naming the part, for a route that nobody has told how to fill.
    """
    found = {}
    urls = app.url_map.bind("127.0.0.1")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.rule.startswith(("/api/", "/static/")):
            continue
        if rule.endpoint in NO_PAGES:
            continue
        values = {
            part: others[part] if part in others else getattr(day, PARTS[part])
            for part in rule.arguments
        }
        found[rule.endpoint] = urls.build(rule.endpoint, values)
    return found
