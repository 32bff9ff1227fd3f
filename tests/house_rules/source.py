"""The project's own source, for the rules that read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(*patterns: str) -> list[Path]:
    """Return the files under the project's folders that match, sorted."""
    found = (path for pattern in patterns for path in ROOT.glob(pattern))
    return sorted(path for path in found if "__pycache__" not in path.parts)


def name(path: Path) -> str:
    """Return the path as one says it."""
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield every function, methods and inner ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def decorators(function: Function) -> set[str]:
    """Return the names of the function's decorators, without module and arguments."""
    names = set()
    for node in function.decorator_list:
        target = node.func if isinstance(node, ast.Call) else node
        names.add(ast.unparse(target).rpartition(".")[2])
    return names
