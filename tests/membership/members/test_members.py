"""Members, their people, the import and the directory, through membership's requests, on both databases."""

import asyncio
import time
from datetime import date, timedelta
from typing import Any

import pytest

from contracts.ids import ApplicationId, MemberId, NetworkId
from contracts.membership.admission import APPLY, Apply
from contracts.membership.contacts import GET_CONTACTS, GetContacts
from contracts.membership.leaving import RESIGN, Resign, Resignation
from contracts.membership.members import (
    GET_MEMBER,
    IMPORT_REGISTER,
    LIST_MEMBERS,
    NAME_PERSON,
    WHO_AM_I,
    GetMember,
    ImportRegister,
    ImportReport,
    ListMembers,
    MemberView,
    NamedPerson,
    NamePerson,
    WhoAmI,
)
from contracts.membership.networks import FOUND_NETWORK, GET_NETWORK, FoundNetwork, GetNetwork, NewNetwork
from contracts.membership.words import Role
from contracts.request import Actor, Paging, Refused
from tests.membership.door import (
    CHARTER,
    ISSUER,
    NOTIFICATIONS,
    OPERATOR,
    REGISTER,
    START,
    STRANGER,
    Bielefeld,
    Door,
    application,
    person,
    refused,
)

LIPPE = NetworkId("lippe")


async def empty(door: Door) -> None:
    body = NewNetwork(id=LIPPE, charter=CHARTER, sandbox=True, clock=START)
    await door.ask(FOUND_NETWORK, FoundNetwork(body=body), OPERATOR)


async def load(
    door: Door, csv: bytes, network: NetworkId = LIPPE, by: Actor | None = OPERATOR, *, dry_run: bool = False
) -> ImportReport:
    return await door.ask(IMPORT_REGISTER, ImportRegister(network=network, csv=csv, dry_run=dry_run), by)


async def name(network: Bielefeld, number: int, by: Actor, role: Role = Role.DEPUTY, **changes: Any) -> MemberView:
    since = changes.pop("since", None)
    body = NamedPerson(role=role, person=person(changes.pop("subject", "somebody"), **changes), since=since)
    request = NamePerson(network=network.id, member=network.members[number].id, body=body)
    return await network.door.ask(NAME_PERSON, request, by)


def reasons(report: ImportReport) -> dict[int, str]:
    return {line.line: str(line.reason).split(":")[0] for line in report.lines if line.result == "refused"}


# Import --------------------------------------------------------------------------------------------------------------


async def test_the_register_is_imported_once(door: Door) -> None:
    await empty(door)
    first = await load(door, REGISTER)
    assert (first.imported, first.added, first.unchanged, first.refused) == (True, 6, 0, 0)
    before = await door.journal()
    second = await load(door, REGISTER)
    assert (second.imported, second.added, second.unchanged, second.refused) == (True, 0, 6, 0)
    assert await door.journal() == before
    view = await door.ask(GET_NETWORK, GetNetwork(network=LIPPE), OPERATOR)
    assert view.members == 6


async def test_a_dry_run_reports_the_same_and_changes_nothing(door: Door) -> None:
    await empty(door)
    before = await door.journal()
    dry = await load(door, REGISTER, dry_run=True)
    assert (dry.imported, dry.added) == (False, 6)
    assert await door.journal() == before
    assert (await load(door, REGISTER)).lines == dry.lines


async def test_one_bad_line_imports_nothing_and_every_bad_line_is_named(door: Door) -> None:
    await empty(door)
    bad = REGISTER + b"=1+1,charity\n,charity\nDIAKONIE  f\xc3\xbcr Bielefeld,charity\nZwei,charity,drei\n"
    before = await door.journal()
    report = await load(door, bad)
    assert not report.imported
    assert reasons(report) == {
        8: "formula-cell", 9: "empty-name", 10: "duplicate-name", 11: "wrong-column-count",
    }  # fmt: skip
    assert [line.result for line in report.lines[:6]] == ["added"] * 6
    assert await door.journal() == before


@pytest.mark.parametrize(
    "same", ["diakonie fu\u0308r bielefeld", "Diakonie\u200b für Biele\u00adfeld", "Diakonie　für Bielefeld"]
)
async def test_what_nobody_sees_does_not_tell_names_apart(door: Door, same: str) -> None:
    """Case, composition, width, and characters that show nothing."""
    await empty(door)
    await load(door, REGISTER)
    report = await load(door, f"name,kind\n{same},charity\n".encode())
    assert (report.added, report.unchanged) == (0, 1)


async def test_ten_thousand_lines_come_in_quickly_and_more_are_refused(door: Door) -> None:
    await empty(door)
    lines = "".join(f"Verein {number},charity\n" for number in range(10_000))
    began = time.monotonic()
    assert (await load(door, f"name,kind\n{lines}".encode())).added == 10_000
    assert time.monotonic() - began < 30
    with refused("register-too-long", 422):
        await load(door, b"name,kind\n" + b"A,B\n" * 100_000)


async def test_the_register_may_name_the_office(door: Door) -> None:
    await empty(door)
    header = b"name,kind,address,office\n"
    twice = await load(door, header + b"A,charity,,yes\nB,charity,,yes\n")
    assert reasons(twice) == {3: "second-office"}
    csv = header + b"A,charity,Street 1,\nB,charity,,yes\n"
    assert (await load(door, csv)).added == 2
    view = await door.ask(GET_NETWORK, GetNetwork(network=LIPPE), OPERATOR)
    page = await door.ask(LIST_MEMBERS, ListMembers(network=LIPPE), OPERATOR)
    assert [(m.name, m.address, m.office) for m in page.items] == [("A", "Street 1", False), ("B", None, True)]
    assert view.office == page.items[1].id
    assert (await load(door, csv)).unchanged == 2
    assert reasons(await load(door, header + b"A,charity,,yes\n")) == {2: "office-held"}


