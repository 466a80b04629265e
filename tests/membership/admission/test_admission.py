"""Admission from application to directory (A1 to A6), through membership's requests, on both databases."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.membership.admission import (
    ANNOUNCE_APPLICATION,
    APPLY,
    ASK_APPLICANT,
    DECLINE_APPLICATION,
    GET_APPLICATION,
    LIST_APPLICATIONS,
    RECORD_COUNTERSIGNATURE,
    SUPPLEMENT_APPLICATION,
    WELCOME_APPLICANT,
    WITHDRAW_APPLICATION,
    AnnounceApplication,
    ApplicationReceipt,
    ApplicationState,
    ApplicationView,
    Apply,
    AskApplicant,
    DeclineApplication,
    GetApplication,
    ListApplications,
    Question,
    Reason,
    ReceivedCopy,
    RecordCountersignature,
    Supplement,
    SupplementApplication,
    WelcomeApplicant,
    WithdrawApplication,
)
from contracts.membership.ballots import BallotView
from contracts.membership.members import GET_MEMBER, WHO_AM_I, GetMember, WhoAmI
from contracts.membership.networks import ADVANCE_CLOCK, AdvanceClock, ClockSetting
from contracts.membership.words import Choice
from contracts.request import Actor, Refused
from services.membership.admission import handlers
from tests.membership.door import ISSUER, Bielefeld, application, person, refused


async def apply(network: Bielefeld, name: str = "Wohnwerk e.V.") -> ApplicationReceipt:
    return await network.door.ask(APPLY, Apply(network=network.id, body=application(name)))


async def announce(network: Bielefeld, receipt: ApplicationReceipt) -> BallotView:
    request = AnnounceApplication(network=network.id, application=receipt.application.id)
    return await network.door.ask(ANNOUNCE_APPLICATION, request, network.office)


async def shown(network: Bielefeld, receipt: ApplicationReceipt) -> ApplicationView:
    request = GetApplication(network=network.id, application=receipt.application.id)
    return await network.door.ask(GET_APPLICATION, request, network.office)


async def welcome(network: Bielefeld, receipt: ApplicationReceipt) -> ApplicationView:
    request = WelcomeApplicant(network=network.id, application=receipt.application.id)
    return await network.door.ask(WELCOME_APPLICANT, request, network.office)


async def countersign(network: Bielefeld, receipt: ApplicationReceipt, hours: float = 0) -> ApplicationView:
    """The copy came `hours` before the network's moment."""
    body = ReceivedCopy(received_at=network.now - timedelta(hours=hours))
    request = RecordCountersignature(network=network.id, application=receipt.application.id, body=body)
    return await network.door.ask(RECORD_COUNTERSIGNATURE, request, network.office)


async def withdraw(network: Bielefeld, receipt: ApplicationReceipt) -> ApplicationView:
    request = WithdrawApplication(
        network=network.id, application=receipt.application.id, applicant_key=receipt.applicant_key
    )
    return await network.door.ask(WITHDRAW_APPLICATION, request)


async def passed(network: Bielefeld) -> ApplicationReceipt:
    """An application that nobody has objected to."""
    receipt = await apply(network)
    await network.decide(await announce(network, receipt), Choice.OBJECT, 0)
    return receipt


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
        "ApplicationReceived", "ApplicationAnnounced", "ApplicationPassed", "ApplicantWelcomed",
    ]  # fmt: skip


STRANGER_REP = Actor(issuer=ISSUER, subject="new-rep")


async def test_the_applicants_people_have_no_rights_before_the_copy_came(bielefeld: Bielefeld) -> None:
    """A4: not earlier."""
    receipt = await passed(bielefeld)
    await welcome(bielefeld, receipt)
    assert (await bielefeld.door.ask(WHO_AM_I, WhoAmI(), STRANGER_REP)).standings == []
    await countersign(bielefeld, receipt)
    me = await bielefeld.door.ask(WHO_AM_I, WhoAmI(), STRANGER_REP)
    assert [standing.member_name for standing in me.standings] == ["Wohnwerk e.V."]


async def test_more_than_half_objecting_rejects(bielefeld: Bielefeld) -> None:
    """A2: four of six."""
    receipt = await apply(bielefeld)
    await bielefeld.decide(await announce(bielefeld, receipt), Choice.OBJECT, 4)
    assert (await shown(bielefeld, receipt)).state is ApplicationState.REJECTED
    with refused("application-rejected"):
        await welcome(bielefeld, receipt)
    with refused("application-rejected"):
        await withdraw(bielefeld, receipt)


async def test_the_office_asks_back_and_the_applicant_answers_with_its_key(bielefeld: Bielefeld) -> None:
    """A2."""
    receipt = await apply(bielefeld)
    about = receipt.application.id
    question = AskApplicant(network=bielefeld.id, application=about, body=Question(question="Which area?"))
    with refused("not-authorised", 403):
        await bielefeld.door.ask(ASK_APPLICANT, question, bielefeld.speaker(1))
    asked = await bielefeld.door.ask(ASK_APPLICANT, question, bielefeld.office)
    assert (asked.state, asked.question) == (ApplicationState.QUESTIONED, "Which area?")
    answer = SupplementApplication(
        network=bielefeld.id, application=about, applicant_key=receipt.applicant_key, body=Supplement(answer="Senne")
    )
    answered = await bielefeld.door.ask(SUPPLEMENT_APPLICATION, answer)
    assert (answered.state, answered.answer) == (ApplicationState.RECEIVED, "Senne")
    with refused("application-received"):
        await bielefeld.door.ask(SUPPLEMENT_APPLICATION, answer)


