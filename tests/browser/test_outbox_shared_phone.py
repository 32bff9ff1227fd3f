"""Two people, one phone: neither sees, counts, sends nor finds a byte of the other's."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from crm.activities.models import Activity
from crm.database import db
from crm.users.viewer import Viewer
from tests import people
from tests.browser.devices import NewPage
from tests.browser.killable import Killable
from tests.browser.outbox import counted, meeting, open_outbox, sign_in

CANARY = "Canary-4711-قناری"
#: All that a page can find on this phone, as one string; bytes as Latin-1, so that UTF-8 is found.
EVERYTHING = """async () => {
  const wait = request => new Promise((done, no) => {
    request.onsuccess = () => done(request.result);
    request.onerror = no;
  });
  const bytes = found => new TextDecoder('latin1').decode(found);
  const text = value => JSON.stringify(value, (_, part) =>
    part instanceof Uint8Array || part instanceof ArrayBuffer ? bytes(part) : part);
  const found = [text({...localStorage}), text({...sessionStorage})];
  for (const {name} of await indexedDB.databases()) {
    const database = await wait(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const all = database.transaction(store).objectStore(store);
      found.push(text(await wait(all.getAll())), text(await wait(all.getAllKeys())));
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const kept = await cache.match(request);
      found.push(request.url, text([...kept.headers]), bytes(await kept.arrayBuffer()));
    }
  }
  return found.join('\\n');
}"""
#: A capture, a draft and the book, each with the canary.
FILL = """async ([capture, canary]) => {
  await outbox.put(capture, [{kind: 'voice', blob: new Blob([canary], {type: 'audio/mp4'})}]);
  await outbox.drafts.save('capture', {note: canary});
  await outbox.book.put({people: [['contact:1', canary]]});
  return [await outbox.drafts.load('capture'), await outbox.book.get()];
}"""


def forms(canary: str) -> list[str]:
    """Return the ways in which it could stand there."""
    ascii_part, persian = canary[:11], canary[12:]
    return [
        ascii_part,
        ascii_part.encode("utf-16-le").decode("latin1"),
        persian,
        persian.encode().decode("cp1252", "replace"),
    ]


def filled(page: Page, app: Flask, person: Viewer, address: str = "") -> str:
    """Give the phone to the person, who leaves a capture, a draft and the book on it."""
    open_outbox(page, app, address)
    sign_in(page, person)
    capture = meeting(CANARY)
    draft, book = page.evaluate(FILL, [capture, CANARY])
    assert CANARY in draft["note"]
    assert CANARY in book["people"][0][1]
    assert page.evaluate("outbox.list()")[0]["label"] == CANARY
    return str(capture["id"])


def hand_over(page: Page, app: Flask, person: Viewer) -> None:
    """Somebody else signs in on the same phone."""
    name, token = people.session_cookie(person)
    page.context.add_cookies([{"name": name, "value": token, "url": page.url.rpartition("/")[0]}])
    open_outbox(page, app)
    sign_in(page, person)


def owners() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Activity.owner_id)))


@pytest.mark.mission(116)
@pytest.mark.parametrize("signs_out", [True, False], ids=["after a sign-out", "without one"])
def test_another_person_finds_nothing_and_the_owner_finds_all(
    new_page: NewPage, sqlite_app: Flask, sara: Viewer, omid: Viewer, signs_out: bool
) -> None:
    page = new_page(sara)
    kept = filled(page, sqlite_app, sara)
    if signs_out:
        page.evaluate("outbox.wipe().then(outbox.lock)")
        assert counted(page) == {"waiting": 0, "parked": 0, "oldest_at": None}
    hand_over(page, sqlite_app, omid)
    everything = page.evaluate(EVERYTHING)
    assert kept in everything, "the row is there, sealed"
    assert [form for form in forms(CANARY) if form in everything] == []
    assert (page.evaluate("outbox.list()"), page.evaluate("outbox.book.get()")) == ([], None)
    assert page.evaluate("outbox.drafts.load('capture')") is None
    assert counted(page)["waiting"] == 0
    page.evaluate("outbox.drain('tap')")
    assert owners() == []
    hand_over(page, sqlite_app, sara)
    assert page.evaluate("outbox.drain('tap')")["waiting"] == 0
    assert owners() == [sara.id]


def test_a_page_that_is_still_open_does_not_save_in_the_next_persons_name(
    new_page: NewPage, sqlite_app: Flask, sara: Viewer, omid: Viewer
) -> None:
    hers = new_page(sara)
    open_outbox(hers, sqlite_app)
    sign_in(hers, sara)
    his = hers.context.new_page()
    open_outbox(his, sqlite_app)
    hand_over(his, sqlite_app, omid)
    said = hers.evaluate("c => outbox.put(c).catch(e => e instanceof outbox.Locked)", meeting())
    assert said is True
    assert counted(his)["waiting"] == 0


@pytest.mark.mission(116)
def test_not_even_the_files_of_the_browser_show_it(
    browser: Browser, tmp_path: Path, live_server: str, sqlite_app: Flask, sara: Viewer
) -> None:
    profile = tmp_path / "profile"
    with Killable(browser, profile, live_server) as killable:
        filled(killable.page(), sqlite_app, sara, live_server)
    read = b"".join(path.read_bytes() for path in profile.rglob("*") if path.is_file())
    assert b"outbox-journal" in read
    for form in (CANARY[:11].encode(), CANARY[:11].encode("utf-16-le"), CANARY[12:].encode()):
        assert form not in read
