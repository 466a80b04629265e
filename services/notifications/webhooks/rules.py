"""What a webhook sends, where it may go, and when it is tried again. Pure.

By the Standard Webhooks specification (version 1): thin payloads, `webhook-id`, `webhook-timestamp`,
`webhook-signature`.
"""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any

import msgspec

TEST = "notifications.webhook.test.v1"
MOST_OF_A_MEMBER = 20
_PREFIX = "whsec_"
_GROWING = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
)
_THEN = timedelta(hours=10)
LONGEST_ASKED = timedelta(days=1)
_BUSY = frozenset({429, 503})
_TRIES = 17
"""The first at once, then after the growing pauses, then every ten hours: five days in all."""


def pause(tries: int, delivery: str) -> timedelta | None:
    """How long to wait after that many failed tries; None: it is given up. Up to a tenth is added, differently for each
    delivery, so that a target that comes back is not met by all at once."""
    if tries >= _TRIES:
        return None
    full = _GROWING[tries - 1] if tries <= len(_GROWING) else _THEN
    return full * (1 + sha256(f"{delivery}{tries}".encode()).digest()[0] / 2_550)


def asked_pause(status: int | None, said: str | None, now: datetime) -> timedelta:
    """How long a receiver that is busy (429) or away (503) wants to be left alone by its header Retry-After, seconds or
    a date (RFC 9110 § 10.2.3), at most a day; zero where it says nothing that can be read."""
    if status not in _BUSY or said is None:
        return timedelta()
    written = said.strip()
    if written.isascii() and written.isdigit():
        return min(timedelta(seconds=int(written[:9])), LONGEST_ASKED)
    try:
        until = parsedate_to_datetime(written)
    except (ValueError, OverflowError):
        return timedelta()
    at = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return min(max(at - now, timedelta()), LONGEST_ASKED)


def payload(kind: str, at: datetime, network: str, change: int | None, about: dict[str, str]) -> bytes:
    """The body: what became true, by ids alone; what it means is read from the API, within one's rights."""
    data: dict[str, Any] = {"network": network, "about": about}
    if change is not None:
        data["change"] = change
    return msgspec.json.encode({"type": kind, "timestamp": at, "data": data})


def written_secret(random: str) -> str:
    """A secret in the specification's form, from at least 24 random characters."""
    return _PREFIX + b64encode(random.encode()).decode()