async def test_a_wrong_key_opens_nothing(bielefeld: Bielefeld) -> None:
    receipt = await apply(bielefeld)
    other = await apply(bielefeld, "Andere e.V.")
    about = receipt.application.id
    for key in ("", "x", "ü", other.applicant_key):
        with refused("not-authorised", 403):
            await bielefeld.door.ask(GET_APPLICATION, GetApplication(
                network=bielefeld.id, application=about, applicant_key=key,
            ))  # fmt: skip
        with refused("not-authorised", 403):
            await bielefeld.door.ask(WITHDRAW_APPLICATION, WithdrawApplication(
                network=bielefeld.id, application=about, applicant_key=key,
            ))  # fmt: skip
    showing = bielefeld.door.ask(GET_APPLICATION, GetApplication(network=bielefeld.id, application=about))
    leaving = WithdrawApplication(network=bielefeld.id, application=about)
    for asking in (showing, bielefeld.door.ask(WITHDRAW_APPLICATION, leaving)):
        with pytest.raises(Refused) as caught:
            await asking
        assert (caught.value.slug, caught.value.problem.status) == ("not-signed-in", 401)
        assert "Fallnetz-Applicant-Key" in caught.value.problem.detail


async def test_the_key_and_the_applicants_texts_stay_out_of_the_journal(bielefeld: Bielefeld) -> None:
    receipt = await passed(bielefeld)
    await welcome(bielefeld, receipt)
    await countersign(bielefeld, receipt)
    text = "".join(entry.body + str(entry.actor) for entry in await bielefeld.door.journal())
    for secret in (receipt.applicant_key, "Wohnwerk", "Marktstraße", "contact@example.org", "new-rep"):
        assert secret not in text


async def test_members_see_an_application_from_its_announcement_on(bielefeld: Bielefeld) -> None:
    receipt = await apply(bielefeld)
    request = GetApplication(network=bielefeld.id, application=receipt.application.id)
    with refused("application-not-found", 404):
        await bielefeld.door.ask(GET_APPLICATION, request, bielefeld.speaker(1))
    listing = ListApplications(network=bielefeld.id)
    assert (await bielefeld.door.ask(LIST_APPLICATIONS, listing, bielefeld.speaker(1))).items == []
    assert len((await bielefeld.door.ask(LIST_APPLICATIONS, listing, bielefeld.office)).items) == 1
    await announce(bielefeld, receipt)
    assert (await bielefeld.door.ask(GET_APPLICATION, request, bielefeld.speaker(1))).name == "Wohnwerk e.V."
    assert len((await bielefeld.door.ask(LIST_APPLICATIONS, listing, bielefeld.speaker(1))).items) == 1


async def test_a_declined_application_is_never_put_to_the_members(bielefeld: Bielefeld) -> None:
    receipt = await apply(bielefeld)
    request = DeclineApplication(
        network=bielefeld.id, application=receipt.application.id, body=Reason(reason="another field")
    )
    await bielefeld.door.ask(DECLINE_APPLICATION, request, bielefeld.office)
    with refused("application-declined"):
        await announce(bielefeld, receipt)


async def test_incomplete_applications_are_refused_and_leave_nothing(bielefeld: Bielefeld) -> None:
    """A1."""
    bad: dict[str, dict[str, Any]] = {
        "no-will-to-cooperate": {"will_to_cooperate": False},
        "field-not-open": {"field_of_work": "arms trade"},
        "text-empty": {"address": " \n "},
        "text-not-allowed": {"name": "Wohn\x00werk"},
        "text-too-long": {"name": "\ufdfa" * 200},
        "email-malformed": {"contact": person("c", email="a@example.org\r\nBcc: b@example.org")},
        "sign-in-incomplete": {"deputy": person("d", issuer=None)},
        "sign-in-reserved": {"representative": person("notifications", issuer="service")},
    }
    for slug, change in bad.items():
        with refused(slug, 422):
            await bielefeld.door.ask(APPLY, Apply(network=bielefeld.id, body=application(**change)))
    listing = ListApplications(network=bielefeld.id)
    assert (await bielefeld.door.ask(LIST_APPLICATIONS, listing, bielefeld.office)).items == []


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


async def test_the_same_key_gives_the_first_answer_again(bielefeld: Bielefeld) -> None:
    request = Apply(network=bielefeld.id, body=application())
    first = await bielefeld.door.ask(APPLY, request, key="once")
    assert await bielefeld.door.ask(APPLY, request, key="once") == first
    with refused("idempotency-key-reused", 422):
        await bielefeld.door.ask(APPLY, Apply(network=bielefeld.id, body=application("Other")), key="once")


async def test_an_organisation_that_is_a_member_already_is_not_put_to_the_members(bielefeld: Bielefeld) -> None:
    receipt = await apply(bielefeld, "DIAKONIE  für   Bielefeld")
    with refused("already-member"):
        await announce(bielefeld, receipt)


@contextmanager
def slow(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
    """A handler of admission has done its work and takes its time before the commit."""
    quick = getattr(handlers, name)

    def dawdle(*given: Any) -> Any:
        done = quick(*given)
        time.sleep(0.5)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(handlers, name, dawdle)
        yield


async def test_b8_nothing_is_announced_for_which_the_calendar_has_no_window(bielefeld: Bielefeld) -> None:
    """Otherwise every receipt would be refused, and the ballot would stay open for ever."""
    receipt = await apply(bielefeld)
    await bielefeld.pass_time(datetime(2046, 5, 1, 9, tzinfo=UTC))
    before = await bielefeld.door.journal()
    with refused("calendar-ends", 422):
        await announce(bielefeld, receipt)
    assert await bielefeld.door.journal() == before


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
