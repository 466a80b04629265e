"""Whose an API key is, or a machine's sign-in (G2): asked of membership, remembered for a minute."""

import hashlib
from datetime import datetime

from contracts.membership.access import FIND_KEY, ClientIdentity, FindKey, KeyHolder
from contracts.request import Refused
from services.chassis.bus import Bus

_REMEMBERED = 10_000
_REMEMBERED_SECONDS = 60


class KeyHolders:
    """What is remembered of a key never changes; whether it is still good the services ask themselves each time (L3).
    That a sign-in belongs to no key is remembered too: people's sign-ins are asked about once a minute."""

    def __init__(self, bus: Bus, timeout_seconds: float) -> None:
        self._bus = bus
        self._timeout = timeout_seconds
        self._known: dict[bytes | tuple[str, str], tuple[KeyHolder | None, float]] = {}

    def knows(self, secret: bytes, now: datetime) -> bool:
        """True: it was found to be a key a moment ago."""
        known = self._known.get(hashlib.sha256(secret).digest())
        return known is not None and known[0] is not None and known[1] > now.timestamp()

    async def of_secret(self, secret: bytes, now: datetime) -> KeyHolder | None:
        """None: there is no such key. Raises Refused if membership does not answer."""
        digest = hashlib.sha256(secret)
        known = self._known.get(digest.digest())
        if known is not None and known[1] > now.timestamp():
            return known[0]
        return await self._find(digest.digest(), FindKey(digest=digest.hexdigest()), now)

    async def of_machine(self, issuer: str, subject: str, now: datetime) -> KeyHolder | None:
        """None: the sign-in is no machine's but a person's."""
        known = self._known.get((issuer, subject))
        if known is not None and known[1] > now.timestamp():
            return known[0]
        client = ClientIdentity(issuer=issuer, subject=subject)
        return await self._find((issuer, subject), FindKey(client=client), now)

    async def _find(self, name: bytes | tuple[str, str], asked: FindKey, now: datetime) -> KeyHolder | None:
        try:
            found: KeyHolder | None = await self._bus.ask(FIND_KEY, asked, timeout=self._timeout)
        except Refused as refused:
            if refused.problem.status >= 500:
                if name in self._known:
                    return self._known[name][0]
                raise
            found = None
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[name] = (found, now.timestamp() + _REMEMBERED_SECONDS)
        return found
