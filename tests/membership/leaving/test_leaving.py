"""Resignation and exclusion (L1 to L4), through membership's requests, on both databases."""

import asyncio
from datetime import timedelta

import pytest

from contracts import notifications
from contracts.ids import MemberId, NoticeId
from contracts.membership.admission import ANNOUNCE_APPLICATION, APPLY, AnnounceApplication, Apply
from contracts.membership.ballots import CAST_VOTE, GET_BALLOT, BallotView, CastVote, ElectorState, GetBallot, Vote
from contracts.membership.leaving import (
    ANNOUNCE_EXCLUSION,
    GET_EXCLUSION,
    LIST_EXCLUSIONS,
    RECORD_EXCLUSION_RECEIPT,
    REQUEST_EXCLUSION,
    RESIGN,
    WITHDRAW_EXCLUSION,
    AnnounceExclusion,
    ExclusionState,
    ExclusionView,
    GetExclusion,
    ListExclusions,
    NewExclusion,
    RecordedMessage,
    RecordExclusionReceipt,
    RequestExclusion,
    Resign,
    Resignation,
    WithdrawExclusion,
)
from contracts.membership.members import GET_MEMBER, WHO_AM_I, GetMember, MemberView, WhoAmI
from contracts.membership.networks import (
    ADOPT_CHARTER,
    GET_NETWORK,
    LIST_TASKS,
    AdoptCharter,
    CharterText,
    GetNetwork,
    ListTasks,
)
from contracts.membership.words import Choice, EvidenceKind, Role
from contracts.notifications import NoticeAccepted, NoticeConfirmed, NoticeFact, Purpose
from contracts.request import Actor, Refused
from services.membership.leaving.listeners import listeners
from tests.membership.door import CHARTER, OPERATOR, STRANGER, Bielefeld, Door, application, refused


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


async def elector_state(network: Bielefeld, ballot: BallotView, member: MemberId) -> ElectorState:
    view = await network.door.ask(GET_BALLOT, GetBallot(network=network.id, ballot=ballot.id), network.office)
    return next(elector.state for elector in view.electors if elector.member == member)


async def open_admission(network: Bielefeld) -> BallotView:
    receipt = await network.door.ask(APPLY, Apply(network=network.id, body=application()))
    request = AnnounceApplication(network=network.id, application=receipt.application.id)
    return await network.door.ask(ANNOUNCE_APPLICATION, request, network.office)


# Resignation ---------------------------------------------------------------------------------------------------------


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


# Exclusion -----------------------------------------------------------------------------------------------------------


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


async def test_the_message_is_received_neither_before_the_decision_nor_in_the_future(bielefeld: Bielefeld) -> None:
    exclusion = await decided(bielefeld, 5, 5)
    with refused("receipt-before-decision", 422):
        await record(bielefeld, exclusion, hours=24 * 30)
    with refused("receipt-in-future", 422):
        await record(bielefeld, exclusion, hours=-0.001)
    assert len(await bielefeld.names()) == 6


async def test_t3_the_office_records_only_what_a_person_can_know_and_the_charter_counts(bielefeld: Bielefeld) -> None:
    """That a link was used or a portal opened comes from the channel: nobody ends a membership by claiming it."""
    exclusion = await decided(bielefeld, 5, 5)
    for kind in (EvidenceKind.CONFIRMED_BY_LINK, EvidenceKind.OPENED_IN_PORTAL, EvidenceKind.ACCEPTED_BY_SERVER):
        with refused("evidence-not-recordable", 422):
            await record(bielefeld, exclusion, kind=kind)
    without = AdoptCharter(network=bielefeld.id, body=CharterText(charter=CHARTER.replace('"letter", ', "")))
    await bielefeld.door.ask(ADOPT_CHARTER, without, bielefeld.office)
    with refused("evidence-not-counted", 422):
        await record(bielefeld, exclusion, kind=EvidenceKind.LETTER)
    assert len(await bielefeld.names()) == 6
    await record(bielefeld, exclusion, kind=EvidenceKind.HANDED_OVER)
    assert len(await bielefeld.names()) == 5


