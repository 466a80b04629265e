"""Who speaks for a member: who names and replaces these people, and from which day on (O3, G3, B4)."""

from datetime import date, timedelta

import pytest

from contracts.ids import MemberId
from contracts.membership.contacts import GET_CONTACTS, GetContacts
from contracts.membership.members import (
    LIST_MEMBERS,
    NAME_PERSON,
    WHO_AM_I,
    ListMembers,
    NamedPerson,
    NamePerson,
    WhoAmI,
)
from contracts.membership.words import Role
from contracts.request import Actor, Refused
from tests.membership.door import ISSUER, NOTIFICATIONS, OPERATOR, START, STRANGER, Bielefeld, person, refused
from tests.membership.members.steps import name


async def test_a_member_the_office_or_an_operator_names_its_people(bielefeld: Bielefeld) -> None:
    """O3."""
    for actor in (bielefeld.speaker(2, Role.DEPUTY), bielefeld.speaker(2), bielefeld.office, OPERATOR):
        view = await name(bielefeld, 2, actor)
        assert [each.role for each in view.representations] == [Role.REPRESENTATIVE, Role.DEPUTY]
    with refused("not-authorised", 403):
        await name(bielefeld, 2, bielefeld.speaker(3))
    with refused("member-not-found", 404):
        request = NamePerson(
            network=bielefeld.id, member=MemberId("mem\x00"), body=NamedPerson(role=Role.DEPUTY, person=person("x"))
        )
        await bielefeld.door.ask(NAME_PERSON, request, OPERATOR)


async def test_whoever_is_replaced_has_no_rights_from_that_day_on(bielefeld: Bielefeld) -> None:
    """O3, G3: changes are dated."""
    tomorrow = START.date() + timedelta(days=1)
    successor = Actor(issuer=ISSUER, subject="successor")
    await name(bielefeld, 2, bielefeld.office, Role.REPRESENTATIVE, subject="successor", since=tomorrow)
    listing = ListMembers(network=bielefeld.id)
    await bielefeld.door.ask(LIST_MEMBERS, listing, bielefeld.speaker(2))
    with refused("not-authorised", 403):
        await bielefeld.door.ask(LIST_MEMBERS, listing, successor)
    await bielefeld.pass_time(START + timedelta(days=1))
    with refused("not-authorised", 403):
        await bielefeld.door.ask(LIST_MEMBERS, listing, bielefeld.speaker(2))
    await bielefeld.door.ask(LIST_MEMBERS, listing, successor)
    with refused("since-before-predecessor"):
        await name(bielefeld, 2, bielefeld.office, Role.REPRESENTATIVE, subject="third", since=START.date())


async def test_naming_the_same_person_again_changes_nothing(bielefeld: Bielefeld) -> None:
    await name(bielefeld, 2, OPERATOR)
    before = await bielefeld.door.journal()
    await name(bielefeld, 2, OPERATOR)
    assert await bielefeld.door.journal() == before


async def test_another_member_cannot_redirect_a_persons_mail(bielefeld: Bielefeld) -> None:
    """Two members that name the same sign-in keep two entries."""
    await name(bielefeld, 3, bielefeld.speaker(3), subject="bielefeld-representative-2", email="elsewhere@example.org")
    contacts = await bielefeld.door.ask(
        GET_CONTACTS, GetContacts(network=bielefeld.id, members=[bielefeld.members[2].id]), NOTIFICATIONS
    )
    assert contacts.contacts[0].email == "bielefeld-representative-2@example.org"


async def test_a_deputy_does_not_take_the_representatives_place(bielefeld: Bielefeld) -> None:
    """B4, O3: otherwise it could override the representative's vote, or redirect the mail."""
    deputy, before = bielefeld.speaker(2, Role.DEPUTY), await bielefeld.door.journal()
    with refused("not-authorised", 403):
        await name(bielefeld, 2, deputy, Role.REPRESENTATIVE, subject="bielefeld-deputy-2")
    with refused("not-authorised", 403):
        await name(bielefeld, 2, deputy, Role.DEPUTY, subject="bielefeld-representative-2", email="mine@example.org")
    with refused("not-authorised", 403):
        office_deputy = bielefeld.speaker(0, Role.DEPUTY)
        await name(bielefeld, 0, office_deputy, Role.REPRESENTATIVE, subject="bielefeld-deputy-0")
    assert await bielefeld.door.journal() == before
    await name(bielefeld, 2, deputy, Role.DEPUTY, subject="next-deputy")
    await name(bielefeld, 2, bielefeld.speaker(2), Role.REPRESENTATIVE, subject="next-representative")


async def test_who_speaks_for_several_members_names_one(bielefeld: Bielefeld) -> None:
    await name(bielefeld, 3, bielefeld.speaker(3), subject="bielefeld-representative-2")
    both = bielefeld.speaker(2)
    listing = ListMembers(network=bielefeld.id)
    with pytest.raises(Refused) as caught:
        await bielefeld.door.ask(LIST_MEMBERS, listing, both)
    assert caught.value.slug == "member-not-chosen"
    assert "Fallnetz-Member" in caught.value.problem.detail
    for number in (2, 3):
        chosen = Actor(issuer=both.issuer, subject=both.subject, member=bielefeld.members[number].id)
        await bielefeld.door.ask(LIST_MEMBERS, listing, chosen)
    with refused("not-authorised", 403):
        chosen = Actor(issuer=both.issuer, subject=both.subject, member=bielefeld.members[4].id)
        await bielefeld.door.ask(LIST_MEMBERS, listing, chosen)


async def test_people_are_told_what_they_may_speak_for(bielefeld: Bielefeld) -> None:
    me = await bielefeld.door.ask(WHO_AM_I, WhoAmI(), bielefeld.office)
    (standing,) = me.standings
    assert (me.name, me.operator) == ("Person bielefeld-representative-0", False)
    assert (standing.network, standing.role, standing.office) == (bielefeld.id, Role.REPRESENTATIVE, True)
    assert (await bielefeld.door.ask(WHO_AM_I, WhoAmI(), OPERATOR)).operator
    nobody = await bielefeld.door.ask(WHO_AM_I, WhoAmI(), STRANGER)
    assert (nobody.person, nobody.name, nobody.operator, nobody.standings) == (None, None, False, [])
    with refused("not-signed-in", 401):
        await bielefeld.door.ask(WHO_AM_I, WhoAmI())


@pytest.mark.parametrize(
    "email",
    ["", "a", "a@b", "a@b.de,c@d.de", "a@b.de\r\nBcc: c@d.de", "A <a@b.de>", "a@b..de", "a b@c.de", "a@b.de\x00",
     "a" * 65 + "@b.de", "a@" + "b" * 300 + ".de"],
)  # fmt: skip
async def test_an_address_that_is_none_or_more_than_one_is_refused(bielefeld: Bielefeld, email: str) -> None:
    with refused("email-malformed", 422):
        await name(bielefeld, 2, OPERATOR, email=email)


async def test_days_beyond_the_calendar_are_refused(bielefeld: Bielefeld) -> None:
    for day in (date.min, date.max):
        with refused("time-out-of-range", 422):
            await name(bielefeld, 2, OPERATOR, since=day)
        with refused("time-out-of-range", 422):
            await bielefeld.door.ask(LIST_MEMBERS, ListMembers(network=bielefeld.id, on=day), OPERATOR)
