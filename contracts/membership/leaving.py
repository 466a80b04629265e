"""Leaving (L): resignation and exclusion."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct

from contracts.event import Fact
from contracts.ids import BallotId, ExclusionId, MemberId, NetworkId
from contracts.membership.ballots import BallotView
from contracts.membership.members import MemberView
from contracts.membership.words import SERVICE, EvidenceKind
from contracts.request import Body, InNetwork, Method, Page, Paging


class ResignationDeclared(Fact, frozen=True, kw_only=True):
    """L1. Notifications informs all other members."""

    entity: ClassVar[str] = "member"
    event: ClassVar[str] = "resigned"
    network: NetworkId
    member: MemberId
    effective_at: datetime


class ExclusionRequested(Fact, frozen=True, kw_only=True):
    """L2: any member asks; the office puts it to all."""

    entity: ClassVar[str] = "exclusion"
    event: ClassVar[str] = "requested"
    network: NetworkId
    exclusion: ExclusionId
    concerned: MemberId
    requested_by: MemberId


class ExclusionAnnounced(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "exclusion"
    event: ClassVar[str] = "announced"
    network: NetworkId
    exclusion: ExclusionId
    ballot: BallotId


class ExclusionPassed(Fact, frozen=True, kw_only=True):
    """Notifications tells the member concerned; membership ends when that message is received."""

    entity: ClassVar[str] = "exclusion"
    event: ClassVar[str] = "passed"
    network: NetworkId
    exclusion: ExclusionId
    concerned: MemberId
    effective_at: datetime


class ExclusionFailed(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "exclusion"
    event: ClassVar[str] = "failed"
    network: NetworkId
    exclusion: ExclusionId
    concerned: MemberId
    effective_at: datetime


class ExclusionMoot(Fact, frozen=True, kw_only=True):
    """The member concerned left before the procedure ended."""

    entity: ClassVar[str] = "exclusion"
    event: ClassVar[str] = "moot"
    network: NetworkId
    exclusion: ExclusionId


class ExclusionWithdrawn(Fact, frozen=True, kw_only=True):
    entity: ClassVar[str] = "exclusion"
    event: ClassVar[str] = "withdrawn"
    network: NetworkId
    exclusion: ExclusionId


class ExclusionTakenEffect(Fact, frozen=True, kw_only=True):
    """L2: the message was received; the membership ended at that moment."""

    entity: ClassVar[str] = "exclusion"
    event: ClassVar[str] = "taken-effect"
    network: NetworkId
    exclusion: ExclusionId
    concerned: MemberId
    effective_at: datetime


class Resignation(Body, frozen=True, kw_only=True):
    member: MemberId


class Resign(InNetwork, frozen=True, kw_only=True):
    """L1."""

    body: Resignation


class NewExclusion(Body, frozen=True, kw_only=True):
    member: MemberId
    """The member concerned."""
    reason: str


class RequestExclusion(InNetwork, frozen=True, kw_only=True):
    body: NewExclusion


class ExclusionState(StrEnum):
    REQUESTED = "requested"
    ANNOUNCED = "announced"
    PASSED = "passed"
    """Decided; in effect when the message is received."""
    IN_EFFECT = "in-effect"
    FAILED = "failed"
    MOOT = "moot"
    WITHDRAWN = "withdrawn"


class ExclusionView(Struct, frozen=True, kw_only=True):
    id: ExclusionId
    state: ExclusionState
    concerned: MemberId
    requested_by: MemberId
    requested_at: datetime
    reason: str
    ballot: BallotId | None = None
    decided_at: datetime | None = None
    effective_at: datetime | None = None


class ListExclusions(InNetwork, frozen=True, kw_only=True):
    paging: Paging = Paging()


class GetExclusion(InNetwork, frozen=True, kw_only=True):
    exclusion: ExclusionId


class AnnounceExclusion(InNetwork, frozen=True, kw_only=True):
    exclusion: ExclusionId


class WithdrawExclusion(InNetwork, frozen=True, kw_only=True):
    """By the member that asked for it, before the ballot is decided."""

    exclusion: ExclusionId


class RecordedMessage(Body, frozen=True, kw_only=True):
    kind: EvidenceKind
    received_at: datetime
    reason: str


class RecordExclusionReceipt(InNetwork, frozen=True, kw_only=True):
    """T2, L2: the office records how the message reached the member concerned."""

    exclusion: ExclusionId
    body: RecordedMessage


FACTS: tuple[type[Fact], ...] = (
    ResignationDeclared,
    ExclusionRequested,
    ExclusionAnnounced,
    ExclusionPassed,
    ExclusionFailed,
    ExclusionMoot,
    ExclusionWithdrawn,
    ExclusionTakenEffect,
)

RESIGN = Method(SERVICE, "resign", Resign, MemberView, writes=True)
REQUEST_EXCLUSION = Method(SERVICE, "request-exclusion", RequestExclusion, ExclusionView, writes=True)
LIST_EXCLUSIONS = Method(SERVICE, "list-exclusions", ListExclusions, Page[ExclusionView], writes=False)
GET_EXCLUSION = Method(SERVICE, "get-exclusion", GetExclusion, ExclusionView, writes=False)
ANNOUNCE_EXCLUSION = Method(SERVICE, "announce-exclusion", AnnounceExclusion, BallotView, writes=True)
WITHDRAW_EXCLUSION = Method(SERVICE, "withdraw-exclusion", WithdrawExclusion, ExclusionView, writes=True)
RECORD_EXCLUSION_RECEIPT = Method(
    SERVICE, "record-exclusion-receipt", RecordExclusionReceipt, ExclusionView, writes=True
)