def notice(network: Bielefeld, kind: type[NoticeFact], exclusion: ExclusionView, **changes: object) -> NoticeFact:
    fields: dict[str, object] = {
        "network": network.id, "notice": NoticeId("not_1"), "purpose": Purpose.EXCLUSION_MESSAGE,
        "about": exclusion.id, "member": exclusion.concerned, "at": network.now,
    }  # fmt: skip
    return kind(**(fields | changes))  # type: ignore[arg-type] # fields of a notice


async def test_the_confirmed_link_ends_the_membership_once(bielefeld: Bielefeld) -> None:
    """L2, T3: that a server accepted the mail starts nothing under this charter; doubled facts change nothing."""
    exclusion = await decided(bielefeld, 5, 5)
    hear, source = bielefeld.door.hear, notifications.SERVICE
    await hear(listeners, source, notice(bielefeld, NoticeAccepted, exclusion), message="1")
    other = notice(bielefeld, NoticeConfirmed, exclusion, purpose=Purpose.DIRECTORY)
    await hear(listeners, source, other, message="2")
    stranger = notice(bielefeld, NoticeConfirmed, exclusion, member=bielefeld.members[1].id)
    await hear(listeners, source, stranger, message="3")
    assert (await shown(bielefeld, exclusion)).state is ExclusionState.PASSED
    for message in ("4", "4", "5"):
        await hear(listeners, source, notice(bielefeld, NoticeConfirmed, exclusion), message=message)
    assert (await shown(bielefeld, exclusion)).state is ExclusionState.IN_EFFECT
    kinds = await bielefeld.door.kinds(bielefeld.id)
    assert kinds.count("MemberLeft") == 1


async def test_a_link_and_the_office_at_once_end_the_membership_once(bielefeld: Bielefeld) -> None:
    exclusion = await decided(bielefeld, 5, 5)
    outcomes = await asyncio.gather(
        bielefeld.door.hear(
            listeners, notifications.SERVICE, notice(bielefeld, NoticeConfirmed, exclusion), message="1"
        ),
        record(bielefeld, exclusion),
        resign(bielefeld, 5),
        return_exceptions=True,
    )
    slugs = {outcome.slug for outcome in outcomes if isinstance(outcome, Refused)}
    assert slugs <= {"exclusion-in-effect", "exclusion-moot", "not-a-member", "not-authorised"}
    assert (await bielefeld.door.kinds(bielefeld.id)).count("MemberLeft") == 1


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


async def test_an_announcement_and_a_resignation_at_once_agree_on_the_electorate(bielefeld: Bielefeld) -> None:
    """B3: a member that leaves is no elector, whichever came first."""
    receipt = await bielefeld.door.ask(APPLY, Apply(network=bielefeld.id, body=application()))
    request = AnnounceApplication(network=bielefeld.id, application=receipt.application.id)
    ballot, *_ = await asyncio.gather(
        bielefeld.door.ask(ANNOUNCE_APPLICATION, request, bielefeld.office), resign(bielefeld, 2), resign(bielefeld, 3)
    )
    view = await bielefeld.door.ask(GET_BALLOT, GetBallot(network=bielefeld.id, ballot=ballot.id), bielefeld.office)
    there = {elector.member for elector in view.electors if elector.state is not ElectorState.LEFT}
    assert there == {bielefeld.members[number].id for number in (0, 1, 4, 5)}


async def test_reasons_stay_out_of_the_journal(bielefeld: Bielefeld) -> None:
    exclusion = await decided(bielefeld, 5, 5)
    await record(bielefeld, exclusion)
    text = "".join(entry.body for entry in await bielefeld.door.journal())
    assert "broken" not in text
    assert "registered" not in text
