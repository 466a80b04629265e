"""How a person named comes by a sign-in: invited by link, tied when they accept (O3, L3)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.ids import MemberId, PersonId
from contracts.membership.access import (
    ACCEPT_INVITATION,
    INVITE_PERSON,
    AcceptInvitation,
    Invitation,
    InvitePerson,
    PersonInvited,
)
from contracts.membership.admission import APPLY, Apply
from contracts.membership.contacts import GET_CONTACTS, GetContacts
from contracts.membership.members import LIST_MEMBERS, WHO_AM_I, ListMembers, MemberView, WhoAmI
from contracts.membership.words import Choice, Role
from contracts.request import Actor, LinkGrant, Refused
from services.chassis.pausing import PAUSE
from tests.membership.access.steps import (
    accept,
    holder,
    invited,
    issue,
    name_without_sign_in,
    of,
    unstaffed,
    without_sign_in,
)
from tests.membership.admission.steps import announce, countersign, welcome
from tests.membership.door import (
    ISSUER,
    NOTIFICATIONS,
    OPERATOR,
    START,
    STRANGER,
    Bielefeld,
    application,
    refused,
)
from tests.membership.leaving.steps import resign
from tests.membership.members.steps import name

NORA = Actor(issuer=ISSUER, subject="nora")


async def invite(
    network: Bielefeld, number: int, by: Actor, role: Role = Role.DEPUTY, *, at: datetime = START + PAUSE
) -> MemberView:
    """`at`: real time."""
    request = InvitePerson(network=network.id, member=network.members[number].id, body=Invitation(role=role))
    return await network.door.ask(INVITE_PERSON, request, by, at=at)


async def acts(network: Bielefeld, by: Actor) -> None:
    await network.door.ask(LIST_MEMBERS, ListMembers(network=network.id), by)


async def invitations(network: Bielefeld) -> list[str]:
    """To which persons, in order."""
    return [entry.body for entry in await network.door.journal(network.id) if entry.kind == "PersonInvited"]


async def test_a_person_named_without_sign_in_is_invited_and_ties_one_by_the_link(bielefeld: Bielefeld) -> None:
    named = await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2))
    assert (named.name, named.signs_in) == ("Nora Neu", False)
    (fact,) = await invitations(bielefeld)
    assert named.person in fact
    assert "2026-12-07" in fact  # 14 days
    assert "Nora" not in fact
    with refused("not-authorised", 403):
        await acts(bielefeld, NORA)
    me = await accept(bielefeld, invited(bielefeld, named.person, member=bielefeld.members[2].id))
    assert (me.person, me.name, me.language) == (named.person, "Nora Neu", "de")
    assert [(each.member, each.role) for each in me.standings] == [(bielefeld.members[2].id, Role.DEPUTY)]
    await acts(bielefeld, NORA)
    view = await bielefeld.door.ask(LIST_MEMBERS, ListMembers(network=bielefeld.id), NORA)
    shown = next(member for member in view.items if member.id == bielefeld.members[2].id)
    assert of(shown, Role.DEPUTY).signs_in
    assert (await bielefeld.door.kinds(bielefeld.id))[-3:] == ["RepresentationChanged", "PersonInvited", "SignInTied"]


async def test_accepting_again_with_the_same_sign_in_changes_nothing(bielefeld: Bielefeld) -> None:
    named = await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2))
    nora = invited(bielefeld, named.person)
    first = await accept(bielefeld, nora)
    before = await bielefeld.door.journal()
    assert await accept(bielefeld, nora) == first
    await bielefeld.pass_time(START + timedelta(days=30))
    assert await accept(bielefeld, nora) == first
    assert [entry.kind for entry in (await bielefeld.door.journal())[len(before) :]] == ["TestClockAdvanced"]


async def test_an_invitation_ties_one_sign_in(bielefeld: Bielefeld) -> None:
    """Also when two accept at once."""
    named = await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2))
    both = [invited(bielefeld, named.person, subject) for subject in ("nora", "mallory")]
    outcomes = await asyncio.gather(*(accept(bielefeld, by) for by in both), return_exceptions=True)
    slugs = [each.slug for each in outcomes if isinstance(each, Refused)]
    assert slugs == ["invitation-accepted-already"]
    loser = both[next(index for index, each in enumerate(outcomes) if isinstance(each, Refused))]
    with refused("not-authorised", 403):
        await acts(bielefeld, Actor(issuer=loser.issuer, subject=loser.subject))


async def test_an_invitation_expires_and_can_be_sent_again(bielefeld: Bielefeld) -> None:
    named = await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2))
    await bielefeld.pass_time(START + timedelta(days=14) - timedelta(microseconds=1))
    again = await invite(bielefeld, 2, bielefeld.speaker(2))
    assert not of(again, Role.DEPUTY).signs_in
    assert len(await invitations(bielefeld)) == 2
    await bielefeld.pass_time(bielefeld.now + timedelta(days=14))
    with refused("invitation-expired", 410):
        await accept(bielefeld, invited(bielefeld, named.person))
    await invite(bielefeld, 2, bielefeld.office, at=START + 2 * PAUSE)
    await accept(bielefeld, invited(bielefeld, named.person))


async def test_an_invitation_is_gone_once_somebody_else_is_named(bielefeld: Bielefeld) -> None:
    first = await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2))
    second = await name_without_sign_in(
        bielefeld, 2, bielefeld.speaker(2), name="Otto Anders", email="otto@example.org"
    )
    with refused("invitation-replaced", 410):
        await accept(bielefeld, invited(bielefeld, first.person))
    await accept(bielefeld, invited(bielefeld, second.person, "otto"))


async def test_an_invitation_opens_nothing_from_the_instant_at_which_the_member_leaves(bielefeld: Bielefeld) -> None:
    """L3."""
    named = await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2))
    await resign(bielefeld, 2)
    with refused("link-of-former-member", 410):
        await accept(bielefeld, invited(bielefeld, named.person))
    with refused("not-a-member"):
        await invite(bielefeld, 2, bielefeld.office)


async def test_whoever_is_named_for_a_later_day_can_accept_before_it(bielefeld: Bielefeld) -> None:
    """O3; the function, and with it every right, begins on its day."""
    tomorrow = START + timedelta(days=1)
    await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2), since=tomorrow.date())
    person_id = PersonId((await invitations(bielefeld))[0].split('"person":"')[1].split('"')[0])
    asked = GetContacts(network=bielefeld.id, persons=[person_id, PersonId("per_nobody")])
    (contact,) = (await bielefeld.door.ask(GET_CONTACTS, asked, NOTIFICATIONS)).contacts
    assert (contact.name, contact.email, contact.role, contact.person) == (
        "Nora Neu", "nora@example.org", "deputy", person_id,
    )  # fmt: skip
    me = await accept(bielefeld, invited(bielefeld, person_id))
    assert me.standings == []
    with refused("not-authorised", 403):
        await acts(bielefeld, NORA)
    await bielefeld.pass_time(tomorrow)
    await acts(bielefeld, NORA)


async def test_contacts_of_persons_end_with_function_and_membership(bielefeld: Bielefeld) -> None:
    first = await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2))
    asked = GetContacts(network=bielefeld.id, persons=[first.person])
    assert len((await bielefeld.door.ask(GET_CONTACTS, asked, NOTIFICATIONS)).contacts) == 1
    await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2), name="Otto Anders", email="otto@example.org")
    assert (await bielefeld.door.ask(GET_CONTACTS, asked, NOTIFICATIONS)).contacts == []
    second = await name_without_sign_in(bielefeld, 3, bielefeld.speaker(3))
    await resign(bielefeld, 3)
    asked = GetContacts(network=bielefeld.id, persons=[second.person])
    assert (await bielefeld.door.ask(GET_CONTACTS, asked, NOTIFICATIONS)).contacts == []
    with refused("not-authorised", 403):
        await bielefeld.door.ask(GET_CONTACTS, asked, bielefeld.office)


async def test_the_member_the_office_and_operators_invite(bielefeld: Bielefeld) -> None:
    await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2))
    for times, by in enumerate((bielefeld.speaker(2), bielefeld.office, OPERATOR), 1):
        await invite(bielefeld, 2, by, at=START + times * PAUSE)
    assert len(await invitations(bielefeld)) == 4
    key = holder(await issue(bielefeld, bielefeld.speaker(2)))
    for by_other, slug in (
        (bielefeld.speaker(3), "not-authorised"),
        (STRANGER, "not-authorised"),
        (key, "person-needed"),
    ):
        with refused(slug, 403):
            await invite(bielefeld, 2, by_other)
    assert len(await invitations(bielefeld)) == 4


async def test_nobody_is_invited_who_signs_in_already_or_was_never_named(bielefeld: Bielefeld) -> None:
    with refused("signs-in-already", 409):
        await invite(bielefeld, 2, bielefeld.speaker(2))
    lippe = await unstaffed(bielefeld.door)
    with refused("function-vacant", 409):
        await invite(lippe, 2, OPERATOR)
    assert await invitations(bielefeld) == []


async def test_naming_a_person_with_a_sign_in_sends_no_invitation(bielefeld: Bielefeld) -> None:
    await name(bielefeld, 2, bielefeld.speaker(2), subject="direct")
    assert await invitations(bielefeld) == []
    with refused("invitation-accepted-already"):
        view = await name(bielefeld, 2, bielefeld.speaker(2), subject="direct")
        await accept(bielefeld, invited(bielefeld, of(view, Role.DEPUTY).person, "mallory"))


async def test_naming_the_same_person_again_without_sign_in_lets_them_tie_another(bielefeld: Bielefeld) -> None:
    first = await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2))
    await accept(bielefeld, invited(bielefeld, first.person, "lost"))
    second = await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2), at=START + PAUSE)
    assert second.person != first.person
    with refused("not-authorised", 403):
        await acts(bielefeld, Actor(issuer=ISSUER, subject="lost"))
    await accept(bielefeld, invited(bielefeld, second.person))
    await acts(bielefeld, NORA)


async def test_a_person_accepts_and_neither_a_key_nor_a_link_alone(bielefeld: Bielefeld) -> None:
    named = await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2))
    link = invited(bielefeld, named.person).link
    assert link is not None
    key = holder(await issue(bielefeld, bielefeld.speaker(2)))
    wrong: list[tuple[Actor | None, str, int]] = [
        (None, "not-signed-in", 401),
        (Actor(issuer="link", subject="not_2", link=link), "link-not-enough", 403),
        (Actor(issuer="key", subject=key.subject, link=link), "person-needed", 403),
        (NORA, "link-not-enough", 403),
    ]
    for by, slug, status in wrong:
        with refused(slug, status):
            await bielefeld.door.ask(ACCEPT_INVITATION, AcceptInvitation(), by)
    assert not [entry for entry in await bielefeld.door.journal() if entry.kind == "SignInTied"]


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"purpose": "admission-ballot"}, "link-not-enough"),
        ({"about": "per_nobody"}, "invitation-replaced"),
        ({"network": "lippe"}, "invitation-replaced"),
        ({"network": "nowhere"}, "invitation-replaced"),
        ({"member": MemberId("mem_other")}, "invitation-replaced"),
    ],
)
async def test_a_link_that_is_no_invitation_of_this_person_ties_nothing(
    bielefeld: Bielefeld, change: dict[str, Any], slug: str
) -> None:
    await Bielefeld.found(bielefeld.door, "lippe")
    named = await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2))
    fields = {
        "notice": "not_2", "network": bielefeld.id, "purpose": "invitation", "about": named.person,
        "member": bielefeld.members[2].id, "role": "invited",
    }  # fmt: skip
    grant = LinkGrant(**(fields | change))
    with refused(slug):
        await accept(bielefeld, Actor(issuer=ISSUER, subject="nora", link=grant))


async def test_an_applicants_people_without_sign_in_are_invited_when_it_joins(bielefeld: Bielefeld) -> None:
    """A4."""
    body = application(representative=without_sign_in("new-rep"))
    receipt = await bielefeld.door.ask(APPLY, Apply(network=bielefeld.id, body=body), bielefeld.office)
    await bielefeld.decide(await announce(bielefeld, receipt), Choice.OBJECT, 0)
    await welcome(bielefeld, receipt)
    assert await invitations(bielefeld) == []
    await countersign(bielefeld, receipt)
    (fact,) = await invitations(bielefeld)
    assert '"role":"representative"' in fact
    assert PersonInvited.audience == "self"


async def test_one_sign_in_may_accept_for_several_members(bielefeld: Bielefeld) -> None:
    for number in (2, 3):
        named = await name_without_sign_in(bielefeld, number, bielefeld.speaker(number))
        await accept(bielefeld, invited(bielefeld, named.person))
    me = await bielefeld.door.ask(WHO_AM_I, WhoAmI(), NORA)
    assert {each.member for each in me.standings} == {bielefeld.members[number].id for number in (2, 3)}
    with refused("member-not-chosen"):
        await acts(bielefeld, NORA)


async def test_nobody_gets_two_invitations_to_one_function_within_ten_minutes(bielefeld: Bielefeld) -> None:
    """By real time: a sandbox's clock may stand still, or be far ahead."""
    await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2))
    await bielefeld.pass_time(START + timedelta(days=3))
    for by in (bielefeld.speaker(2), bielefeld.office, OPERATOR):
        with refused("sent-a-moment-ago", 429):
            await invite(bielefeld, 2, by, at=START + PAUSE - timedelta(microseconds=1))
    with refused("sent-a-moment-ago", 429):
        await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2), name="Nora Ney", email="NORA@example.org")
    assert len(await invitations(bielefeld)) == 1
    await invite(bielefeld, 2, bielefeld.speaker(2), at=START + PAUSE)
    assert len(await invitations(bielefeld)) == 2


