"""What a webhook sends, where it may go, and when it is tried again. Pure.

By the Standard Webhooks specification (version 1): thin payloads, `webhook-id`, `webhook-timestamp`,
`webhook-signature`.
"""

from base64 import b64encode
from datetime import datetime, timedelta
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
_TRIES = 17
"""The first at once, then after the growing pauses, then every ten hours: five days in all."""


def pause(tries: int, delivery: str) -> timedelta | None:
    """How long to wait after that many failed tries; None: it is given up. Up to a tenth is added, differently for each
    delivery, so that a target that comes back is not met by all at once."""
    if tries >= _TRIES:
        return None
    full = _GROWING[tries - 1] if tries <= len(_GROWING) else _THEN
    return full * (1 + sha256(f"{delivery}{tries}".encode()).digest()[0] / 2_550)


def payload(kind: str, at: datetime, network: str, change: int | None, about: dict[str, str]) -> bytes:
    """The body: what became true, by ids alone; what it means is read from the API, within one's rights."""
    data: dict[str, Any] = {"network": network, "about": about}
    if change is not None:
        data["change"] = change
    return msgspec.json.encode({"type": kind, "timestamp": at, "data": data})


def written_secret(random: str) -> str:
    """A secret in the specification's form, from at least 24 random characters."""
    return _PREFIX + b64encode(random.encode()).decode()
