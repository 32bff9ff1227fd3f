"""Joins our modules when the app starts: each file of its own is a journey on a slow line."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

#: Each bundle under the name of its last module, which runs when the file is there; the others run
#: when they are first needed. The first is for every page, the second for what a rep captures.
BUNDLES = (
    (
        "pages.js",
        "toast.js",
        "refresh.js",
        "elements/sync-pill.js",
        "elements/scroll-keeper.js",
        "update.js",
        "offline.js",
        "app.js",
        "boot.js",
    ),
    (
        "elements/calendar.js",
        "bodies.js",
        "drafts.js",
        "kept-sheet.js",
        "elements/bottom-sheet.js",
        "elements/capture-sheet.js",
        "calls.js",
        "captures.js",
    ),
)
_IMPORT = re.compile(r'^import \{ ([^}]+) \} from "([^"]+)";$', re.MULTILINE)
_LATE = re.compile(r'\bimport\("([^"]+)"\)')
_EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
#: Where the modules of all bundles stand, each run when it is first needed, and once.
_REGISTRY = """const { modules, need } = (self.parts ??= (() => {
const known = {}, modules = {};
return { modules, need: (name) => (known[name] ??= modules[name]()) };
})());
"""
_HOME = {name: bundle[-1] for bundle in BUNDLES for name in bundle}
_ALWAYS = BUNDLES[0][-1]


def join(folder: Path) -> None:
    """Write the bundles over their last modules in `folder` (…/js) and remove the other parts."""
    texts = {path.relative_to(folder).as_posix(): path.read_text() for path in _modules(folder)}
    for name, text in texts.items():
        (folder / name).unlink()
        if name not in _HOME:
            (folder / name).write_text(_linked(text, name))
    for bundle in BUNDLES:
        parts = "".join(_part(texts[name], name) for name in bundle if name in texts)
        (folder / bundle[-1]).write_text(f'{_REGISTRY}{parts}need("{bundle[-1]}");\n')


def _modules(folder: Path) -> Iterable[Path]:
    # The outbox and the workers are classic scripts of their own.
    return sorted(p for p in folder.rglob("*.js") if not p.name.startswith(("sw", "outbox")))


def _part(text: str, name: str) -> str:
    exported = ", ".join(found[1] for found in _EXPORT.findall(text))
    body = _EXPORT.sub(r"\1", _linked(text, name))
    return f'modules["{name}"] = () => {{\n{body}\nreturn {{ {exported} }};\n}};\n'


def _linked(text: str, name: str) -> str:
    """Return a module's text with its imports as they are from where it will stand."""
    here = _HOME.get(name, name)

    def found(address: str) -> tuple[str, str]:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), address))
        file = _HOME.get(target, target)
        path = posixpath.relpath(file, posixpath.dirname(here) or ".")
        return target, path if path.startswith(".") else f"./{path}"

    def is_there(target: str) -> bool:
        return _HOME.get(target) in (here, _ALWAYS)

    def static(match: re.Match[str]) -> str:
        target, path = found(match[2])
        if target not in _HOME:
            return f'import {{ {match[1]} }} from "{path}";'
        before = "" if is_there(target) else f'import "{path}";\n'
        names = match[1].replace(" as ", ": ")
        return f'{before}const {{ {names} }} = self.parts.need("{target}");'

    def late(match: re.Match[str]) -> str:
        target, path = found(match[1])
        if target not in _HOME:
            return f'import("{path}")'
        first = "Promise.resolve()" if is_there(target) else f'import("{path}")'
        return f'{first}.then(() => self.parts.need("{target}"))'

    return _LATE.sub(late, _IMPORT.sub(static, text))
