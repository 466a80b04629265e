"""What is put to the members and what is not, who sees it, and when they reject it (A2, B8)."""

from datetime import UTC, datetime

from contracts.membership.admission import (
    DECLINE_APPLICATION,
    GET_APPLICATION,
    LIST_APPLICATIONS,
    ApplicationState,
    DeclineApplication,
    GetApplication,
    ListApplications,
    Reason,
)
from contracts.membership.words import Choice
from tests.membership.admission.steps import announce, apply, shown, welcome, withdraw
from tests.membership.door import Bielefeld, refused


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


async def test_more_than_half_objecting_rejects(bielefeld: Bielefeld) -> None:
    """A2: four of six."""
    receipt = await apply(bielefeld)
    await bielefeld.decide(await announce(bielefeld, receipt), Choice.OBJECT, 4)
    assert (await shown(bielefeld, receipt)).state is ApplicationState.REJECTED
    with refused("application-rejected"):
        await welcome(bielefeld, receipt)
    with refused("application-rejected"):
        await withdraw(bielefeld, receipt)


async def test_a_declined_application_is_never_put_to_the_members(bielefeld: Bielefeld) -> None:
    receipt = await apply(bielefeld)
    request = DeclineApplication(
        network=bielefeld.id, application=receipt.application.id, body=Reason(reason="another field")
    )
    await bielefeld.door.ask(DECLINE_APPLICATION, request, bielefeld.office)
    with refused("application-declined"):
        await announce(bielefeld, receipt)


async def test_an_organisation_that_is_a_member_already_is_not_put_to_the_members(bielefeld: Bielefeld) -> None:
    receipt = await apply(bielefeld, "DIAKONIE  für   Bielefeld")
    with refused("already-member"):
        await announce(bielefeld, receipt)


async def test_b8_nothing_is_announced_for_which_the_calendar_has_no_window(bielefeld: Bielefeld) -> None:
    """Otherwise every receipt would be refused, and the ballot would stay open for ever."""
    receipt = await apply(bielefeld)
    await bielefeld.pass_time(datetime(2046, 5, 1, 9, tzinfo=UTC))
    before = await bielefeld.door.journal()
    with refused("calendar-ends", 422):
        await announce(bielefeld, receipt)
    assert await bielefeld.door.journal() == before
