"""A member's own identity provider: it alone speaks for the member's people, and for no other's (G2)."""

import asyncio

import pytest

from contracts.membership.access import EDIT_ME, INVITE_PERSON, EditMe, Invitation, InvitePerson, PersonEdit
from contracts.membership.contacts import GET_CONTACTS, GetContacts
from contracts.membership.members import GET_MEMBER, LIST_MEMBERS, WHO_AM_I, GetMember, ListMembers, WhoAmI
from contracts.membership.words import Role
from contracts.request import Actor, Refused
from tests.membership.access.steps import accept, bind, by_link, holder, invited, issue, name_without_sign_in, of
from tests.membership.ballots.steps import announced, seen
from tests.membership.door import ISSUER, NOTIFICATIONS, OPERATOR, STRANGER, Bielefeld, refused
from tests.membership.leaving.steps import resign
from tests.membership.members.steps import name

OWN = "https://id.wohnbau.example"


async def acts(network: Bielefeld, by: Actor) -> None:
    await network.door.ask(LIST_MEMBERS, ListMembers(network=network.id), by)


async def test_from_its_binding_on_only_the_members_own_provider_counts_for_its_people(bielefeld: Bielefeld) -> None:
    """Those who signed in elsewhere are out at that instant, and back when the member is released."""
    other = bielefeld.speaker(2)
    await acts(bielefeld, other)
    await bind(bielefeld, 2, OWN, bielefeld.office)
    with refused("not-authorised", 403):
        await acts(bielefeld, other)
    assert (await bielefeld.door.ask(WHO_AM_I, WhoAmI(), other)).standings == []
    view = await bielefeld.door.ask(
        GET_MEMBER, GetMember(network=bielefeld.id, member=bielefeld.members[2].id), bielefeld.office
    )
    assert not of(view, Role.REPRESENTATIVE).signs_in
    await name(bielefeld, 2, bielefeld.office, Role.REPRESENTATIVE, subject="erika", issuer=OWN)
    await acts(bielefeld, Actor(issuer=OWN, subject="erika"))
    await bind(bielefeld, 2, None, OPERATOR)
    await acts(bielefeld, bielefeld.speaker(2, Role.DEPUTY))
    kinds = [kind for kind in await bielefeld.door.kinds(bielefeld.id) if kind == "IssuerBound"]
    assert len(kinds) == 2
    assert OWN not in "".join(entry.body for entry in await bielefeld.door.journal())


async def test_a_providers_sign_ins_count_for_no_other_member(bielefeld: Bielefeld) -> None:
    """Otherwise its administrator could make somebody who is named elsewhere."""
    await name(bielefeld, 3, bielefeld.speaker(3), subject="guest", issuer=OWN)
    guest = Actor(issuer=OWN, subject="guest")
    await acts(bielefeld, guest)
    await bind(bielefeld, 2, OWN, bielefeld.office)
    with refused("not-authorised", 403):
        await acts(bielefeld, guest)
    with refused("issuer-not-allowed", 422):
        await name(bielefeld, 4, bielefeld.speaker(4), subject="guest", issuer=OWN)
    other = await Bielefeld.found(bielefeld.door, "lippe")
    await name(other, 3, other.speaker(3), subject="guest", issuer=OWN)
    await acts(other, guest)


async def test_a_member_with_its_own_provider_names_people_of_that_one(bielefeld: Bielefeld) -> None:
    await bind(bielefeld, 2, OWN, bielefeld.office)
    with refused("issuer-not-allowed", 422):
        await name(bielefeld, 2, bielefeld.office, subject="elsewhere")
    await name(bielefeld, 2, bielefeld.office, subject="erika", issuer=OWN)


async def test_an_invitation_is_accepted_with_the_members_own_provider_alone(bielefeld: Bielefeld) -> None:
    await bind(bielefeld, 2, OWN, bielefeld.office)
    named = await name_without_sign_in(bielefeld, 2, bielefeld.office)
    with refused("issuer-not-allowed", 403):
        await accept(bielefeld, invited(bielefeld, named.person))
    await accept(bielefeld, invited(bielefeld, named.person, issuer=OWN))
    await acts(bielefeld, Actor(issuer=OWN, subject="nora"))
    foreign = await name_without_sign_in(bielefeld, 3, bielefeld.speaker(3))
    with refused("issuer-not-allowed", 403):
        await accept(bielefeld, invited(bielefeld, foreign.person, issuer=OWN))


async def test_whoever_is_out_by_the_binding_is_invited_and_ties_the_new_sign_in(bielefeld: Bielefeld) -> None:
    await bind(bielefeld, 2, OWN, bielefeld.office)
    request = InvitePerson(
        network=bielefeld.id, member=bielefeld.members[2].id, body=Invitation(role=Role.REPRESENTATIVE)
    )
    view = await bielefeld.door.ask(INVITE_PERSON, request, bielefeld.office)
    me = await accept(bielefeld, invited(bielefeld, of(view, Role.REPRESENTATIVE).person, "erika", issuer=OWN))
    assert me.name == "Person bielefeld-representative-2"
    await bind(bielefeld, 2, None, bielefeld.office)
    with refused("not-authorised", 403):
        await acts(bielefeld, bielefeld.speaker(2))


