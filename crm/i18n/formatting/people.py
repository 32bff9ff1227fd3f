"""A person's name where there is room for a letter or two."""

from __future__ import annotations


def initials(name: str | None) -> str:
    """Return two Latin letters, or one Persian: two of those would join and read as a word."""
    words = (name or "").split()
    if not words:
        return "?"
    if words[0][0] >= "\u0590":
        return words[0][0]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
