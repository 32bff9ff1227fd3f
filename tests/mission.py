"""Which numbers of the mission a passing test shows: `make mission`."""

from __future__ import annotations

from collections import defaultdict

import pytest

LAST = 161


def label(items: list[pytest.Item]) -> None:
    """Write each test's mission numbers into its report, which is all that a worker sends back."""
    for item in items:
        for mark in item.iter_markers("mission"):
            wrong = [n for n in mark.args if not isinstance(n, int) or not 1 <= n <= LAST]
            if wrong or not mark.args:
                raise pytest.UsageError(f"{item.nodeid}: mission{mark.args} is not of 1 to {LAST}")
            item.user_properties += [("mission", number) for number in mark.args]


class Collector:
    """Lists the numbers at the end of a run."""

    def __init__(self) -> None:
        self.passed: dict[int, set[str]] = defaultdict(set)
        self.failed: dict[int, set[str]] = defaultdict(set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not (report.when == "call" or report.failed):
            return
        outcome = self.passed if report.passed else self.failed
        for name, number in report.user_properties:
            if name == "mission":
                outcome[int(str(number))].add(report.nodeid.partition("[")[0])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        say = terminalreporter.write_line
        terminalreporter.section("mission")
        for number in range(1, LAST + 1):
            for test in sorted(self.failed[number]):
                say(f"{number:4} FAILED {test}")
            for test in sorted(self.passed[number] - self.failed[number]):
                say(f"{number:4} {test}")
        shown = sum(1 for n in range(1, LAST + 1) if self.passed[n] and not self.failed[n])
        say(f"{shown} of {LAST} shown by a passing test")
