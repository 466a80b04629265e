"""Keyset pagination: lists are cut at the position of their last row, never by counting rows.

A cursor is that position, packed so that nobody is tempted to build one. It grants nothing: what a list shows is
decided anew on every page.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from contracts.request import Page, Paging, Refused

Position = TypeVar("Position")
Row = TypeVar("Row")
Item = TypeVar("Item")

LONGEST = 200
"""Rows on one page at most."""
_LONGEST_CURSOR = 2_000


def encode(position: Any) -> str:
    """Packs a position (a tuple of texts, numbers and aware moments) into a cursor of URL-safe characters."""
    return urlsafe_b64encode(msgspec.json.encode(position)).rstrip(b"=").decode()


def decode(cursor: str | None, shape: type[Position]) -> Position | None:
    """Reads a cursor back; None stands for the start.

    Raises Refused `cursor-malformed` (400) for anything that `encode` did not make of this shape.
    """
    if cursor is None:
        return None
    position = _unpacked(cursor, shape)
    if position is None or encode(position) != cursor or b"\\u0000" in msgspec.json.encode(position):
        detail = "This cursor does not belong to the list. Start without a cursor and follow `next`."
        raise Refused("cursor-malformed", detail, status=400, field="/cursor")
    return position


def _unpacked(cursor: str, shape: type[Position]) -> Position | None:
    if len(cursor) > _LONGEST_CURSOR:
        return None
    try:
        packed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        return msgspec.json.decode(packed, type=shape)
    except (ValueError, binascii.Error, msgspec.MsgspecError, RecursionError):
        return None


def limit(paging: Paging) -> int:
    """The number of rows asked for. Raises Refused `limit-out-of-range` (400) outside 1 to 200."""
    if not 1 <= paging.limit <= LONGEST:
        raise Refused(
            "limit-out-of-range", "Ask for 1 to {most} rows.", status=400, field="/limit", words={"most": LONGEST}
        )
    return paging.limit


def page(
    rows: Sequence[Row], most: int, item: Callable[[Row], Item], position: Callable[[Row], tuple[Any, ...]]
) -> Page[Item]:
    """A page from up to `most + 1` rows: the surplus row only tells that there is more."""
    shown = rows[:most]
    more = len(rows) > most
    return Page(items=[item(row) for row in shown], next=encode(position(shown[-1])) if more else None)
