"""A write is a command: decorated, the actor first, and never called by another."""

from __future__ import annotations

import ast

import pytest

from tests.house_rules.source import decorators, files, functions, name

TREES = {name(path): ast.parse(path.read_text()) for path in files("crm/**/*.py")}
COMMANDS = {
    function.name
    for tree in TREES.values()
    for function in functions(tree)
    if "command" in decorators(function)
}


def faults(path: str, tree: ast.Module, commands: set[str]) -> list[str]:
    """Return what in this module breaks a rule about commands."""
    found = []
    of_commands = path.endswith("/commands.py") or "/commands/" in path
    for function in functions(tree):
        where = f"{path}:{function.lineno} {function.name}"
        if "command" not in decorators(function):
            if of_commands and function in tree.body and not function.name.startswith("_"):
                found.append(f"{where} has no @command")
            continue
        first = function.args.posonlyargs + function.args.args
        if not first or first[0].arg.lstrip("_") != "actor":
            found.append(f"{where} does not take the actor first")
        calls = {ast.unparse(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)}
        found += [f"{where} calls the command {called}" for called in sorted(calls & commands)]
    return found


@pytest.mark.parametrize("path", TREES)
def test_every_command_is_decorated_takes_the_actor_and_calls_no_other(path: str) -> None:
    assert not faults(path, TREES[path], COMMANDS)


def test_there_are_commands_to_look_at() -> None:
    assert COMMANDS


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def create_lead(actor): ...", "no @command"),
        ("@command\ndef create_lead(data): ...", "actor first"),
        ("@command\ndef create_lead(actor):\n    move_deal(actor)", "calls the command"),
    ],
)
def test_the_rule_sees_what_breaks_it(source: str, said: str) -> None:
    assert said in faults("crm/leads/commands.py", ast.parse(source), {"move_deal"})[0]
