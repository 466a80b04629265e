"""Cursors that hold moments: an instant that cannot be stored is refused before a database sees it."""

from datetime import datetime
from typing import Any, TypeVar, cast

from contracts.request import Refused
from services.chassis import paging
from services.membership import entry

Position = TypeVar("Position", bound=tuple[Any, ...])


def read(cursor: str | None, shape: type[Position]) -> Position | None:
    """As `paging.decode`. Raises Refused `cursor-malformed` (400)."""
    position = paging.decode(cursor, shape)
    if position is None:
        return None
    try:
        parts = (entry.moment(part, "/cursor") if isinstance(part, datetime) else part for part in position)
        return cast(Position, tuple(parts))
    except Refused:
        detail = "This cursor does not belong to the list. Start without a cursor and follow `next`."
        raise Refused("cursor-malformed", detail, status=400, field="/cursor") from None
