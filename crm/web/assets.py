"""Static files for the browser: joined and compressed once per build, then kept for ever."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import Any

import brotli
from flask import Flask
from whitenoise import WhiteNoise

from crm.web import scripts

SHEETS = ("tokens", "reset", "base", "layout", "components", "utilities")
_SQUEEZED = {".css", ".js", ".svg", ".json", ".webmanifest"}


def init_app(app: Flask, source: Path, headers: dict[str, str]) -> None:
    """Serve `source` below /static/<build>/ and give templates `static('css/app.css')`."""
    build = _build_of(source)
    folder = _assemble(source, Path(app.config["DATA_DIR"]) / "assets" / build)
    prefix = f"/static/{build}/"

    def add_headers(answer: Any, _path: str, _url: str) -> None:
        for name, value in headers.items():
            answer[name] = value

    served = WhiteNoise(
        app.wsgi_app,
        max_age=31_536_000,
        add_headers_function=add_headers,
        immutable_file_test=lambda _path, _url: True,
    )
    served.add_files(str(folder), prefix=prefix)
    app.wsgi_app = served  # type: ignore[method-assign]
    app.config["BUILD"], app.config["ASSETS"] = build, folder
    app.jinja_env.globals["static"] = lambda path: prefix + path
    # In the page itself: smaller than the request for it.
    icon = base64.b64encode((source / "icons" / "favicon.svg").read_bytes()).decode()
    app.jinja_env.globals["favicon"] = f"data:image/svg+xml;base64,{icon}"


def _build_of(source: Path) -> str:
    # These modules too: how sheets and scripts are joined changes what stands under the name.
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update(Path(scripts.__file__).read_bytes())
    for path in sorted(source.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(source)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _assemble(source: Path, target: Path) -> Path:
    if target.exists():
        return target
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(source, fresh)
    sheet = "".join(_sheet(source / "css" / f"{name}.css") for name in SHEETS)
    (fresh / "css").mkdir(exist_ok=True)
    (fresh / "css" / "app.css").write_text(sheet)
    scripts.join(fresh / "js")
    for path in (*(fresh / "js").rglob("*.js"), fresh / "t.js"):
        path.write_text(_script(path.read_text()))
    for path in fresh.rglob("*"):
        if path.suffix in _SQUEEZED:
            body = path.read_bytes()
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(body, 9, mtime=0))
            path.with_name(path.name + ".br").write_bytes(brotli.compress(body))
    try:
        fresh.rename(target)
    except OSError:  # another process of the same build was quicker
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def _sheet(path: Path) -> str:
    """Return a sheet without its comments and indents: a phone waits for it before it paints."""
    text = path.read_text() if path.exists() else ""
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))


def _script(text: str) -> str:
    """Return a script without whole lines of comment and without indents: a phone waits for it.

    It knows no JavaScript: a text over several lines may not have a line that begins with //.
    """
    text = re.sub(r"^\s*/\*.*?\*/[ \t]*\n", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^[ \t]*(?://.*)?\n|^[ \t]+", "", text, flags=re.MULTILINE)
