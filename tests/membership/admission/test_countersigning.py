"""From the welcome to the directory: the signed copy makes the member, in time and not earlier (A3, A4, A5, T4)."""

import asyncio
from datetime import timedelta

import pytest

from contracts.membership.admission import ApplicationState
from contracts.membership.members import GET_MEMBER, WHO_AM_I, GetMember, WhoAmI
from contracts.membership.networks import ADVANCE_CLOCK, AdvanceClock, ClockSetting
from contracts.membership.words import Choice
from tests.membership.admission.steps import (
    STRANGER_REP,
    announce,
    apply,
    countersign,
    passed,
    shown,
    slow,
    welcome,
    withdraw,
)
from tests.membership.door import Bielefeld, refused


async def test_an_applicant_becomes_a_member_and_everybody_gets_the_directory(bielefeld: Bielefeld) -> None:
    """A1 to A5: three objections of six are not more than half."""
    receipt = await apply(bielefeld)
    ballot = await announce(bielefeld, receipt)
    assert len(ballot.electors) == 6
    await bielefeld.decide(ballot, Choice.OBJECT, 3)
    assert (await shown(bielefeld, receipt)).state is ApplicationState.PASSED
    await welcome(bielefeld, receipt)
    await bielefeld.pass_time(bielefeld.now + timedelta(days=2))
    after = await countersign(bielefeld, receipt, hours=24)
    assert after.state is ApplicationState.MEMBER
    assert after.member is not None
    assert "Wohnwerk e.V." in await bielefeld.names()
    member = await bielefeld.door.ask(GET_MEMBER, GetMember(network=bielefeld.id, member=after.member), STRANGER_REP)
    assert member.joined_at == bielefeld.now - timedelta(hours=24)
    assert [each.role.value for each in member.representations] == ["representative", "deputy"]
    kinds = await bielefeld.door.kinds(bielefeld.id)
    assert kinds[-4:] == ["MemberJoined", "RepresentationChanged", "RepresentationChanged", "DirectoryIssued"]
    directory = (await bielefeld.door.journal(bielefeld.id))[-1].body
    assert after.member in directory
    assert await bielefeld.door.kinds(receipt.application.id) == [
        "ApplicationSubmitted", "ApplicationReceived", "ApplicationAnnounced", "ApplicationPassed", "ApplicantWelcomed",
    ]  # fmt: skip


async def test_the_applicants_people_have_no_rights_before_the_copy_came(bielefeld: Bielefeld) -> None:
    """A4: not earlier."""
    receipt = await passed(bielefeld)
    await welcome(bielefeld, receipt)
    assert (await bielefeld.door.ask(WHO_AM_I, WhoAmI(), STRANGER_REP)).standings == []
    await countersign(bielefeld, receipt)
    me = await bielefeld.door.ask(WHO_AM_I, WhoAmI(), STRANGER_REP)
    assert [standing.member_name for standing in me.standings] == ["Wohnwerk e.V."]


async def test_the_copy_counts_from_the_welcome_to_the_expiry(bielefeld: Bielefeld) -> None:
    """A4: the boundary instants."""
    receipt = await passed(bielefeld)
    with refused("application-passed"):
        await countersign(bielefeld, receipt)
    await bielefeld.pass_time(bielefeld.now + timedelta(hours=1))
    welcomed = await welcome(bielefeld, receipt)
    assert welcomed.expires_at is not None
    with refused("receipt-before-welcome", 422):
        await countersign(bielefeld, receipt, hours=0.5)
    with refused("receipt-in-future", 422):
        await countersign(bielefeld, receipt, hours=-0.001)
    await bielefeld.pass_time(welcomed.expires_at)
    assert (await shown(bielefeld, receipt)).state is ApplicationState.EXPIRED
    with refused("receipt-after-expiry"):
        await countersign(bielefeld, receipt)
    with refused("application-expired"):
        await withdraw(bielefeld, receipt)
    assert "Wohnwerk e.V." not in await bielefeld.names()


async def test_a_copy_that_came_in_time_makes_a_member_also_when_it_is_noted_later(bielefeld: Bielefeld) -> None:
    """A4, T4: what counts is when it reached the office."""
    receipt = await passed(bielefeld)
    welcomed = await welcome(bielefeld, receipt)
    assert welcomed.expires_at is not None
    await bielefeld.pass_time(welcomed.expires_at + timedelta(days=1))
    assert (await shown(bielefeld, receipt)).state is ApplicationState.EXPIRED
    after = await countersign(bielefeld, receipt, hours=24.001)
    assert after.state is ApplicationState.MEMBER


async def test_the_expiry_is_of_the_laws_moment_however_late_the_loop_woke(bielefeld: Bielefeld) -> None:
    receipt = await passed(bielefeld)
    welcomed = await welcome(bielefeld, receipt)
    assert welcomed.expires_at is not None
    await bielefeld.pass_time(welcomed.expires_at + timedelta(days=9))
    await bielefeld.door.pass_deadlines()
    expired = [entry for entry in await bielefeld.door.journal(receipt.application.id) if "Expired" in entry.kind]
    assert len(expired) == 1
    assert welcomed.expires_at.isoformat().replace("+00:00", "Z") in expired[0].body


async def test_an_expiry_waits_for_a_countersignature_under_way(
    bielefeld: Bielefeld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A4: a copy that came in time is not overtaken by the deadline loop."""
    receipt = await passed(bielefeld)
    welcomed = await welcome(bielefeld, receipt)
    assert welcomed.expires_at is not None
    at = ClockSetting(moment=welcomed.expires_at)
    await bielefeld.door.ask(ADVANCE_CLOCK, AdvanceClock(network=bielefeld.id, body=at), bielefeld.office)
    bielefeld.now = welcomed.expires_at
    with slow(monkeypatch, "countersign"):
        countersigning = asyncio.create_task(countersign(bielefeld, receipt, hours=1))
        await asyncio.sleep(0.2)
        await bielefeld.door.pass_deadlines()
        assert (await countersigning).state is ApplicationState.MEMBER
    assert (await shown(bielefeld, receipt)).state is ApplicationState.MEMBER
    assert "ApplicationExpired" not in await bielefeld.door.kinds(receipt.application.id)