async def test_a_refused_repetition_says_when_the_next_invitation_can_be_sent(bielefeld: Bielefeld) -> None:
    await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2))
    with pytest.raises(Refused) as caught:
        await invite(bielefeld, 2, bielefeld.speaker(2), at=START + timedelta(seconds=61))
    assert caught.value.problem.retry_after == 9 * 60
    assert "{wait}" not in caught.value.problem.detail


async def test_two_who_ask_at_once_send_one_invitation(bielefeld: Bielefeld) -> None:
    await name_without_sign_in(bielefeld, 2, bielefeld.speaker(2))
    both = [invite(bielefeld, 2, by) for by in (bielefeld.speaker(2), bielefeld.office)]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert [each.slug for each in outcomes if isinstance(each, Refused)] == ["sent-a-moment-ago"]
    assert len(await invitations(bielefeld)) == 2


async def test_one_mailbox_is_invited_to_several_functions_at_once(bielefeld: Bielefeld) -> None:
    """Small organisations share one; somebody may speak for two members."""
    for number, role in ((2, Role.DEPUTY), (2, Role.REPRESENTATIVE), (3, Role.DEPUTY)):
        await name_without_sign_in(bielefeld, number, OPERATOR, role)
    assert len(await invitations(bielefeld)) == 3


async def test_whoever_joined_by_its_application_is_not_invited_twice_in_a_row(bielefeld: Bielefeld) -> None:
    """A4: the admission invites too."""
    body = application(representative=without_sign_in("new-rep"))
    receipt = await bielefeld.door.ask(APPLY, Apply(network=bielefeld.id, body=body), bielefeld.office)
    await bielefeld.decide(await announce(bielefeld, receipt), Choice.OBJECT, 0)
    await welcome(bielefeld, receipt)
    await countersign(bielefeld, receipt)
    page = await bielefeld.door.ask(LIST_MEMBERS, ListMembers(network=bielefeld.id), OPERATOR)
    bielefeld.members.append(next(member for member in page.items if member.name == "Wohnwerk e.V."))
    with refused("sent-a-moment-ago", 429):
        await invite(bielefeld, -1, bielefeld.office, Role.REPRESENTATIVE, at=START)
