"""The directory as of a day, in pages by name, and what other members see of people in it (W3, O3)."""

from datetime import date, timedelta

from contracts.membership.leaving import RESIGN, Resign, Resignation
from contracts.membership.members import GET_MEMBER, LIST_MEMBERS, GetMember, ListMembers
from contracts.membership.words import Role
from contracts.request import Paging
from tests.membership.door import OPERATOR, START, Bielefeld, refused
from tests.membership.members.steps import name


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


async def test_the_directory_is_searched_by_name_and_kind_however_written(bielefeld: Bielefeld) -> None:
    async def found(q: str, on: date | None = None) -> list[str]:
        request = ListMembers(network=bielefeld.id, q=q, on=on, paging=Paging(limit=1))
        page = await bielefeld.door.ask(LIST_MEMBERS, request, bielefeld.speaker(1))
        names = [member.name for member in page.items]
        while page.next is not None:
            request = ListMembers(network=bielefeld.id, q=q, on=on, paging=Paging(limit=1, cursor=page.next))
            page = await bielefeld.door.ask(LIST_MEMBERS, request, bielefeld.speaker(1))
            names += [member.name for member in page.items]
        return names

    assert await found("DIAKONIE fuer") == ["Diakonie für Bielefeld"]
    assert await found("bielefeld company", START.date()) == ["Bielefelder Wohnungsbaugesellschaft"]
    assert len(await found("charity")) == 4
    assert await found("100%") == []


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
