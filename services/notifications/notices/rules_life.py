"""The life of a notice (N3): which state a step leads to, and which fact it makes known. Pure."""

from datetime import datetime

from msgspec import Struct

from contracts.ids import MemberId, NetworkId, NoticeId
from contracts.notifications.notices import (
    NoticeAccepted,
    NoticeBounced,
    NoticeConfirmed,
    NoticeCreated,
    NoticeDelivered,
    NoticeFact,
    NoticeFailed,
    NoticeHandedOver,
    NoticeOpened,
    NoticePosted,
    NoticeState,
)
from contracts.notifications.words import Purpose
from services.notifications.notices.rules import Addressee, Content

_RANK = {
    NoticeState.CREATED: 0,
    NoticeState.HANDED_OVER: 1,
    NoticeState.ACCEPTED: 2,
    NoticeState.DELIVERED: 3,
    NoticeState.BOUNCED: 4,
    NoticeState.FAILED: 4,
    NoticeState.POSTED: 5,
    NoticeState.OPENED: 6,
    NoticeState.CONFIRMED: 7,
    NoticeState.CANCELLED: 8,
}
"""What a person did with the notice outweighs what servers said about it, whichever came first."""

_FACTS: dict[NoticeState, type[NoticeFact]] = {
    NoticeState.CREATED: NoticeCreated,
    NoticeState.HANDED_OVER: NoticeHandedOver,
    NoticeState.ACCEPTED: NoticeAccepted,
    NoticeState.DELIVERED: NoticeDelivered,
    NoticeState.OPENED: NoticeOpened,
    NoticeState.CONFIRMED: NoticeConfirmed,
    NoticeState.BOUNCED: NoticeBounced,
    NoticeState.FAILED: NoticeFailed,
    NoticeState.POSTED: NoticePosted,
}

UNDELIVERED = (NoticeState.BOUNCED, NoticeState.FAILED)


class Standing(Struct, frozen=True, kw_only=True):
    """Where a notice stands. `sending` counts how often it was sent anew by the office, from 0; `seen_in` is the
    sending in which the present state was reached."""

    state: NoticeState
    sending: int
    seen_in: int


class Step(Struct, frozen=True, kw_only=True):
    """Something that happened to a notice, in one of its sendings."""

    state: NoticeState
    sending: int
    at: datetime
    """By the network's clock."""
    evidence: str


class Stored(Struct, frozen=True, kw_only=True):
    """One notice as stored."""

    id: NoticeId
    network: NetworkId
    purpose: Purpose
    about: str
    member: MemberId | None
    addressee: Addressee
    channel: str
    content: Content
    reminder_of: NoticeId | None
    standing: Standing
    created_at: datetime
    confirmed_at: datetime | None
    language: str | None
    failure: str | None
    attempts: int
    due_at: datetime | None
    first_tried_at: datetime | None
    fence: int
    role: str | None = None
    """In which function its recipient was told: `representative`, `deputy`, `applicant`, `invited`."""


def advance(standing: Standing, step: Step) -> Standing:
    """The standing after a step. A step that is no news (repeated, overtaken, of an earlier sending) changes nothing;
    it is evidence all the same. A new sending starts over, unless a person has already opened or confirmed."""
    by_person = step.state in (NoticeState.OPENED, NoticeState.CONFIRMED)
    settled = _RANK[standing.state] >= _RANK[NoticeState.OPENED]
    if not by_person and not settled:
        if step.sending < standing.seen_in:
            return standing
        if step.sending > standing.seen_in:
            return Standing(state=step.state, sending=standing.sending, seen_in=step.sending)
    if _RANK[step.state] <= _RANK[standing.state]:
        return standing
    return Standing(state=step.state, sending=standing.sending, seen_in=max(step.sending, standing.seen_in))


def fact(
    state: NoticeState, *, network: NetworkId, notice: NoticeId, purpose: Purpose, about: str,
    member: MemberId | None, at: datetime,
) -> NoticeFact | None:  # fmt: skip
    """What is published when a notice reaches a state; None where nobody needs to know (cancelled)."""
    kind = _FACTS.get(state)
    if kind is None:
        return None
    return kind(network=network, notice=notice, purpose=purpose, about=about, member=member, at=at)
