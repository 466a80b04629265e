"""What a signed link of an e-mail opens (N5): asked of notifications, remembered for a few seconds."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime

from contracts.event import INSTALLATION
from contracts.notifications.links import SHOW_LINK, LinkRequest
from contracts.request import LinkGrant, Refused
from services.chassis.bus import Bus

_TOKEN = re.compile(rb"[A-Za-z0-9._~-]{1,2000}\Z")
_REMEMBERED = 10_000
_REMEMBERED_SECONDS = 10


class LinkGrants:
    """Signature and expiry are notifications' business. What the holder may still do is decided by the owning service
    on every request (L3); here only the link's own content is remembered."""

    def __init__(self, bus: Bus, timeout_seconds: float) -> None:
        self._bus = bus
        self._timeout = timeout_seconds
        self._known: dict[bytes, tuple[LinkGrant, float]] = {}

    def knows(self, token: str, now: datetime) -> bool:
        """True: it was found good a moment ago."""
        known = self._known.get(_digest(token))
        return known is not None and known[1] > now.timestamp()

    async def of(self, token: str, now: datetime) -> LinkGrant:
        """Raises Refused: `link-invalid` (404), `link-expired` (410), or that notifications does not answer."""
        digest = _digest(token)
        known = self._known.get(digest)
        if known is not None and known[1] > now.timestamp():
            return known[0]
        view = await self._bus.ask(SHOW_LINK, LinkRequest(token=token), network=INSTALLATION, timeout=self._timeout)
        grant = LinkGrant(
            notice=view.notice,
            network=view.network,
            purpose=view.purpose.value,
            about=view.about,
            member=view.member,
            role=view.role,
            person=view.person,
        )
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[digest] = (grant, min(now.timestamp() + _REMEMBERED_SECONDS, view.expires_at.timestamp()))
        return grant


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def link_token(headers: Mapping[bytes, bytes]) -> str | None:
    """What the header Fallnetz-Link holds; None without it. Refused("link-invalid") (404) for what can be no link."""
    given = headers.get(b"fallnetz-link")
    if given is None:
        return None
    if not _TOKEN.match(given):
        raise Refused("link-invalid", "This link is not one of ours; open it again from the e-mail.", status=404)
    return given.decode()
