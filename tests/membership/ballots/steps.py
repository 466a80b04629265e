"""What tests of ballots do again and again, through membership's requests."""

from contracts.membership.admission import ANNOUNCE_APPLICATION, APPLY, AnnounceApplication, Apply
from contracts.membership.ballots import GET_BALLOT, BallotView, ElectorView, GetBallot
from contracts.request import Actor
from tests.membership.door import Bielefeld, application


async def announced(network: Bielefeld, name: str = "Wohnwerk e.V.") -> BallotView:
    """A ballot on an application that was just put to all."""
    receipt = await network.door.ask(
        APPLY, Apply(network=network.id, body=application(name)), network.office, at=network.now
    )
    request = AnnounceApplication(network=network.id, application=receipt.application.id)
    return await network.door.ask(ANNOUNCE_APPLICATION, request, network.office)


async def seen(network: Bielefeld, ballot: BallotView, by: Actor | None = None) -> BallotView:
    return await network.door.ask(GET_BALLOT, GetBallot(network=network.id, ballot=ballot.id), by or network.office)


async def receive_all(network: Bielefeld, ballot: BallotView) -> None:
    for elector in ballot.electors:
        await network.receive(ballot, elector.member)


def of(view: BallotView, number: int, network: Bielefeld) -> ElectorView:
    return next(elector for elector in view.electors if elector.member == network.members[number].id)
