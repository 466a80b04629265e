"""T2: whom open ballots have not reached, for the office."""

from datetime import timedelta
from typing import Any

from contracts.ids import BallotId
from contracts.membership.desk import LIST_MISSING_RECEIPTS, ListMissingReceipts, MissingReceipt
from contracts.request import Actor, Page, Paging
from tests.membership.admission.steps import announce, apply
from tests.membership.door import OPERATOR, STRANGER, Bielefeld, refused
from tests.membership.leaving.steps import announce as announce_exclusion
from tests.membership.leaving.steps import ask_for, resign


async def missing(network: Bielefeld, by: Actor | None = None, **asked: Any) -> Page[MissingReceipt]:
    request = ListMissingReceipts(network=network.id, **asked)
    return await network.door.ask(LIST_MISSING_RECEIPTS, request, by or network.office)


async def test_it_names_every_elector_without_receipt_the_oldest_ballot_first(bielefeld: Bielefeld) -> None:
    first = await announce(bielefeld, await apply(bielefeld))
    await bielefeld.pass_time(bielefeld.now + timedelta(days=1))
    second = await announce_exclusion(bielefeld, await ask_for(bielefeld, 3))
    await bielefeld.receive(first, bielefeld.members[1].id)
    await resign(bielefeld, 2)
    found = (await missing(bielefeld)).items
    assert [(one.ballot, one.member) for one in found] == [
        (ballot, bielefeld.members[number].id)
        for ballot, numbers in ((first.id, (0, 3, 4, 5)), (second.id, (0, 1, 4, 5)))
        for number in numbers
    ]
    assert (found[0].subject_name, found[0].member_name) == ("Wohnwerk e.V.", bielefeld.members[0].name)
    assert found[-1].subject_name == bielefeld.members[3].name
    assert {one.state for one in found} == {"not-notified"}
    assert {one.ballot for one in (await missing(bielefeld, ballot=second.id)).items} == {second.id}


async def test_its_pages_hold_together_and_what_is_no_ballot_is_refused(bielefeld: Bielefeld) -> None:
    await announce(bielefeld, await apply(bielefeld))
    whole = (await missing(bielefeld)).items
    found: list[MissingReceipt] = []
    cursor: str | None = None
    while True:
        page = await missing(bielefeld, paging=Paging(cursor=cursor, limit=4))
        found += page.items
        if (cursor := page.next) is None:
            break
    assert found == whole
    with refused("ballot-not-found", 404):
        await missing(bielefeld, ballot=BallotId("no ballot"))
    assert (await missing(bielefeld, ballot=BallotId("bal_nothing"))).items == []


async def test_only_the_office_and_operators_read_it(bielefeld: Bielefeld) -> None:
    await announce(bielefeld, await apply(bielefeld))
    for by in (bielefeld.speaker(1), STRANGER):
        with refused("not-authorised", 403):
            await missing(bielefeld, by)
    assert len((await missing(bielefeld, OPERATOR)).items) == 6
