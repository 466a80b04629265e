"""An exclusion from the request to its decision: who asks, announces, withdraws, votes and counts (L2, L4, B2, B3)."""

import asyncio
from datetime import timedelta

from contracts.ids import MemberId
from contracts.membership.leaving import (
    LIST_EXCLUSIONS,
    REQUEST_EXCLUSION,
    WITHDRAW_EXCLUSION,
    ExclusionState,
    ListExclusions,
    NewExclusion,
    RequestExclusion,
    WithdrawExclusion,
)
from contracts.membership.members import GET_MEMBER, GetMember
from contracts.membership.networks import LIST_TASKS, ListTasks
from contracts.membership.words import Choice, Role
from contracts.request import Refused
from tests.membership.door import CHARTER, OPERATOR, STRANGER, Bielefeld, Door, refused
from tests.membership.leaving.steps import announce, ask_for, decided, record


async def test_four_of_five_approvals_exclude_and_the_message_ends_the_membership(bielefeld: Bielefeld) -> None:
    """L2, B2, B3: the member concerned neither votes nor counts; more than 75 % of five is four."""
    exclusion = await decided(bielefeld, 5, 4)
    assert exclusion.state is ExclusionState.PASSED
    assert len(await bielefeld.names()) == 6
    await bielefeld.pass_time(bielefeld.now + timedelta(days=3))
    after = await record(bielefeld, exclusion, hours=24)
    assert (after.state, after.effective_at) == (ExclusionState.IN_EFFECT, bielefeld.now - timedelta(hours=24))
    member = await bielefeld.door.ask(
        GET_MEMBER, GetMember(network=bielefeld.id, member=exclusion.concerned), bielefeld.office
    )
    assert (member.left_at, member.left_because) == (after.effective_at, "excluded")
    assert (await bielefeld.door.kinds(bielefeld.id))[-2:] == ["MemberLeft", "DirectoryIssued"]
    assert (await bielefeld.door.kinds(exclusion.id)) == [
        "ExclusionRequested", "ExclusionAnnounced", "ExclusionPassed", "ExclusionTakenEffect",
    ]  # fmt: skip
    with refused("exclusion-in-effect"):
        await record(bielefeld, exclusion)


async def test_too_few_approvals_change_nothing_and_another_exclusion_may_follow(bielefeld: Bielefeld) -> None:
    exclusion = await decided(bielefeld, 5, 3)
    assert exclusion.state is ExclusionState.FAILED
    with refused("exclusion-failed"):
        await record(bielefeld, exclusion)
    assert (await ask_for(bielefeld, 5)).state is ExclusionState.REQUESTED


async def test_the_member_concerned_votes_where_the_charter_says_so(door: Door) -> None:
    """B3."""
    charter = CHARTER.replace("concerned_votes = false", "concerned_votes = true")
    network = await Bielefeld.found(door, "other", charter)
    ballot = await announce(network, await ask_for(network, 5))
    assert len(ballot.electors) == 6


async def test_nobody_asks_for_its_own_exclusion_or_for_that_of_a_stranger(bielefeld: Bielefeld) -> None:
    with refused("own-exclusion", 422):
        await ask_for(bielefeld, 1, by=1)
    for unknown in ("mem_unknown", "", "mem\x00", "x" * 5000):
        body = NewExclusion(member=MemberId(unknown), reason="none")
        with refused("member-not-found", 404):
            await bielefeld.door.ask(
                REQUEST_EXCLUSION, RequestExclusion(network=bielefeld.id, body=body), bielefeld.office
            )
    body = NewExclusion(member=bielefeld.members[1].id, reason="none")
    for actor, slug in ((None, "not-signed-in"), (STRANGER, "not-authorised"), (OPERATOR, "not-authorised")):
        with refused(slug):
            await bielefeld.door.ask(REQUEST_EXCLUSION, RequestExclusion(network=bielefeld.id, body=body), actor)


async def test_two_exclusions_of_one_member_at_once_leave_one(bielefeld: Bielefeld) -> None:
    outcomes = await asyncio.gather(*(ask_for(bielefeld, 5, by) for by in (1, 2, 3, 4)), return_exceptions=True)
    slugs = [outcome.slug for outcome in outcomes if isinstance(outcome, Refused)]
    assert slugs == ["exclusion-already-running"] * 3
    page = await bielefeld.door.ask(LIST_EXCLUSIONS, ListExclusions(network=bielefeld.id), bielefeld.office)
    assert len(page.items) == 1


async def test_only_the_member_that_asked_withdraws_and_only_before_the_decision(bielefeld: Bielefeld) -> None:
    exclusion = await ask_for(bielefeld, 5, by=1)
    ballot = await announce(bielefeld, exclusion)
    request = WithdrawExclusion(network=bielefeld.id, exclusion=exclusion.id)
    with refused("not-authorised", 403):
        await bielefeld.door.ask(WITHDRAW_EXCLUSION, request, bielefeld.speaker(2))
    await bielefeld.door.ask(WITHDRAW_EXCLUSION, request, bielefeld.speaker(1))
    assert (await bielefeld.door.kinds(ballot.id))[-1] == "BallotCancelled"
    with refused("exclusion-withdrawn"):
        await bielefeld.door.ask(WITHDRAW_EXCLUSION, request, bielefeld.speaker(1))
    later = await decided(bielefeld, 5, 5)
    with refused("exclusion-passed"):
        request = WithdrawExclusion(network=bielefeld.id, exclusion=later.id)
        await bielefeld.door.ask(WITHDRAW_EXCLUSION, request, bielefeld.speaker(1))


async def test_only_the_office_announces_and_records(bielefeld: Bielefeld) -> None:
    exclusion = await ask_for(bielefeld, 5)
    for actor in (bielefeld.speaker(1), bielefeld.speaker(5, Role.DEPUTY), OPERATOR):
        with refused("not-authorised", 403):
            await announce(bielefeld, exclusion, by=actor)
        with refused("not-authorised", 403):
            await record(bielefeld, exclusion, by=actor)
    with refused("exclusion-requested"):
        await record(bielefeld, exclusion)


async def test_the_office_can_be_excluded_and_falls_vacant(bielefeld: Bielefeld) -> None:
    """L4: an operator acts where the office would have to act against itself."""
    exclusion = await ask_for(bielefeld, 0)
    ballot = await announce(bielefeld, exclusion, by=OPERATOR)
    for elector in ballot.electors:
        await bielefeld.receive(ballot, elector.member)
    for number in range(1, 6):
        await bielefeld.vote(ballot, number, Choice.APPROVE)
    await bielefeld.pass_time(bielefeld.now + timedelta(days=20))
    await record(bielefeld, exclusion, by=OPERATOR)
    assert "OfficeVacated" in await bielefeld.door.kinds(bielefeld.id)
    tasks = (await bielefeld.door.ask(LIST_TASKS, ListTasks(network=bielefeld.id), OPERATOR)).items
    assert [task.kind for task in tasks] == ["choose-office"]
    with refused("not-authorised", 403):
        await bielefeld.door.ask(LIST_TASKS, ListTasks(network=bielefeld.id), bielefeld.office)


async def test_reasons_stay_out_of_the_journal(bielefeld: Bielefeld) -> None:
    exclusion = await decided(bielefeld, 5, 5)
    await record(bielefeld, exclusion)
    text = "".join(entry.body for entry in await bielefeld.door.journal())
    assert "broken" not in text
    assert "registered" not in text
