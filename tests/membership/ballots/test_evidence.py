"""T3, T6: what notifications tells becomes evidence; what the installation missed stands in the record."""

from datetime import timedelta

import pytest
import pytest_asyncio

from contracts import notifications
from contracts.event import Fact
from contracts.ids import MemberId, NoticeId
from contracts.membership.ballots import BallotView, ElectorState, OutageNoted
from contracts.membership.words import Choice, EvidenceKind
from contracts.notifications.notices import (
    NoticeAccepted,
    NoticeBounced,
    NoticeConfirmed,
    NoticeDelivered,
    NoticeFact,
    NoticeFailed,
    NoticeHandedOver,
    NoticeOpened,
)
from contracts.notifications.words import Purpose
from services.chassis import journal
from services.chassis.database import Database, Transaction
from services.chassis.schema import test_clocks
from services.membership.ballots import handlers, handlers_outages
from services.membership.ballots.listeners import listeners
from tests.membership.ballots.steps import announced, of, receive_all, seen
from tests.membership.door import START, Bielefeld, Door


@pytest_asyncio.fixture
async def ballot(bielefeld: Bielefeld) -> BallotView:
    return await announced(bielefeld)


class Postman:
    """Tells what became of a member's notice."""

    def __init__(self, network: Bielefeld, ballot: BallotView, member: MemberId) -> None:
        self.network, self.ballot, self.member = network, ballot, member
        self._told = 0

    async def tells(
        self, kind: type[NoticeFact], minutes: float = 0, *, purpose: Purpose = Purpose.ADMISSION_BALLOT,
        message: str | None = None, about: str | None = None,
    ) -> None:  # fmt: skip
        self._told += 1
        fact = kind(
            network=self.network.id, notice=NoticeId("not_1"), purpose=purpose, about=about or self.ballot.id,
            member=self.member, at=START + timedelta(minutes=minutes),
        )  # fmt: skip
        await self.network.door.hear(
            listeners, notifications.SERVICE, fact, message=message or f"{kind.__name__}{self._told}"
        )

    async def state(self) -> ElectorState:
        view = await seen(self.network, self.ballot)
        return next(elector.state for elector in view.electors if elector.member == self.member)

    async def kinds(self) -> list[str]:
        return (await self.network.door.kinds(self.ballot.id))[1:]


@pytest.fixture
def postman(bielefeld: Bielefeld, ballot: BallotView) -> Postman:
    return Postman(bielefeld, ballot, bielefeld.members[2].id)


async def test_t3_the_life_of_a_notice_becomes_evidence_and_the_confirmation_the_receipt(postman: Postman) -> None:
    for minutes, (kind, state) in enumerate(
        (
            (NoticeHandedOver, ElectorState.NOTIFIED),
            (NoticeAccepted, ElectorState.NOTIFIED),
            (NoticeDelivered, ElectorState.NOTIFIED),
            (NoticeConfirmed, ElectorState.RUNNING),
            (NoticeOpened, ElectorState.RUNNING),
        )
    ):
        await postman.tells(kind, minutes)
        assert await postman.state() is state
    view = of(await seen(postman.network, postman.ballot), 2, postman.network)
    assert view.evidence is EvidenceKind.CONFIRMED_BY_LINK
    assert view.window is not None
    assert view.window.received_at == START + timedelta(minutes=3)
    assert await postman.kinds() == [
        "ElectorNotified", "EvidenceRecorded", "EvidenceRecorded", "EvidenceRecorded", "ReceiptEstablished",
        "EvidenceRecorded",
    ]  # fmt: skip


async def test_the_same_message_twice_has_one_effect(postman: Postman) -> None:
    await postman.tells(NoticeConfirmed, message="one")
    await postman.tells(NoticeConfirmed, message="one")
    assert await postman.kinds() == ["EvidenceRecorded", "ReceiptEstablished"]


async def test_t3_a_confirmed_reminder_is_receipt_too_but_its_acceptance_says_nothing(postman: Postman) -> None:
    await postman.tells(NoticeAccepted, purpose=Purpose.RECEIPT_REMINDER)
    await postman.tells(NoticeBounced, purpose=Purpose.BALLOT_REMINDER)
    assert await postman.kinds() == []
    await postman.tells(NoticeConfirmed, purpose=Purpose.RECEIPT_REMINDER)
    assert await postman.state() is ElectorState.RUNNING


