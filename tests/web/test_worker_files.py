"""What the phone must have before it works without signal is small, whole, and about nobody."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm.users.viewer import Viewer
from crm.web import worker_files

SCRIPTS, WORKER, SHEET, FONT = 28_000, 5_000, 12_000, 60_000
#: What the worker takes in by itself, besides the outbox.
ALERTS = 2_600


def _constants(client: FlaskClient) -> dict[str, object]:
    line = client.get("/sw.js").get_data(as_text=True).partition("\n")[0]
    named = line.removeprefix("const ").removesuffix(";")
    decoder, at, found = json.JSONDecoder(), 0, {}
    while at < len(named):
        name, _equals, _rest = named[at:].partition("=")
        found[name], at = decoder.raw_decode(named, at + len(name) + 1)
        at += 1
    return found


def _weight(client: FlaskClient, url: str) -> int:
    with client.get(url, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.status_code == 200, url
        if answer.headers.get("Content-Encoding") == "gzip":
            return len(answer.data)
        return len(gzip.compress(answer.data, 9))


@pytest.mark.mission(115)
def test_the_shell_is_small(client: FlaskClient) -> None:
    constants = _constants(client)
    shell = [str(url) for url in constants["SHELL"]]  # type: ignore[attr-defined]
    weights = {url: _weight(client, url) for url in shell}
    scripts = {url: size for url, size in weights.items() if url.endswith(".js")}
    sheets = [size for url, size in weights.items() if url.endswith(".css")]
    worker, font = _weight(client, "/sw.js"), _weight(client, str(constants["FONT"]))
    alerts = _weight(client, str(constants["ALERTS"]))
    assert alerts <= ALERTS
    print(f"scripts {sum(scripts.values())} B, worker {worker} B, its alerts {alerts} B")
    print(f"sheet {sheets}, font {font} B")
    assert sum(scripts.values()) <= SCRIPTS, scripts
    assert worker <= WORKER
    assert sum(sheets) <= SHEET
    assert font <= FONT


def test_every_script_there_is_comes_onto_the_phone(app: Flask, client: FlaskClient) -> None:
    constants = _constants(client)
    listed = {*constants["SHELL"], *constants["LATER"]}  # type: ignore[misc]
    folder = app.config["ASSETS"] / "js"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.js")}
    names = {str(url).partition("/js/")[2] for url in listed}
    assert there - names == {"sw.js", "sw-off.js", "sw-alerts.js"}, "the worker brings itself"
    for url in listed:
        with client.get(str(url)) as answer:
            assert answer.status_code == 200, url
    assert not [url for url in map(str, listed) if "/sw" in url]


def test_the_worker_is_asked_for_anew_each_time(client: FlaskClient) -> None:
    answer = client.get("/sw.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("packed", ["br", "gzip", "identity"])
def test_a_phone_that_has_the_worker_is_not_sent_it_again(client: FlaskClient, packed: str) -> None:
    tag = client.get("/sw.js", headers={"Accept-Encoding": packed}).headers["ETag"]
    again = client.get("/sw.js", headers={"Accept-Encoding": packed, "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == "no-cache"


def test_the_kill_switch_changes_what_the_worker_is(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = client.get("/sw.js").headers["ETag"]
    monkeypatch.setitem(app.config, "KILL_WORKER", True)
    text = client.get("/sw.js", headers={"If-None-Match": tag}).get_data(as_text=True)
    assert "unregister" in text
    assert "journal" not in text


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("fa", "rtl")])
def test_the_manifest_speaks_both_languages(
    client: FlaskClient, language: str, direction: str
) -> None:
    answer = client.get(f"/manifest.webmanifest?language={language}")
    said = answer.get_json(force=True)
    assert answer.mimetype == "application/manifest+json"
    assert (said["lang"], said["dir"], said["id"]) == (language, direction, "/")
    assert (said["start_url"], said["display"]) == ("/today", "standalone")
    assert [one["url"] for one in said["shortcuts"]] == ["/capture", "/people", "/today"]
    assert said["share_target"]["method"] == "GET"
    assert {one.get("purpose") for one in said["icons"]} == {None, "maskable"}
    for one in said["icons"]:
        with client.get(one["src"]) as icon:
            assert icon.status_code == 200
    page = client.get(f"/sign-in?language={language}").get_data(as_text=True)
    assert f'href="/manifest.webmanifest?language={language}"' in page


def test_the_page_without_signal_is_about_nobody(
    new_client: Callable[..., FlaskClient], sara: Viewer
) -> None:
    page = new_client(sara).get("/offline")
    assert page.status_code == 200
    assert "X-Viewer" not in page.headers
    text = page.get_data(as_text=True)
    assert sara.name not in text
    assert sara.id not in text


def test_a_page_says_whose_it_is_and_a_public_one_does_not(
    new_client: Callable[..., FlaskClient], sara: Viewer
) -> None:
    client = new_client(sara)
    assert client.get("/today").headers["X-Viewer"] == sara.id
    assert "X-Viewer" not in client.get("/api/v1/me").headers
    assert "X-Viewer" not in new_client().get("/sign-in").headers


def test_what_was_shared_with_the_app_stands_in_the_note(
    new_client: Callable[..., FlaskClient], sara: Viewer
) -> None:
    page = new_client(sara).get("/capture?title=News&text=They+grow&url=https://example.com/x")
    text = page.get_data(as_text=True)
    assert "News\nThey grow\nhttps://example.com/x" in text.replace("\r", "")


def test_the_list_of_the_shell_names_what_there_is(app: Flask) -> None:
    for path in worker_files.SHELL:
        assert (app.config["ASSETS"] / path).is_file(), path
