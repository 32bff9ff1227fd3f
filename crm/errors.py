"""What can go wrong in the domain; web and api each map these to a status once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class DomainError(Exception):
    """The base of every error that a person can be told about."""

    status = 400


class ValidationError(DomainError):
    """Input that breaks a rule: sentences by field name, `""` for the whole form."""

    status = 422

    def __init__(self, fields: Mapping[str, Sequence[str]] | str) -> None:
        given = {"": [fields]} if isinstance(fields, str) else fields
        self.fields: dict[str, list[str]] = {name: list(said) for name, said in given.items()}
        super().__init__("; ".join(s for said in self.fields.values() for s in said))


class OutOfSight(ValidationError):
    """It names records that are not there, or that the viewer may not see: the two look alike."""


class NotFound(DomainError):
    """The record is not there, or the viewer may not see it: the two look alike."""

    status = 404


class NotAllowed(DomainError):
    """The viewer sees the record but may not do this."""

    status = 403


class Conflict(DomainError):
    """The record changed since it was read."""

    status = 409


class Gone(DomainError):
    """A one-time link that was used or has run out."""

    status = 410


class TooMany(DomainError):
    """Too many tries; `retry_after` is in seconds."""

    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Busy(DomainError):
    """The database cannot take the write now; nothing was changed, trying again is safe."""

    status = 503
    #: In seconds.
    retry_after = 2
