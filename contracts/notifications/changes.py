"""The changes feed (G4): what became true in a network, thin, in order."""

from datetime import datetime

from msgspec import Struct

from contracts.notifications.words import SERVICE
from contracts.request import InNetwork, Method


class Change(Struct, frozen=True, kw_only=True):
    """Something became true. Thin: ids and types only; what it means is read from the API, within one's rights."""

    id: int
    """Ascending in one network; not every number occurs."""
    type: str
    """`membership.ballot.vote-cast.v1`, as in docs/events.md."""
    at: datetime
    about: dict[str, str]
    """`{"ballot": "bal_…"}`. A vote never says whose it is (B7)."""


class ListChanges(InNetwork, frozen=True, kw_only=True):
    after: int = 0
    limit: int = 100
    """1 to 1,000."""
    newest: bool = False
    """True: nothing of what was, only where the feed stands now (`last`), for who begins to listen."""


class Changes(Struct, frozen=True, kw_only=True):
    changes: list[Change]
    next: int | None = None
    """Ask again with this number at once; None: this was all so far."""
    last: int
    """Where to go on later: the last id that was looked at."""


LIST_CHANGES = Method(SERVICE, "list-changes", ListChanges, Changes, writes=False)
