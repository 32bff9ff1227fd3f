"""Files and functions that a person can read at one sitting."""

from __future__ import annotations

import ast

from tests.house_rules.source import files, functions, name

MOST_LINES_A_FILE, MOST_LINES_A_FUNCTION = 300, 40
MOST_LINES_A_TEMPLATE, MOST_LINES_AN_ELEMENT = 120, 100
PYTHON = files("app.py", "crm/**/*.py", "tests/**/*.py")


def faults(source: str) -> list[str]:
    """Return what is too long in a module."""
    lines = len(source.splitlines())
    found = [f"{lines} lines"] if lines > MOST_LINES_A_FILE else []
    for function in functions(ast.parse(source)):
        # From the `def`: a long list of parameters to a test is no long function.
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > MOST_LINES_A_FUNCTION:
            found.append(f"{function.name} has {length} lines")
    return found


def test_no_module_and_no_function_is_too_long() -> None:
    found = {name(path): faults(path.read_text()) for path in PYTHON}
    assert len(found) > 100
    assert not {path: said for path, said in found.items() if said}


def test_no_template_and_no_element_is_too_long() -> None:
    limits = {
        "templates/**/*.html": MOST_LINES_A_TEMPLATE,
        "static/js/elements/*.js": MOST_LINES_AN_ELEMENT,
    }
    lengths = {
        name(path): len(path.read_text().splitlines()) - most
        for pattern, most in limits.items()
        for path in files(pattern)
    }
    assert not {path: f"{over} too many" for path, over in lengths.items() if over > 0}


def test_the_rule_sees_what_breaks_it() -> None:
    assert faults("x = 1\n" * 301)
    assert faults("def f():\n" + "    x = 1\n" * 40)
    assert not faults("def f():\n" + "    x = 1\n" * 39)
