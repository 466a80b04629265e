"""Reads delivery reports (RFC 3464). Pure; everything in them is somebody else's word and none of it is executed."""

import re
from email import message_from_bytes
from email.message import Message
from typing import Literal, cast

from msgspec import Struct

_STATUS = re.compile(r"([245])\.\d{1,3}\.\d{1,3}\b")
_ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
Action = Literal["failed", "delayed", "delivered", "relayed", "expanded"]


class Report(Struct, frozen=True, kw_only=True):
    """What a report says of one recipient."""

    action: Action
    status: str
    """Enhanced status code (RFC 3463), e.g. 5.1.1."""
    envelope: str | None
    """ENVID, where it came back."""

    @property
    def evidence(self) -> str:
        return f"delivery report: {self.action} {self.status}"


def read(raw: bytes) -> Report | None:
    """What a report says; None for anything that is none (answers of people and of machines, defects)."""
    try:
        return _read(message_from_bytes(raw))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None  # the parser meets whatever the world sends


def _read(message: Message) -> Report | None:
    if message.get_content_type() != "multipart/report":
        return None
    if str(message.get_param("report-type", "")).lower() != "delivery-status":
        return None
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            return _decisive(cast(list[Message], part.get_payload()))
    return None


def _decisive(blocks: list[Message]) -> Report | None:
    """Our messages have one recipient; where a list behind the address reports on several, one delivery decides."""
    named = (str(block["Original-Envelope-Id"]).strip() for block in blocks if block["Original-Envelope-Id"])
    envelope = next(named, None)
    found = [report for block in blocks if (report := _recipient(block, envelope)) is not None]
    order = ("delivered", "failed", "delayed", "relayed", "expanded")
    return min(found, key=lambda report: order.index(report.action), default=None)


def _recipient(block: Message, envelope: str | None) -> Report | None:
    action = str(block.get("Action", "")).split("(")[0].strip().lower()
    status = _STATUS.search(str(block.get("Status", "")))
    if action not in _ACTIONS or status is None:
        return None
    if (action == "delivered") != (status[1] == "2") and action in ("delivered", "failed"):
        return None  # says both that it arrived and that it did not
    return Report(action=cast(Action, action), status=status[0], envelope=envelope)
