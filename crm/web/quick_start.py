"""What keeps the start short: work that a server may leave until somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from werkzeug.routing import Rule


class LateRule(Rule):
    """A URL rule that compiles how to build its address at the first use.

    Werkzeug compiles two functions for each rule when the rule is added, although pages here are
    linked by their addresses and nearly none is ever built from its name.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        return _Late(self, append_unknown)

    def compile_now(self, append_unknown: bool) -> Callable[..., tuple[str, str]]:
        """Return what Werkzeug would have compiled at once."""
        return super()._compile_builder(append_unknown)


class _Late:
    def __init__(self, rule: LateRule, append_unknown: bool) -> None:
        self.rule, self.append_unknown = rule, append_unknown

    @cached_property
    def function(self) -> Callable[..., tuple[str, str]]:
        return self.rule.compile_now(self.append_unknown)

    def __get__(self, _instance: Any, _owner: Any) -> Callable[..., tuple[str, str]]:
        return self

    def __call__(self, **values: Any) -> tuple[str, str]:
        return self.function(self.rule, **values)
