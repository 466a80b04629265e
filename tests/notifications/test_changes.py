"""The changes feed (G4): thin, in order, without holes, for whoever stands in the network."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from contracts.event import Event, Fact
from contracts.ids import NetworkId, RecordId
from contracts.membership.admission import (
    ApplicationAnnounced,
    ApplicationReceived,
    ApplicationWithdrawn,
)
from contracts.membership.ballots import LateVoteRecorded, VoteCast
from contracts.notifications.changes import LIST_CHANGES, Change, Changes, ListChanges
from contracts.request import Actor, Refused
from services.chassis import clock
from services.chassis.bus import Bus
from services.chassis.database import Database, Transaction
from services.chassis.nats_server import NatsServer
from services.notifications import app
from services.notifications.changes import handlers, rules, tables
from tests.notifications.facts import APPLICATION, BALLOT, MONDAY, NETWORK, A, closed, opened, voted
from tests.notifications.peers import MailServer, MembershipPeer, running, settings

pytestmark = pytest.mark.timeout(60)
MEMBER = Actor(issuer="test", subject="mem_a")


def note(tx: Transaction, fact: Fact, network: NetworkId = NETWORK) -> Change:
    event = Event(
        id="1", source="/local/membership", type=f"membership.{fact.entity}.{fact.event}.v1", time=MONDAY,
        network=network, record=RecordId("r"), sequence=1, digest="",
    )  # fmt: skip
    return handlers.take(tx, fact, event)


async def feed(database: Database, after: int = 0, limit: int = 100, *, office: bool = True) -> Changes:
    return await database.read(lambda tx: handlers.listed(tx, NETWORK, after, limit, office=office))


def test_a_vote_never_says_whose_it_is_nor_how() -> None:
    """B7."""
    assert rules.about(voted(A)) == {"ballot": BALLOT}
    assert {VoteCast, LateVoteRecorded} <= set(rules.HEARD)
    assert all(fact.audience == "net" for fact in rules.HEARD if fact not in rules.VOTES)


async def test_the_feed_is_read_in_parts_that_together_are_the_whole(database: Database) -> None:
    for _ in range(5):
        await database.write(note, voted(A))
    await database.write(note, voted(A), NetworkId("other"))
    found: list[int] = []
    part = await feed(database, limit=2)
    found += [change.id for change in part.changes]
    while part.next is not None:
        part = await feed(database, part.next, 2)
        found += [change.id for change in part.changes]
    assert (found, part.last) == ([1, 2, 3, 4, 5], 5)
    assert (await feed(database, 5)).changes == []
    assert (await feed(database, 5)).last == 5


async def test_an_application_is_between_the_office_and_the_applicant_until_it_is_announced(
    database: Database,
) -> None:
    """A2, promise 9: the feed does not tell members what the list does not show them."""
    received = ApplicationReceived(network=NETWORK, application=APPLICATION)
    withdrawn = ApplicationWithdrawn(network=NETWORK, application=APPLICATION)
    announced = ApplicationAnnounced(network=NETWORK, application=APPLICATION, ballot=BALLOT)
    for fact in (received, withdrawn, announced, withdrawn, closed()):
        await database.write(note, fact)
    assert [change.id for change in (await feed(database)).changes] == [1, 2, 3, 4, 5]
    seen = await feed(database, limit=3, office=False)
    assert [change.id for change in seen.changes] == [3, 4, 5]


async def test_no_number_appears_behind_one_that_was_read_however_many_write_at_once(database: Database) -> None:
    """Promise 4: on PostgreSQL transactions commit in another order than they began; numbers wait for each other."""
    writers, each = 16, 12
    seen: list[int] = []
    done = asyncio.Event()

    async def write() -> None:
        for _ in range(each):
            await database.write(note, voted(A))

    async def read() -> None:
        after = 0
        while not done.is_set() or (await feed(database, after)).changes:
            part = await feed(database, after)
            seen.extend(change.id for change in part.changes)
            after = part.last

    reading = asyncio.create_task(read())
    await asyncio.gather(*(write() for _ in range(writers)))
    done.set()
    await reading
    assert seen == list(range(1, writers * each + 1))


async def test_what_was_dropped_is_refused_with_where_to_start_anew(database: Database) -> None:
    for _ in range(3):
        await database.write(note, voted(A))
    await database.write(tables.forget, clock.now() + timedelta(seconds=1))
    await database.write(note, voted(A))
    with pytest.raises(Refused, match="changes-forgotten") as caught:
        await feed(database, 2)
    assert caught.value.problem.status == 410
    assert "after=4" in caught.value.problem.detail
    assert [change.id for change in (await feed(database, 3)).changes] == [4]
    with pytest.raises(Refused, match="changes-forgotten"):
        await feed(database, 5)  # never given: restored from a backup


@pytest.mark.parametrize(("after", "limit"), [(0, 0), (0, 1001), (-1, 10)])
async def test_only_a_sensible_part_can_be_asked_for(database: Database, after: int, limit: int) -> None:
    with pytest.raises(Refused, match="limit-out-of-range"):
        await feed(database, after, limit)


@pytest_asyncio.fixture
async def bus(
    broker: NatsServer, peer: MembershipPeer, database_url: str, mail: MailServer, knows: object
) -> AsyncIterator[Bus]:
    bus = Bus(broker.url, name="gateway")
    await bus.connect()
    async with running(app.service(settings(database_url, broker.url, mail.port))):
        yield bus
    await bus.close()


async def test_a_fact_is_told_live_and_then_stands_in_the_feed_of_those_who_stand_in_the_network(
    bus: Bus, peer: MembershipPeer
) -> None:
    """L3 and promise 9: strangers, and those who have left, are refused like the stream that hangs on this."""
    live = await bus.nats.subscribe("live.>")
    await bus.nats.flush()
    await peer.publish(opened(electors=[A]), voted(A))
    told = await live.next_msg(timeout=10)
    assert (told.subject, told.data) == (f"live.{NETWORK}", b"")
    asked = ListChanges(network=NETWORK)
    kinds: list[str] = []
    async with asyncio.timeout(10):
        while "membership.ballot.vote-cast.v1" not in kinds:
            found = await bus.ask(LIST_CHANGES, asked, network=NETWORK, actor=MEMBER)
            kinds = [change.type for change in found.changes]
    assert "membership.ballot.opened.v1" in kinds
    with pytest.raises(Refused, match="not-authorised"):
        await bus.ask(LIST_CHANGES, asked, network=NETWORK, actor=Actor(issuer="test", subject="nobody"))
    with pytest.raises(Refused, match="not-signed-in"):
        await bus.ask(LIST_CHANGES, asked, network=NETWORK)
