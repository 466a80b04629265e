"""What a step would make true is told to notifications, as it would be, and does not become true (P7)."""

from contracts.ids import ApplicationId
from contracts.membership.admission import ApplicantWelcomed, ApplicationDeclined, ApplicationState
from contracts.membership.ballots import LIST_BALLOTS, BallotOpened, ListBallots
from contracts.membership.contacts import FORESEE, Foresee
from contracts.membership.leaving import REQUEST_EXCLUSION, ExclusionPassed, NewExclusion, RequestExclusion
from contracts.membership.words import Choice
from tests.membership.admission.steps import announce, apply, shown
from tests.membership.door import NOTIFICATIONS, Bielefeld, refused


async def test_an_announcement_is_foreseen_and_opens_nothing(bielefeld: Bielefeld) -> None:
    receipt = await apply(bielefeld)
    asked = Foresee(network=bielefeld.id, step="announce-application", about=receipt.application.id)
    before = await bielefeld.door.journal()
    foreseen = await bielefeld.door.ask(FORESEE, asked, NOTIFICATIONS)
    assert isinstance(foreseen.fact, BallotOpened)
    assert foreseen.fact.electors == [member.id for member in bielefeld.members]
    assert await bielefeld.door.journal() == before
    assert (await bielefeld.door.ask(LIST_BALLOTS, ListBallots(network=bielefeld.id), bielefeld.office)).items == []
    assert (await shown(bielefeld, receipt)).state is ApplicationState.RECEIVED
    real = await announce(bielefeld, receipt)
    assert real.electors is not None
    assert len(real.electors) == 6


async def test_what_would_be_refused_cannot_be_foreseen(bielefeld: Bielefeld) -> None:
    receipt = await apply(bielefeld)
    with refused("application-received"):
        asked = Foresee(network=bielefeld.id, step="welcome-applicant", about=receipt.application.id)
        await bielefeld.door.ask(FORESEE, asked, NOTIFICATIONS)
    with refused("application-not-found", 404):
        asked = Foresee(network=bielefeld.id, step="announce-application", about=ApplicationId("app_none"))
        await bielefeld.door.ask(FORESEE, asked, NOTIFICATIONS)
    with refused("not-authorised", 403):
        asked = Foresee(network=bielefeld.id, step="announce-application", about=receipt.application.id)
        await bielefeld.door.ask(FORESEE, asked, bielefeld.office)


async def test_a_welcome_and_a_decline_are_foreseen(bielefeld: Bielefeld) -> None:
    receipt = await apply(bielefeld)
    asked = Foresee(network=bielefeld.id, step="decline-application", about=receipt.application.id)
    assert isinstance((await bielefeld.door.ask(FORESEE, asked, NOTIFICATIONS)).fact, ApplicationDeclined)
    await bielefeld.decide(await announce(bielefeld, receipt), Choice.NO_OBJECTION, 6)
    asked = Foresee(network=bielefeld.id, step="welcome-applicant", about=receipt.application.id)
    assert isinstance((await bielefeld.door.ask(FORESEE, asked, NOTIFICATIONS)).fact, ApplicantWelcomed)
    assert (await shown(bielefeld, receipt)).state is ApplicationState.PASSED


async def test_an_exclusion_and_its_message_are_foreseen(bielefeld: Bielefeld) -> None:
    body = NewExclusion(member=bielefeld.members[5].id, reason="why")
    exclusion = await bielefeld.door.ask(
        REQUEST_EXCLUSION, RequestExclusion(network=bielefeld.id, body=body), bielefeld.speaker(1)
    )
    asked = Foresee(network=bielefeld.id, step="announce-exclusion", about=exclusion.id)
    foreseen = await bielefeld.door.ask(FORESEE, asked, NOTIFICATIONS)
    assert isinstance(foreseen.fact, BallotOpened)
    assert foreseen.concerned == bielefeld.members[5].id
    assert bielefeld.members[5].id not in foreseen.fact.electors
    asked = Foresee(network=bielefeld.id, step="exclude", about=exclusion.id)
    assert isinstance((await bielefeld.door.ask(FORESEE, asked, NOTIFICATIONS)).fact, ExclusionPassed)
