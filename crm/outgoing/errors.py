"""Why a request went nowhere; the reason is a word for programs, to be put into words by them."""

from __future__ import annotations


class Refused(Exception):
    """We would not connect: nothing left this machine.

    Reasons: `address` (cannot be read, or is written to mislead), `scheme`, `userinfo`, `port`,
    `host` (none of those allowed), `inside` (not a public address).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(Exception):
    """We tried. Reasons: `name` (unknown), `connection`, `tls`, `timeout`, `too_big`, `answer`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
