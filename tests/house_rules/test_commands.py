"""A write is a command: decorated, the actor first, and never called by another."""

from __future__ import annotations

import ast

import pytest

from tests.house_rules.source import decorators, files, functions, name


def says_inside(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is private, only asks, or has a docstring that tells the caller the trap."""
    said = " ".join((ast.get_docstring(function) or "").split())
    return function.name.startswith(("_", "may_")) or "inside a command" in said


def faults(path: str, tree: ast.Module, commands: set[str]) -> list[str]:
    """Return what in this module breaks a rule about commands."""
    found = []
    for function in functions(tree):
        where = f"{path}:{function.lineno} {function.name}"
        first = [arg.arg.lstrip("_") for arg in function.args.posonlyargs + function.args.args][:1]
        calls = {ast.unparse(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)}
        if "command" not in decorators(function):
            writes = first == ["actor"] and function in tree.body and not calls & commands
            if writes and not says_inside(function):
                found.append(f"{where} has no @command, and does not say that it runs inside one")
            continue
        if first != ["actor"]:
            found.append(f"{where} does not take the actor first")
        found += [f"{where} calls the command {called}" for called in sorted(calls & commands)]
    return found


def test_every_command_is_decorated_takes_the_actor_and_calls_no_other() -> None:
    # What stands under crm/cli is a command of the shell, decorated by click.
    trees = {
        name(path): ast.parse(path.read_text())
        for path in files("crm/**/*.py")
        if not name(path).startswith("crm/cli/")
    }
    commands = {
        function.name
        for tree in trees.values()
        for function in functions(tree)
        if "command" in decorators(function)
    }
    assert len(commands) > 50
    assert not [said for path, tree in trees.items() for said in faults(path, tree, commands)]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def create_lead(actor): ...", "no @command"),
        ("def move(actor):\n    'Move it.'", "no @command"),
        ("@command\ndef create_lead(data): ...", "actor first"),
        ("@command\ndef create_lead(actor):\n    move_deal(actor)", "calls the command"),
    ],
)
def test_the_rule_sees_what_breaks_it(source: str, said: str) -> None:
    assert said in faults("crm/leads/commands.py", ast.parse(source), {"move_deal"})[0]