async def test_a_line_that_contradicts_what_is_stored_is_refused(door: Door) -> None:
    await empty(door)
    await load(door, REGISTER)
    report = await load(door, REGISTER.replace(b"housing company", b"charity"))
    assert reasons(report) == {3: "differs"}


async def test_after_the_first_procedure_nobody_joins_by_the_register(bielefeld: Bielefeld) -> None:
    leaving = Resignation(member=bielefeld.members[5].id)
    await bielefeld.door.ask(RESIGN, Resign(network=bielefeld.id, body=leaving), bielefeld.speaker(5))
    report = await load(bielefeld.door, b"name,kind\nNeuling,charity\n", bielefeld.id)
    assert reasons(report) == {2: "procedures-began"}
    again = await load(bielefeld.door, REGISTER, bielefeld.id)
    assert list(reasons(again).values()) == ["procedures-began"]


async def test_the_office_and_operators_import_and_nobody_else(bielefeld: Bielefeld) -> None:
    assert (await load(bielefeld.door, REGISTER, bielefeld.id, bielefeld.office)).unchanged == 6
    for actor, slug in (
        (bielefeld.speaker(1), "not-authorised"),
        (STRANGER, "not-authorised"),
        (None, "not-signed-in"),
    ):
        with refused(slug):
            await load(bielefeld.door, REGISTER, bielefeld.id, actor)


async def test_two_imports_at_once_add_every_member_once(door: Door) -> None:
    await empty(door)
    reports = await asyncio.gather(*(load(door, REGISTER) for _ in range(3)))
    assert sorted(report.added for report in reports) == [0, 0, 6]
    assert (await door.ask(GET_NETWORK, GetNetwork(network=LIPPE), OPERATOR)).members == 6


# People --------------------------------------------------------------------------------------------------------------


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


# Directory -----------------------------------------------------------------------------------------------------------


async def test_the_directory_of_any_day_is_as_it_was_at_its_end(bielefeld: Bielefeld) -> None:
    """W3, O3: local days, members and people."""
    day = START.date()
    await bielefeld.pass_time(START + timedelta(days=10, hours=13, minutes=59))  # 3 December, 23:59 in Berlin
    leaving = Resignation(member=bielefeld.members[5].id)
    await bielefeld.door.ask(RESIGN, Resign(network=bielefeld.id, body=leaving), bielefeld.speaker(5))
    await bielefeld.pass_time(START + timedelta(days=11))
    await name(bielefeld, 1, OPERATOR, Role.REPRESENTATIVE, subject="successor")
    await bielefeld.pass_time(START + timedelta(days=12))

    async def on(at: date | None) -> dict[str, str]:
        page = await bielefeld.door.ask(LIST_MEMBERS, ListMembers(network=bielefeld.id, on=at), bielefeld.speaker(2))
        return {member.id: member.representations[0].name for member in page.items}

    first, second = bielefeld.members[1].id, bielefeld.members[5].id
    assert await on(day - timedelta(days=1)) == {}
    assert len(await on(day)) == 6
    assert second in await on(day + timedelta(days=9))
    assert second not in await on(day + timedelta(days=10))
    assert (await on(day + timedelta(days=10)))[first] == "Person bielefeld-representative-1"
    assert (await on(day + timedelta(days=11)))[first] == "Person successor"
    assert await on(None) == await on(day + timedelta(days=12))
    with refused("day-in-future", 422):
        await on(day + timedelta(days=13))


async def test_the_directory_comes_in_pages_by_name(bielefeld: Bielefeld) -> None:
    names: list[str] = []
    cursor: str | None = None
    while True:
        request = ListMembers(network=bielefeld.id, paging=Paging(cursor=cursor, limit=4))
        page = await bielefeld.door.ask(LIST_MEMBERS, request, bielefeld.speaker(1))
        names += [member.name for member in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert names == sorted(names, key=str.casefold)
    assert len(names) == 6


async def test_other_members_see_names_of_people_but_no_addresses(bielefeld: Bielefeld) -> None:
    request = GetMember(network=bielefeld.id, member=bielefeld.members[2].id)
    view = await bielefeld.door.ask(GET_MEMBER, request, bielefeld.speaker(1))
    assert "@" not in str(view)
    other = await Bielefeld.found(bielefeld.door, "other")
    with refused("not-authorised", 403):
        await bielefeld.door.ask(GET_MEMBER, request, other.office)
    with refused("member-not-found", 404):
        foreign = GetMember(network=other.id, member=bielefeld.members[2].id)
        await bielefeld.door.ask(GET_MEMBER, foreign, other.office)


# Contacts ------------------------------------------------------------------------------------------------------------


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


async def test_a_name_that_is_taken_meanwhile_is_refused_not_doubled(door: Door) -> None:
    """The unique index of present names holds also against a second path."""
    await empty(door)
    outcomes = await asyncio.gather(
        load(door, b"name,kind\nEins,charity\n"), load(door, b"name,kind\nEINS,charity\n"), return_exceptions=True
    )
    assert not any(isinstance(outcome, Refused) for outcome in outcomes)
    assert (await door.ask(GET_NETWORK, GetNetwork(network=LIPPE), OPERATOR)).members == 1
