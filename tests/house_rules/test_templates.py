"""Templates escape what people typed and hold nothing that the policy would refuse."""

from __future__ import annotations

import re

import pytest

from tests.house_rules.source import files, name

#: The one module that may mark text as safe.
MAY_MARK_SAFE = {"crm/web/rendering.py"}
HX_ALLOWED = {"get", "post", "target", "swap", "trigger", "push-url", "indicator", "disable"}
HX_ALLOWED |= {"confirm", "swap-oob"}

COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->", re.DOTALL)
#: The one inline script: the policy names its hash.
BOOT = """<script data-src="{{ static('js/boot.js') }}">{% include '_boot.js' %}</script>"""
RULES = {
    "marks text as safe": re.compile(r"\|\s*safe\b|\bMarkup\b|autoescape\s+false", re.IGNORECASE),
    "has an inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "has an inline script": re.compile(r"<script(?![^>]*\ssrc\s*=)", re.IGNORECASE),
    "has an inline handler": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "has a script address": re.compile(r"[\"'=]\s*javascript:", re.IGNORECASE),
    "speaks to another host": re.compile(r"(?:src|action|<link[^>]*href)\s*=\s*[\"']https?:"),
    "compiles code in a trigger": re.compile(r"hx-trigger\s*=\s*[\"'][^\"']*\["),
}
HX = re.compile(r"\shx-([a-z-]+)")


def faults(source: str) -> list[str]:
    """Return the rules that a template breaks."""
    text = COMMENT.sub("", source).replace(BOOT, "")
    found = [rule for rule, pattern in RULES.items() if pattern.search(text)]
    return found + [f"hx-{a} is not used here" for a in HX.findall(text) if a not in HX_ALLOWED]


def test_a_template_has_nothing_inline_and_escapes_everything() -> None:
    found = {name(path): faults(path.read_text()) for path in files("templates/**/*.html")}
    assert len(found) > 50
    assert not {path: said for path, said in found.items() if said}


def test_only_one_module_may_mark_text_as_safe() -> None:
    marks = re.compile(r"\bMarkup\(|\|\s*safe\b|import .*\bMarkup\b")
    seen = {name(path) for path in files("app.py", "crm/**/*.py") if marks.search(path.read_text())}
    assert seen <= MAY_MARK_SAFE


@pytest.mark.parametrize(
    "bad",
    [
        "{{ name | safe }}",
        "{{ name|safe }}",
        "{% autoescape false %}",
        '<p style="color: red">',
        "<style>p {}</style>",
        "<script>alert(1)</script>",
        '<button onclick="go()">',
        '<a href="javascript:go()">',
        '<script src="https://example.com/x.js"></script>',
        "<p hx-on:click='go()'>",
        '<p hx-boost="true">',
        '<p hx-trigger="click[ctrlKey]">',
    ],
)
def test_the_rule_sees_what_breaks_it(bad: str) -> None:
    assert faults(bad)


def test_the_rule_lets_the_ordinary_pass() -> None:
    assert not faults(
        '<script src="/static/js/boot.js" type="module" async></script>'
        + BOOT
        + '<form hx-post="/x" data-onset="1">{{ safe_name }}</form>'
    )


def test_the_one_inline_script_stands_in_the_one_page_they_all_extend() -> None:
    having = [path.name for path in files("templates/**/*.html") if BOOT in path.read_text()]
    assert having == ["base.html"]
