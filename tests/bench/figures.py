"""Collects the figures of a run; prints each as it comes: name, value, target, PASS or MISS."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field


@dataclass
class Figures:
    """What was measured so far."""

    missed: list[str] = field(default_factory=list)
    passed: int = 0

    def add(
        self,
        name: str,
        value: float,
        *,
        unit: str = "",
        most: float | None = None,
        least: float | None = None,
        floor: float | None = None,
        ratio: float | None = None,
    ) -> None:
        """Print one figure. `most` and `least` judge the ratio where there is one, else the value.

        With neither it is only told.
        """
        judged = value if ratio is None else ratio
        known = [
            f"target ≤ {_short(most)}" if most is not None else "",
            f"target ≥ {_short(least)}" if least is not None else "",
            f"floor {_short(floor)}" if floor is not None else "",
            f"ratio {ratio:.3f}" if ratio is not None else "",
        ]
        about = ", ".join(text for text in known if text)
        good = (most is None or judged <= most) and (least is None or judged >= least)
        verdict = "" if most is None and least is None else "PASS" if good else "MISS"
        if verdict == "MISS":
            self.missed.append(name)
        self.passed += verdict == "PASS"
        line = f"{name} {_short(value)}{unit and ' ' + unit}{about and f' ({about})'}"
        print(f"{line}{verdict and ' ' + verdict}", flush=True)

    def note(self, text: str) -> None:
        """Print what could not be measured, or what a figure stands for."""
        print(f"# {text}", flush=True)

    def close(self) -> int:
        """Print the sum of it; return the number of targets missed."""
        print(f"# {self.passed} targets met, {len(self.missed)} missed", flush=True)
        for name in self.missed:
            print(f"# MISS {name}", file=sys.stderr)
        return len(self.missed)


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.3f}"
