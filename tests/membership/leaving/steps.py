"""What tests of leaving do again and again, through membership's requests."""

from datetime import timedelta

from contracts.membership.ballots import BallotView
from contracts.membership.leaving import (
    ANNOUNCE_EXCLUSION,
    GET_EXCLUSION,
    RECORD_EXCLUSION_RECEIPT,
    REQUEST_EXCLUSION,
    RESIGN,
    AnnounceExclusion,
    ExclusionView,
    GetExclusion,
    NewExclusion,
    RecordedMessage,
    RecordExclusionReceipt,
    RequestExclusion,
    Resign,
    Resignation,
)
from contracts.membership.members import MemberView
from contracts.membership.words import Choice, EvidenceKind
from contracts.request import Actor
from tests.membership.door import Bielefeld


async def resign(network: Bielefeld, number: int, by: Actor | None = None) -> MemberView:
    request = Resign(network=network.id, body=Resignation(member=network.members[number].id))
    return await network.door.ask(RESIGN, request, by or network.speaker(number))


async def ask_for(network: Bielefeld, number: int, by: int = 1) -> ExclusionView:
    """Member `by` asks for the exclusion of member `number`."""
    body = NewExclusion(member=network.members[number].id, reason="has broken the agreement")
    return await network.door.ask(
        REQUEST_EXCLUSION, RequestExclusion(network=network.id, body=body), network.speaker(by)
    )


async def announce(network: Bielefeld, exclusion: ExclusionView, by: Actor | None = None) -> BallotView:
    request = AnnounceExclusion(network=network.id, exclusion=exclusion.id)
    return await network.door.ask(ANNOUNCE_EXCLUSION, request, by or network.office)


async def shown(network: Bielefeld, exclusion: ExclusionView) -> ExclusionView:
    request = GetExclusion(network=network.id, exclusion=exclusion.id)
    return await network.door.ask(GET_EXCLUSION, request, network.speaker(1))


async def decided(network: Bielefeld, number: int, approvals: int, by: int = 1) -> ExclusionView:
    """An exclusion after its ballot."""
    exclusion = await ask_for(network, number, by)
    await network.decide(await announce(network, exclusion), Choice.APPROVE, approvals)
    return await shown(network, exclusion)


async def record(
    network: Bielefeld, exclusion: ExclusionView, *, hours: float = 0, kind: EvidenceKind = EvidenceKind.LETTER,
    by: Actor | None = None,
) -> ExclusionView:  # fmt: skip
    body = RecordedMessage(kind=kind, received_at=network.now - timedelta(hours=hours), reason="registered letter")
    request = RecordExclusionReceipt(network=network.id, exclusion=exclusion.id, body=body)
    return await network.door.ask(RECORD_EXCLUSION_RECEIPT, request, by or network.office)
