"""Which facts become changes, what a change says, and who may see it. Pure."""

from contracts import membership
from contracts.event import Fact, event_type
from contracts.membership.admission import (
    ApplicationDeclined,
    ApplicationQuestioned,
    ApplicationReceived,
    ApplicationSupplemented,
    ApplicationWithdrawn,
)
from contracts.membership.ballots import LateVoteRecorded, VoteCast
from contracts.membership.words import SERVICE

VOTES: tuple[type[Fact], ...] = (VoteCast, LateVoteRecorded)
"""Only the hosting organisation's services read them (B7); everybody learns that there was one."""
HEARD: tuple[type[Fact], ...] = tuple(
    fact for fact in membership.FACTS if fact.public and (fact.audience == "net" or fact in VOTES)
)
TYPES = frozenset(event_type(SERVICE, fact) for fact in HEARD)
"""What a change's `type` can be."""
_IDS = ("application", "ballot", "exclusion", "member", "offer")
"""Fields of facts that name what a change is about."""
_BEFORE_ANNOUNCEMENT = (ApplicationReceived, ApplicationQuestioned, ApplicationSupplemented, ApplicationDeclined)


def about(fact: Fact) -> dict[str, str]:
    """The ids of what the fact speaks of. A vote never says whose it is."""
    names = ("ballot",) if isinstance(fact, VOTES) else _IDS
    return {name: value for name in names if isinstance(value := getattr(fact, name, None), str)}


def only_for_office(fact: Fact, *, announced: bool) -> bool:
    """A2: until it is announced an application is between the applicant and the office. `announced`: whether this one
    was."""
    if isinstance(fact, ApplicationWithdrawn):
        return not announced
    return isinstance(fact, _BEFORE_ANNOUNCEMENT)
