"""Windows and how their end comes about, step by step (T6)."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

StepKind = Literal["received", "not-counted", "counted", "weekend", "holiday", "ends"]


class Step(Struct, frozen=True, kw_only=True):
    """T6: one step of an explained deadline."""

    kind: StepKind
    day: date
    text: str
    """In the reader's language."""
    source: str
    """The rule's source, as BGB § 187 (1)."""


class Window(Struct, frozen=True, kw_only=True):
    received_at: datetime
    last_day: date
    ends_at: datetime
    """Exclusive: the first instant after the window."""
    steps: list[Step]
