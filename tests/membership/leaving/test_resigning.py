"""Who resigns is gone at once, also from the ballots under way; the office is handed over first (L1, L3, L4, B3)."""

import asyncio
from datetime import timedelta

import pytest

from contracts.ids import MemberId
from contracts.membership.admission import ANNOUNCE_APPLICATION, APPLY, AnnounceApplication, Apply
from contracts.membership.ballots import CAST_VOTE, GET_BALLOT, BallotView, CastVote, ElectorState, GetBallot, Vote
from contracts.membership.leaving import ExclusionState
from contracts.membership.members import WHO_AM_I, WhoAmI
from contracts.membership.networks import GET_NETWORK, GetNetwork
from contracts.membership.words import Choice
from tests.membership.door import OPERATOR, Bielefeld, application, refused
from tests.membership.leaving.steps import announce, ask_for, decided, record, resign, shown


async def elector_state(network: Bielefeld, ballot: BallotView, member: MemberId) -> ElectorState:
    view = await network.door.ask(GET_BALLOT, GetBallot(network=network.id, ballot=ballot.id), network.office)
    return next(elector.state for elector in view.electors if elector.member == member)


async def open_admission(network: Bielefeld) -> BallotView:
    receipt = await network.door.ask(APPLY, Apply(network=network.id, body=application()), network.office)
    request = AnnounceApplication(network=network.id, application=receipt.application.id)
    return await network.door.ask(ANNOUNCE_APPLICATION, request, network.office)


async def test_a_member_that_resigns_is_gone_at_once_and_the_others_get_the_directory(bielefeld: Bielefeld) -> None:
    """L1, L3, A5."""
    member = await resign(bielefeld, 2)
    assert (member.left_at, member.left_because) == (bielefeld.now, "resigned")
    assert len(await bielefeld.names()) == 5
    assert (await bielefeld.door.ask(WHO_AM_I, WhoAmI(), bielefeld.speaker(2))).standings == []
    with refused("not-authorised", 403):
        await bielefeld.door.ask(GET_NETWORK, GetNetwork(network=bielefeld.id), bielefeld.speaker(2))
    assert (await bielefeld.door.kinds(bielefeld.id))[-3:] == ["ResignationDeclared", "MemberLeft", "DirectoryIssued"]
    assert member.id not in (await bielefeld.door.journal(bielefeld.id))[-1].body
    with refused("not-a-member"):
        await resign(bielefeld, 2, by=bielefeld.office)


async def test_the_office_notes_a_declaration_that_reached_it_and_nobody_else_does(bielefeld: Bielefeld) -> None:
    """L1."""
    with refused("not-authorised", 403):
        await resign(bielefeld, 2, by=bielefeld.speaker(3))
    with refused("not-authorised", 403):
        await resign(bielefeld, 2, by=OPERATOR)
    assert (await resign(bielefeld, 2, by=bielefeld.office)).left_at == bielefeld.now


async def test_the_holder_of_the_office_appoints_another_first(bielefeld: Bielefeld) -> None:
    """L4."""
    with refused("holds-the-office"):
        await resign(bielefeld, 0)


@pytest.mark.parametrize("voted", [False, True])
async def test_a_member_that_resigns_drops_out_of_a_running_admission(bielefeld: Bielefeld, voted: bool) -> None:
    """B3: of five, three objections are more than half."""
    ballot = await open_admission(bielefeld)
    for elector in ballot.electors:
        await bielefeld.receive(ballot, elector.member)
    if voted:
        await bielefeld.vote(ballot, 2, Choice.OBJECT)
    await resign(bielefeld, 2)
    assert await elector_state(bielefeld, ballot, bielefeld.members[2].id) is ElectorState.LEFT
    for number in (0, 1, 3):
        await bielefeld.vote(ballot, number, Choice.OBJECT)
    await bielefeld.pass_time(bielefeld.now + timedelta(days=20))
    view = await bielefeld.door.ask(GET_BALLOT, GetBallot(network=bielefeld.id, ballot=ballot.id), bielefeld.office)
    assert view.tally is not None
    assert (view.tally.electorate, view.tally.object, view.outcome) == (5, 3, "failed")
    with refused("not-authorised", 403):
        vote = CastVote(network=bielefeld.id, ballot=ballot.id, body=Vote(choice=Choice.OBJECT))
        await bielefeld.door.ask(CAST_VOTE, vote, bielefeld.speaker(2))


async def test_a_member_that_resigns_in_the_middle_of_anothers_exclusion_drops_out(bielefeld: Bielefeld) -> None:
    """B3: of four electors four are needed, of five too; four approvals pass once the fifth has left."""
    exclusion = await ask_for(bielefeld, 5)
    ballot = await announce(bielefeld, exclusion)
    for elector in ballot.electors:
        await bielefeld.receive(ballot, elector.member)
    for number in range(4):
        await bielefeld.vote(ballot, number, Choice.APPROVE)
    await resign(bielefeld, 4)
    await bielefeld.pass_time(bielefeld.now + timedelta(days=20))
    assert (await shown(bielefeld, exclusion)).state is ExclusionState.PASSED


async def test_a_member_that_resigns_during_its_own_exclusion_makes_it_moot(bielefeld: Bielefeld) -> None:
    exclusion = await ask_for(bielefeld, 5)
    ballot = await announce(bielefeld, exclusion)
    await resign(bielefeld, 5)
    assert (await shown(bielefeld, exclusion)).state is ExclusionState.MOOT
    assert (await bielefeld.door.kinds(ballot.id))[-1] == "BallotCancelled"
    with refused("not-a-member"):
        await ask_for(bielefeld, 5)


async def test_a_member_that_resigns_before_the_message_came_left_by_itself(bielefeld: Bielefeld) -> None:
    exclusion = await decided(bielefeld, 5, 5)
    assert (await resign(bielefeld, 5)).left_because == "resigned"
    assert (await shown(bielefeld, exclusion)).state is ExclusionState.MOOT
    with refused("exclusion-moot"):
        await record(bielefeld, exclusion)


async def test_an_announcement_and_a_resignation_at_once_agree_on_the_electorate(bielefeld: Bielefeld) -> None:
    """B3: a member that leaves is no elector, whichever came first."""
    receipt = await bielefeld.door.ask(APPLY, Apply(network=bielefeld.id, body=application()), bielefeld.office)
    request = AnnounceApplication(network=bielefeld.id, application=receipt.application.id)
    ballot, *_ = await asyncio.gather(
        bielefeld.door.ask(ANNOUNCE_APPLICATION, request, bielefeld.office), resign(bielefeld, 2), resign(bielefeld, 3)
    )
    view = await bielefeld.door.ask(GET_BALLOT, GetBallot(network=bielefeld.id, ballot=ballot.id), bielefeld.office)
    there = {elector.member for elector in view.electors if elector.state is not ElectorState.LEFT}
    assert there == {bielefeld.members[number].id for number in (0, 1, 4, 5)}
