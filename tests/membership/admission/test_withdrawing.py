"""The applicant withdraws until it is a member; of a withdrawal and another step at once one wins (A4, A6, T4)."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from contracts.membership.admission import ApplicationState
from contracts.membership.words import Choice
from contracts.request import Refused
from tests.membership.admission.steps import announce, apply, countersign, shown, slow, welcome, withdraw
from tests.membership.door import Bielefeld, refused


@pytest.mark.parametrize("announced", [False, True])
async def test_the_applicant_may_withdraw_and_its_open_ballot_ends(bielefeld: Bielefeld, announced: bool) -> None:
    """A6."""
    receipt = await apply(bielefeld)
    ballot = await announce(bielefeld, receipt) if announced else None
    assert (await withdraw(bielefeld, receipt)).state is ApplicationState.WITHDRAWN
    with refused("application-withdrawn"):
        await withdraw(bielefeld, receipt)
    if ballot is not None:
        assert (await bielefeld.door.kinds(ballot.id))[-1] == "BallotCancelled"
        with refused("application-withdrawn"):
            await welcome(bielefeld, receipt)


async def test_a_withdrawal_after_a_decision_that_nobody_has_noted_yet_comes_too_late(bielefeld: Bielefeld) -> None:
    """T4: the closing loop sleeps, the ballot is rejected all the same."""
    receipt = await apply(bielefeld)
    ballot = await announce(bielefeld, receipt)
    for elector in ballot.electors:
        await bielefeld.receive(ballot, elector.member)
    for number in range(4):
        await bielefeld.vote(ballot, number, Choice.OBJECT)
    door = bielefeld.door

    async def asleep(*_: object) -> None:
        """No deadline is carried out."""

    awake, door.pass_deadlines = door.pass_deadlines, asleep  # type: ignore[method-assign,assignment]
    await bielefeld.pass_time(bielefeld.now + timedelta(days=20))
    with refused("application-rejected"):
        await withdraw(bielefeld, receipt)
    await awake()
    assert (await shown(bielefeld, receipt)).state is ApplicationState.REJECTED


async def test_of_a_withdrawal_and_a_countersignature_at_once_exactly_one_wins(bielefeld: Bielefeld) -> None:
    """A4, A6: an applicant that withdraws in the last second."""
    for number in range(3):
        receipt = await apply(bielefeld, f"Verein {number}")
        ballot = await announce(bielefeld, receipt)
        await bielefeld.decide(ballot, Choice.OBJECT, 0)
        await welcome(bielefeld, receipt)
        outcomes = await asyncio.gather(
            *(withdraw(bielefeld, receipt), countersign(bielefeld, receipt)), return_exceptions=True
        )
        lost = [outcome.slug for outcome in outcomes if isinstance(outcome, Refused)]
        assert lost in (["application-withdrawn"], ["application-member"])
        joined = f"Verein {number}" in await bielefeld.names()
        assert joined is (lost == ["application-member"])
        member = (await shown(bielefeld, receipt)).member
        if member is not None:
            bielefeld.members.append(replace(bielefeld.members[0], id=member))


async def test_of_a_withdrawal_and_the_closing_at_once_exactly_one_wins(bielefeld: Bielefeld) -> None:
    """A6: the ballot is decided or cancelled, never both, and the application agrees with it."""
    receipt = await apply(bielefeld)
    ballot = await announce(bielefeld, receipt)
    for elector in ballot.electors:
        await bielefeld.receive(ballot, elector.member)
    await asyncio.gather(
        withdraw(bielefeld, receipt),
        bielefeld.pass_time(bielefeld.now + timedelta(days=20)),
    )
    kinds = await bielefeld.door.kinds(ballot.id)
    assert ("BallotClosed" in kinds) != ("BallotCancelled" in kinds)
    assert (await shown(bielefeld, receipt)).state is ApplicationState.WITHDRAWN


async def test_a_withdrawal_waits_for_an_announcement_under_way_and_ends_its_ballot(
    bielefeld: Bielefeld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A6: nobody votes on an application that is withdrawn."""
    receipt = await apply(bielefeld)
    with slow(monkeypatch, "announce"):
        announcing = asyncio.create_task(announce(bielefeld, receipt))
        await asyncio.sleep(0.2)
        assert (await withdraw(bielefeld, receipt)).state is ApplicationState.WITHDRAWN
        ballot = await announcing
    assert (await bielefeld.door.kinds(ballot.id))[-1] == "BallotCancelled"
