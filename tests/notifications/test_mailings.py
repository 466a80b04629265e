"""P7, N10: how far what goes to all members is; the list of notices by state and procedure. On both databases."""

from contracts.notifications.notices import LIST_MAILINGS, ListMailings, Mailing, NoticeState
from contracts.notifications.words import Purpose
from contracts.request import Actor, Page, Paging
from services.chassis.database import Database, Transaction
from services.notifications.notices import tables_mailings
from tests.notifications.facts import APPLICATION, BALLOT, NETWORK, SIX, A, B, closed, founding, hear, opened
from tests.notifications.test_links import OFFICE, OPERATOR, STRANGER, World, person, refused, world

__all__ = ["world"]


async def listed(world: World, by: Actor = OFFICE, **asked: object) -> Page[Mailing]:
    request = ListMailings(network=NETWORK, **asked)  # type: ignore[arg-type]
    return await world.bus.ask(LIST_MAILINGS, request, network=NETWORK, actor=by)


def _stored(tx: Transaction) -> list[tables_mailings.Found]:
    return tables_mailings.listed(tx, NETWORK, [], tables_mailings.NEWEST, 50)


async def test_a_mailing_counts_its_notices_by_where_they_stand(world: World) -> None:
    """Three are sent; one of them is confirmed and one opened in the portal."""
    (before,) = (await listed(world)).items
    assert (before.purpose, before.about, before.application) == (Purpose.ADMISSION_BALLOT, BALLOT, APPLICATION)
    assert (before.notices, before.accepted) == (3, 3)
    await world.confirm(world.token(A))
    (of_b,) = await world.listed(person(B))
    await world.open(of_b.id, person(B))
    (after,) = (await listed(world)).items
    assert (after.notices, after.accepted, after.confirmed, after.opened) == (3, 1, 1, 1)
    assert after.notices == sum(
        (after.waiting, after.handed_over, after.accepted, after.delivered, after.opened, after.confirmed,
         after.bounced, after.failed, after.cancelled)
    )  # fmt: skip


async def test_what_goes_to_single_ones_is_no_mailing_and_a_repeated_fact_makes_no_second(database: Database) -> None:
    await hear(database, *founding(), opened())
    await hear(database, opened(), first=9)
    await hear(database, closed(), first=10)
    found = await database.read(_stored)
    assert [one.mailing.purpose for one in found] == [Purpose.BALLOT_RESULT, Purpose.ADMISSION_BALLOT]
    assert [one.mailing.notices for one in found] == [len(SIX), len(SIX)]
    assert [one.mailing.waiting for one in found] == [len(SIX), len(SIX)]


async def test_its_pages_hold_together_and_only_the_office_and_operators_read_them(
    world: World, database: Database
) -> None:
    await hear(database, closed(), first=30)
    first = await listed(world, OPERATOR, paging=Paging(limit=1))
    rest = await listed(world, paging=Paging(limit=1, cursor=first.next))
    assert [one.purpose for one in (*first.items, *rest.items)] == [Purpose.BALLOT_RESULT, Purpose.ADMISSION_BALLOT]
    assert rest.next is None
    assert (await listed(world, about="app_other")).items == []
    assert len((await listed(world, about=APPLICATION, or_about=BALLOT)).items) == 2
    for by in (person(A), STRANGER):
        await refused(listed(world, by), "not-authorised", 403)
    await refused(listed(world, paging=Paging(cursor="bm90aGluZw")), "cursor-malformed", 400)


async def test_notices_are_found_by_their_state_and_by_either_id_of_a_procedure(world: World) -> None:
    await world.confirm(world.token(A))
    confirmed = await world.listed(OFFICE, state=NoticeState.CONFIRMED)
    assert [one.member for one in confirmed] == [A]
    assert confirmed[0].application == APPLICATION
    assert len(await world.listed(OFFICE, state=NoticeState.ACCEPTED)) == 2
    assert len(await world.listed(OFFICE, about=APPLICATION, or_about=BALLOT)) == 3
    assert await world.listed(OFFICE, about=APPLICATION) == []
