"""Ids and column types that mean the same on both databases."""

from __future__ import annotations

import os
import time
import uuid
from datetime import UTC, date, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, Date, DateTime, MetaData, String, Text, Uuid
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry
from sqlalchemy.types import TypeDecorator, TypeEngine


def new_id() -> str:
    """Return a fresh UUIDv7 as text; those of one process sort in the order of their birth.

    The twelve bits after the version are the fraction of the millisecond (RFC 9562 §6.2, method 3).
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 0x1000 // 1_000_000
    raw = bytearray(milliseconds.to_bytes(6, "big") + fraction.to_bytes(2, "big") + os.urandom(8))
    raw[6] |= 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))


def is_id(text: object) -> bool:
    """Tell whether `text` is a UUID in its canonical lower-case form."""
    if not isinstance(text, str) or len(text) != 36:
        return False
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


class Id(TypeDecorator[str]):
    """A UUID as its 36 characters: native on PostgreSQL, text on SQLite with nothing to convert."""

    impl = String(36)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Uuid(as_uuid=False))
        return dialect.type_descriptor(String(36))


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, also where the database keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is UTC:
            return value
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonColumn(TypeDecorator[Any]):
    """JSON: PostgreSQL's binary kind, text on SQLite."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            # Imported here: whoever runs on SQLite need not wait for it at every start.
            from sqlalchemy.dialects.postgresql import JSONB

            return dialect.type_descriptor(JSONB())
        return dialect.type_descriptor(JSON())


Json = JsonColumn()
#: Text that sorts by code point on both databases, as prefix ranges need.
Folded = Text().with_variant(Text(collation="C"), "postgresql")

Key = Annotated[str, mapped_column(Id, primary_key=True, default=new_id)]
Ref = Annotated[str, mapped_column(Id)]
Money = Annotated[int, mapped_column(BigInteger)]


class Base(DeclarativeBase):
    # One registry holds both: Flask-SQLAlchemy copies this class, and SQLAlchemy 2.1 refuses a
    # copy that has a registry and a type_annotation_map of its own.
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            str: Text(),
            datetime: Instant(),
            dict[str, Any]: Json,
            list[dict[str, Any]]: Json,
            list[str]: Json,
            int: BigInteger(),
            date: Date(),
        },
    )
