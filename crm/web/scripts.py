"""Joins our modules when the app starts: each file of its own is a journey on a slow line."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

#: What each bundle is for, beside all that this imports; it has the name of the last one, which
#: runs when the file is there. The others run when they are first needed. The first bundle is for
#: every page, the second for what a rep captures and is told.
BUNDLES = (
    (
        "elements/scroll-keeper.js",
        "elements/sync-pill.js",
        "update.js",
        "offline.js",
        "app.js",
        "boot.js",
    ),
    ("alerts.js", "elements/bottom-sheet.js", "elements/capture-sheet.js", "captures.js"),
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
_ALWAYS = BUNDLES[0][-1]


def join(folder: Path) -> None:
    """Write the bundles over their last modules in `folder` (…/js) and remove the other parts."""
    texts = {path.relative_to(folder).as_posix(): path.read_text() for path in _modules(folder)}
    homes = _homes(texts)
    for name, text in texts.items():
        (folder / name).unlink()
        if name not in homes:
            (folder / name).write_text(_linked(text, name, homes))
    for bundle in dict.fromkeys(homes.values()):
        parts = [_part(texts[name], name, homes) for name in homes if homes[name] == bundle]
        (folder / bundle).write_text(f'{_REGISTRY}{"".join(parts)}need("{bundle}");\n')


def _homes(texts: dict[str, str]) -> dict[str, str]:
    """Return the bundle of each module that is in one."""
    homes: dict[str, str] = {}
    for bundle in BUNDLES:
        todo = list(bundle)
        while todo:
            name = todo.pop()
            if homes.setdefault(name, bundle[-1]) == bundle[-1]:
                found = (_at(name, address) for _names, address in _IMPORT.findall(texts[name]))
                todo += [other for other in found if other not in homes]
    return homes


def _at(name: str, address: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), address))


def _modules(folder: Path) -> Iterable[Path]:
    # The outbox and the workers are classic scripts of their own.
    return sorted(p for p in folder.rglob("*.js") if not p.name.startswith(("sw", "outbox")))


def _part(text: str, name: str, homes: dict[str, str]) -> str:
    exported = ", ".join(found[1] for found in _EXPORT.findall(text))
    body = _EXPORT.sub(r"\1", _linked(text, name, homes))
    return f'modules["{name}"] = () => {{\n{body}\nreturn {{ {exported} }};\n}};\n'


def _linked(text: str, name: str, homes: dict[str, str]) -> str:
    """Return a module's text with its imports as they are from where it will stand."""
    here = homes.get(name, name)

    def found(address: str) -> tuple[str, str]:
        target = _at(name, address)
        path = posixpath.relpath(homes.get(target, target), posixpath.dirname(here) or ".")
        return target, path if path.startswith(".") else f"./{path}"

    def is_there(target: str) -> bool:
        return homes.get(target) in (here, _ALWAYS)

    def static(match: re.Match[str]) -> str:
        target, path = found(match[2])
        if target not in homes:
            return f'import {{ {match[1]} }} from "{path}";'
        before = "" if is_there(target) else f'import "{path}";\n'
        names = match[1].replace(" as ", ": ")
        return f'{before}const {{ {names} }} = self.parts.need("{target}");'

    def late(match: re.Match[str]) -> str:
        target, path = found(match[1])
        if target not in homes:
            return f'import("{path}")'
        first = "Promise.resolve()" if is_there(target) else f'import("{path}")'
        return f'{first}.then(() => self.parts.need("{target}"))'

    return _LATE.sub(late, _IMPORT.sub(static, text))
