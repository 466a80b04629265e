"""API keys: until when they are good and how many there may be. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from contracts.ids import ApiKeyId, MemberId, NetworkId, PersonId
from contracts.membership.access import ClientIdentity, Scope
from contracts.request import Refused

LONGEST = timedelta(days=400)
"""A key's life: a year, and a month to replace it in."""
MOST = 50
"""Keys of one member that are good at the same time."""
LONGEST_LABEL = 80


class Key(Struct, frozen=True, kw_only=True):
    id: ApiKeyId
    network: NetworkId
    member: MemberId
    person: PersonId | None
    """Whose personal key it is; None: the member's."""
    label: str
    scopes: list[Scope]
    hint: str
    client: ClientIdentity | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def good(self, now: datetime) -> bool:
        """Whether it still opens anything. Whether its member is one still is looked up beside it (L3)."""
        return self.revoked_at is None and now < self.expires_at

    def shown_to(self, member: MemberId, person: PersonId) -> bool:
        """The member's keys are shown to its people, a personal one to its person alone."""
        return self.member == member and self.person in (None, person)


def check(scopes: Sequence[Scope], expires_at: datetime, good: int, now: datetime) -> list[Scope]:
    """The scopes, each once, of a key that may be made while `good` others are good.

    Raises Refused `scope-needed`, `expiry-in-past`, `expiry-too-late` (422), `too-many-keys`.
    """
    if not scopes:
        raise Refused("scope-needed", "Name at least one scope: what the key is for.", status=422, field="/scopes")
    if expires_at <= now:
        raise Refused("expiry-in-past", "Give a later moment: the key would have expired.", status=422, field=_EXPIRY)
    if expires_at > now + LONGEST:
        detail = "A key is good for at most {days} days; give an earlier moment."
        raise Refused("expiry-too-late", detail, status=422, field=_EXPIRY, words={"days": LONGEST.days})
    if good >= MOST:
        detail = "Your organisation has {most} keys already; revoke those that nobody needs."
        raise Refused("too-many-keys", detail, words={"most": MOST})
    return list(dict.fromkeys(scopes))


_EXPIRY = "/expires_at"