async def test_a_provider_speaks_for_one_member_of_a_network(bielefeld: Bielefeld) -> None:
    """Also when two are bound at once. Repeating it changes nothing; a member that leaves sets its provider free."""
    outcomes = await asyncio.gather(
        *(bind(bielefeld, number, OWN, bielefeld.office) for number in (2, 3)), return_exceptions=True
    )
    assert [each.slug for each in outcomes if isinstance(each, Refused)] == ["issuer-bound-elsewhere"]
    bound, free = (3, 2) if isinstance(outcomes[0], Refused) else (2, 3)
    before = await bielefeld.door.journal()
    await bind(bielefeld, bound, OWN, bielefeld.office)
    assert await bielefeld.door.journal() == before
    await bind(await Bielefeld.found(bielefeld.door, "lippe"), 4, OWN, OPERATOR)
    await bind(bielefeld, bound, None, bielefeld.office)
    await bind(bielefeld, bound, OWN, bielefeld.office)
    from_now = bielefeld.speaker(bound)
    with refused("not-authorised", 403):
        await acts(bielefeld, from_now)
    await name(bielefeld, bound, bielefeld.office, Role.REPRESENTATIVE, subject="erika", issuer=OWN)
    await resign(bielefeld, bound, Actor(issuer=OWN, subject="erika"))
    await bind(bielefeld, free, OWN, bielefeld.office)


async def test_the_office_or_an_operator_binds_a_provider(bielefeld: Bielefeld) -> None:
    key = holder(await issue(bielefeld, bielefeld.office))
    for by, slug in ((bielefeld.speaker(2), "not-authorised"), (STRANGER, "not-authorised"), (key, "person-needed")):
        with refused(slug, 403):
            await bind(bielefeld, 2, OWN, by)


@pytest.mark.parametrize(
    ("issuer", "slug"),
    [
        ("", "text-empty"), ("key", "sign-in-reserved"), ("link", "sign-in-reserved"), ("service", "sign-in-reserved"),
        ("https://id\n.example", "text-not-allowed"), ("h" * 256, "text-too-long"),
    ],
)  # fmt: skip
async def test_a_provider_that_can_be_none_is_refused(bielefeld: Bielefeld, issuer: str, slug: str) -> None:
    with refused(slug, 422):
        await bind(bielefeld, 2, issuer, bielefeld.office)


async def test_a_link_needs_no_provider(bielefeld: Bielefeld) -> None:
    """Nobody signs in by it."""
    ballot = await announced(bielefeld)
    await bind(bielefeld, 2, OWN, bielefeld.office)
    assert (await seen(bielefeld, ballot, by_link(bielefeld, 2, ballot.id))).id == ballot.id


async def test_people_choose_the_language_in_which_they_are_written_to(bielefeld: Bielefeld) -> None:
    """In every network and for every member where the sign-in is known, and for nobody else."""
    lippe = await Bielefeld.found(bielefeld.door, "lippe")
    me = bielefeld.speaker(2)
    await name(lippe, 3, lippe.speaker(3), subject=me.subject)
    asked = EditMe(body=PersonEdit(language="nl"))
    assert (await bielefeld.door.ask(EDIT_ME, asked, me)).language == "nl"
    assert (await bielefeld.door.ask(WHO_AM_I, WhoAmI(), me)).language == "nl"
    assert (await bielefeld.door.ask(WHO_AM_I, WhoAmI(), bielefeld.speaker(3))).language == "de"
    for network, number, languages in ((bielefeld, 2, ["nl", "de"]), (lippe, 3, ["de", "nl"])):
        request = GetContacts(network=network.id, members=[network.members[number].id])
        contacts = (await network.door.ask(GET_CONTACTS, request, NOTIFICATIONS)).contacts
        assert [contact.language for contact in contacts] == languages


async def test_nobody_edits_anothers_details(bielefeld: Bielefeld) -> None:
    asked = EditMe(body=PersonEdit(language="da"))
    key = holder(await issue(bielefeld, bielefeld.speaker(2), personal=True))
    for by, slug, status in (
        (None, "not-signed-in", 401),
        (STRANGER, "not-authorised", 403),
        (key, "person-needed", 403),
        (by_link(bielefeld, 2, "bal_1"), "link-not-enough", 403),
        (Actor(issuer="https://other.example", subject=bielefeld.speaker(2).subject), "not-authorised", 403),
    ):
        with refused(slug, status):
            await bielefeld.door.ask(EDIT_ME, asked, by)
    assert (await bielefeld.door.ask(WHO_AM_I, WhoAmI(), bielefeld.speaker(2))).language == "de"
    with refused("malformed", 400):
        await bielefeld.door.ask(EDIT_ME, b'{"body":{"language":"tlh"}}', bielefeld.speaker(2))


async def test_the_same_subject_at_another_provider_is_another_person(bielefeld: Bielefeld) -> None:
    """Token confusion between issuers."""
    for issuer in ("https://other.example", ISSUER + "/", ISSUER.upper(), "service"):
        with refused("not-authorised", 403):
            await acts(bielefeld, Actor(issuer=issuer, subject=bielefeld.speaker(2).subject))
