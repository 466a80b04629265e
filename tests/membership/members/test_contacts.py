"""Addresses of people are for notifications only, and stay out of the journal (L3)."""

from contracts.ids import ApplicationId, MemberId
from contracts.membership.admission import APPLY, Apply
from contracts.membership.contacts import GET_CONTACTS, GetContacts
from contracts.membership.leaving import RESIGN, Resign, Resignation
from contracts.membership.networks import GET_NETWORK, GetNetwork
from contracts.request import Actor
from tests.membership.door import NOTIFICATIONS, OPERATOR, STRANGER, Bielefeld, application, refused


async def test_contacts_are_for_notifications_only(bielefeld: Bielefeld) -> None:
    request = GetContacts(network=bielefeld.id, members=[bielefeld.members[2].id], office=True)
    for actor in (bielefeld.office, OPERATOR, STRANGER, Actor(issuer="service", subject="gateway")):
        with refused("not-authorised", 403):
            await bielefeld.door.ask(GET_CONTACTS, request, actor)
    with refused("not-signed-in", 401):
        await bielefeld.door.ask(GET_CONTACTS, request)
    with refused("not-authorised", 403):
        await bielefeld.door.ask(GET_NETWORK, GetNetwork(network=bielefeld.id), NOTIFICATIONS)
    found = await bielefeld.door.ask(GET_CONTACTS, request, NOTIFICATIONS)
    assert [(each.role, each.member) for each in found.contacts] == [
        ("representative", bielefeld.members[2].id), ("deputy", bielefeld.members[2].id),
        ("representative", bielefeld.members[0].id), ("deputy", bielefeld.members[0].id),
    ]  # fmt: skip
    assert (found.office_name, found.sandbox) == (bielefeld.members[0].name, True)


async def test_contacts_of_applicants_are_found_and_of_those_who_left_are_not(bielefeld: Bielefeld) -> None:
    """L3."""
    receipt = await bielefeld.door.ask(APPLY, Apply(network=bielefeld.id, body=application()))
    leaving = Resignation(member=bielefeld.members[5].id)
    await bielefeld.door.ask(RESIGN, Resign(network=bielefeld.id, body=leaving), bielefeld.speaker(5))
    request = GetContacts(
        network=bielefeld.id, members=[bielefeld.members[5].id, MemberId("mem\x00")],
        application=receipt.application.id,
    )  # fmt: skip
    found = await bielefeld.door.ask(GET_CONTACTS, request, NOTIFICATIONS)
    assert [(each.role, each.email) for each in found.contacts] == [("applicant", "contact@example.org")]
    with refused("application-not-found", 404):
        request = GetContacts(network=bielefeld.id, application=ApplicationId("app_nothing"))
        await bielefeld.door.ask(GET_CONTACTS, request, NOTIFICATIONS)


async def test_names_addresses_and_sign_ins_stay_out_of_the_journal(bielefeld: Bielefeld) -> None:
    text = "".join(entry.body + str(entry.actor) for entry in await bielefeld.door.journal())
    for secret in ("Person", "@", "bielefeld-representative", "Diakonie", "Trockendock"):
        assert secret not in text
