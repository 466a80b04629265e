"""Column types: moments that know their zone, and columns that hold a whole Struct."""

from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import DateTime, Dialect, Text, TypeDecorator

Content = TypeVar("Content")


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored and given back in UTC. A naive one raises ValueError: its zone would be a guess."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone; pass an aware datetime")
        moment = value if value.tzinfo is UTC else value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Encoded(TypeDecorator[Content]):
    """A Struct (or anything else that msgspec knows) as JSON text. Reading applies the type, not entry rules."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(kind, strict=False)

    def process_bind_param(self, value: Content | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        plain = msgspec.to_builtins(value, str_keys=True)  # the encoder orders only keys that are text
        return msgspec.json.encode(plain, order="deterministic").decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Content | None:  # noqa: ARG002
        return None if value is None else cast(Content, self._decoder.decode(value))