@pytest.mark.parametrize("kind", [NoticeBounced, NoticeFailed])
async def test_t3_a_notice_that_did_not_arrive_is_the_offices_task_until_a_letter_does(
    postman: Postman, kind: type[NoticeFact], database: Database
) -> None:
    await postman.tells(NoticeHandedOver)
    await postman.tells(kind, 1)
    assert await postman.state() is ElectorState.UNDELIVERABLE
    (missing,) = await database.read(handlers.missing_receipts, postman.network.id)
    assert (missing.member, missing.undeliverable) == (postman.member, True)
    await postman.network.pass_time(START + timedelta(days=2))
    await postman.network.receive(postman.ballot, postman.member)
    assert await postman.state() is ElectorState.RUNNING
    assert await database.read(handlers.missing_receipts, postman.network.id) == []


async def test_notices_about_anything_else_are_passed_over(postman: Postman) -> None:
    await postman.tells(NoticeConfirmed, purpose=Purpose.DIRECTORY)
    await postman.tells(NoticeConfirmed, about="bal_unknown")
    await Postman(postman.network, postman.ballot, MemberId("mem_unknown")).tells(NoticeConfirmed)
    assert await postman.kinds() == []


async def test_evidence_of_another_network_touches_no_ballot(postman: Postman, door: Door) -> None:
    herford = await Bielefeld.found(door, "herford")
    await Postman(herford, postman.ballot, postman.member).tells(NoticeConfirmed)
    assert await postman.kinds() == []


async def test_evidence_after_the_end_is_kept_and_changes_nothing(postman: Postman) -> None:
    await receive_all(postman.network, postman.ballot)
    await postman.network.vote(postman.ballot, 1, Choice.OBJECT)
    await postman.network.pass_time(START + timedelta(days=20))
    before = await seen(postman.network, postman.ballot)
    await postman.tells(NoticeConfirmed)
    await postman.tells(NoticeBounced)
    assert (await postman.kinds())[-2:] == ["BallotClosed", "EvidenceRecorded"]
    assert await seen(postman.network, postman.ballot) == before


async def outages(database: Database, ballot: str) -> list[Fact]:
    return list(await database.read(journal.replay_facts, ballot, (OutageNoted,)))


async def test_t6_a_pause_of_the_installation_is_noted_once_in_ballots_with_a_running_window(
    bielefeld: Bielefeld, ballot: BallotView, database: Database
) -> None:
    await bielefeld.receive(ballot, bielefeld.members[1].id)

    def as_if_real(tx: Transaction) -> None:
        tx.execute(test_clocks.delete())

    await database.write(as_if_real)
    at = START + timedelta(days=1)
    assert await database.write(handlers_outages.beat, at) is None
    assert await database.write(handlers_outages.beat, at + timedelta(seconds=29)) is None
    back = at + timedelta(hours=2)
    assert await database.write(handlers_outages.beat, back) == timedelta(hours=2) - timedelta(seconds=29)
    assert await database.write(handlers_outages.beat, back + timedelta(seconds=5)) is None
    (noted,) = await outages(database, ballot.id)
    assert isinstance(noted, OutageNoted)
    assert (noted.away_from, noted.away_until) == (at + timedelta(seconds=29), back)
    view = await seen(bielefeld, ballot)
    assert [(one.away_from, one.away_until) for one in view.outages] == [(noted.away_from, noted.away_until)]


async def test_t6_a_network_on_a_test_clock_has_no_outages(
    bielefeld: Bielefeld, ballot: BallotView, database: Database
) -> None:
    await bielefeld.receive(ballot, bielefeld.members[1].id)
    await database.write(handlers_outages.beat, START)
    await database.write(handlers_outages.beat, START + timedelta(days=1))
    assert await outages(database, ballot.id) == []


async def test_a_clock_that_goes_back_is_no_outage(database: Database) -> None:
    await database.write(handlers_outages.beat, START)
    assert await database.write(handlers_outages.beat, START - timedelta(hours=1)) is None
    assert await database.write(handlers_outages.beat, START + timedelta(seconds=1)) is None
