"""Votes, receipts and closings through membership's requests, on both databases."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from contracts.membership.ballots import (
    CAST_VOTE,
    GET_RECORD,
    RECORD_RECEIPT,
    BallotClosed,
    BallotView,
    CastVote,
    ElectorState,
    GetRecord,
    RecordedEvidence,
    RecordReceipt,
    Vote,
    VoteCast,
)
from contracts.membership.leaving import RESIGN, Resign, Resignation
from contracts.membership.words import Choice, EvidenceKind, Outcome, Role
from contracts.request import Refused
from services.chassis import journal
from services.chassis.database import Database, Transaction
from services.membership.ballots import handlers
from services.membership.ballots.rules import Ballot, Close
from services.membership.ballots.tables import find
from services.membership.ballots.tables_records import evidence, votes
from tests.membership.ballots.steps import announced, of, receive_all, seen
from tests.membership.door import OPERATOR, START, STRANGER, Bielefeld, refused


@pytest_asyncio.fixture
async def ballot(bielefeld: Bielefeld) -> BallotView:
    return await announced(bielefeld)


async def test_b8_an_announced_ballot_shows_its_terms_the_electors_and_what_silence_means(
    bielefeld: Bielefeld, ballot: BallotView
) -> None:
    assert [elector.member_name for elector in ballot.electors] == await bielefeld.names()
    assert {elector.state for elector in ballot.electors} == {ElectorState.NOT_NOTIFIED}
    assert (ballot.subject_name, ballot.needed, ballot.charter_version) == ("Wohnwerk e.V.", 4, 1)
    assert ballot.silence_means is Choice.NO_OBJECTION
    assert ballot.choices == [Choice.OBJECT, Choice.NO_OBJECTION, Choice.ABSTAIN]
    assert ballot.calendar_version.startswith("DE-NW")


async def test_t6_a_running_window_is_explained_and_ends_where_the_stored_one_does(
    bielefeld: Bielefeld, ballot: BallotView
) -> None:
    await bielefeld.receive(ballot, bielefeld.members[1].id)
    window = of(await seen(bielefeld, ballot), 1, bielefeld).window
    assert window is not None
    assert window.ends_at == datetime.fromisoformat("2026-12-08T00:00:00+01:00")
    assert window.steps[-1].text == "die Frist endet am Mo, 7. Dez. 2026, 23:59 Uhr MEZ (mit Ablauf des Tages)"
    stored = await bielefeld.door.database.read(find, bielefeld.id, ballot.id)
    assert stored is not None
    receipt = stored.electors[bielefeld.members[1].id].receipt
    assert receipt is not None
    assert receipt.window_ends_at == window.ends_at


async def test_b4_every_value_of_a_vote_stays_with_who_and_when(
    bielefeld: Bielefeld, ballot: BallotView, database: Database
) -> None:
    await bielefeld.receive(ballot, bielefeld.members[2].id)
    await bielefeld.vote(ballot, 2, Choice.OBJECT)
    receipt = await bielefeld.vote(ballot, 2, Choice.ABSTAIN)
    assert receipt.changeable_until == datetime.fromisoformat("2026-12-08T00:00:00+01:00")
    elector = of(await seen(bielefeld, ballot), 2, bielefeld)
    assert (elector.state, elector.choice, elector.voted_at) == (ElectorState.ANSWERED, Choice.ABSTAIN, START)

    def stored(tx: Transaction) -> list[Any]:
        return list(tx.execute(select(votes.c.number, votes.c.choice, votes.c.late).order_by(votes.c.number)))

    assert await database.read(stored) == [(1, "object", False), (2, "abstain", False)]


async def test_t5_a_late_vote_is_answered_with_a_problem_and_kept(bielefeld: Bielefeld, ballot: BallotView) -> None:
    await bielefeld.receive(ballot, bielefeld.members[2].id)
    await bielefeld.pass_time(datetime.fromisoformat("2026-12-08T00:00:00+01:00"))
    with refused("vote-late", 409):
        await bielefeld.vote(ballot, 2, Choice.OBJECT)
    assert (await bielefeld.door.kinds(ballot.id))[-1] == "LateVoteRecorded"
    view = await seen(bielefeld, ballot)
    assert view.tally is not None
    assert view.tally.object == 0
    assert of(view, 2, bielefeld).state is ElectorState.SILENT


async def test_a_repeated_request_with_its_key_records_one_vote(bielefeld: Bielefeld, ballot: BallotView) -> None:
    await bielefeld.receive(ballot, bielefeld.members[1].id)
    request = CastVote(network=bielefeld.id, ballot=ballot.id, body=Vote(choice=Choice.OBJECT, reason="too far off"))
    speaker = bielefeld.speaker(1)
    first = await bielefeld.door.ask(CAST_VOTE, request, speaker, key="k-1")
    assert await bielefeld.door.ask(CAST_VOTE, request, speaker, key="k-1") == first
    with refused("vote-unchanged"):
        await bielefeld.door.ask(CAST_VOTE, request, speaker, key="k-2")
    other = CastVote(network=bielefeld.id, ballot=ballot.id, body=Vote(choice=Choice.ABSTAIN))
    with refused("idempotency-key-reused", 422):
        await bielefeld.door.ask(CAST_VOTE, other, speaker, key="k-1")


async def test_reasons_stay_in_the_tables_and_out_of_the_journal(bielefeld: Bielefeld, ballot: BallotView) -> None:
    await bielefeld.receive(ballot, bielefeld.members[1].id)
    body = Vote(choice=Choice.OBJECT, reason="CANARY because of Mr X")
    await bielefeld.door.ask(
        CAST_VOTE, CastVote(network=bielefeld.id, ballot=ballot.id, body=body), bielefeld.speaker(1)
    )
    for entry in await bielefeld.door.journal():
        assert "CANARY" not in entry.body
        assert "handed over in person" not in entry.body


async def test_only_representative_and_deputy_of_an_elector_vote(bielefeld: Bielefeld, ballot: BallotView) -> None:
    await receive_all(bielefeld, ballot)
    request = CastVote(network=bielefeld.id, ballot=ballot.id, body=Vote(choice=Choice.OBJECT))
    for actor, slug in ((STRANGER, "not-authorised"), (OPERATOR, "not-authorised"), (None, "not-signed-in")):
        with refused(slug):
            await bielefeld.door.ask(CAST_VOTE, request, actor)
    await bielefeld.door.ask(CAST_VOTE, request, bielefeld.speaker(1, Role.REPRESENTATIVE))
    other = CastVote(network=bielefeld.id, ballot=ballot.id, body=Vote(choice=Choice.NO_OBJECTION))
    with refused("representative-has-voted"):
        await bielefeld.door.ask(CAST_VOTE, other, bielefeld.speaker(1, Role.DEPUTY))


async def test_only_the_office_records_receipts_and_its_reason_is_kept(
    bielefeld: Bielefeld, ballot: BallotView, database: Database
) -> None:
    body = RecordedEvidence(
        member=bielefeld.members[3].id, kind=EvidenceKind.LETTER, received_at=START, reason="registered letter 4711"
    )
    request = RecordReceipt(network=bielefeld.id, ballot=ballot.id, body=body)
    for actor in (bielefeld.speaker(3), OPERATOR, STRANGER):
        with refused("not-authorised", 403):
            await bielefeld.door.ask(RECORD_RECEIPT, request, actor)
    view = await bielefeld.door.ask(RECORD_RECEIPT, request, bielefeld.office)
    assert of(view, 3, bielefeld).evidence is EvidenceKind.LETTER
    assert await bielefeld.door.ask(RECORD_RECEIPT, request, bielefeld.office) == view

    def stored(tx: Transaction) -> list[Any]:
        return list(tx.execute(select(evidence.c.kind, evidence.c.reason, evidence.c.recorded_by.is_not(None))))

    assert await database.read(stored) == [("letter", "registered letter 4711", True)]


@pytest.mark.parametrize(
    ("received_at", "slug"),
    [
        (START - timedelta(seconds=1), "receipt-before-announcement"),
        (START + timedelta(seconds=1), "receipt-in-future"),
        (datetime(2026, 11, 23, 10), "time-without-zone"),  # noqa: DTZ001 - that is what is refused
    ],
)
async def test_t2_impossible_receipts_are_refused(
    bielefeld: Bielefeld, ballot: BallotView, received_at: datetime, slug: str
) -> None:
    with refused(slug):
        await bielefeld.receive(ballot, bielefeld.members[1].id, received_at)
    assert await bielefeld.door.kinds(ballot.id) == ["BallotOpened"]


async def test_t2_the_ballot_closes_by_itself_at_the_laws_moment(bielefeld: Bielefeld, ballot: BallotView) -> None:
    await receive_all(bielefeld, ballot)
    for number in range(3):
        await bielefeld.vote(ballot, number, Choice.OBJECT)
    await bielefeld.pass_time(START + timedelta(days=40))
    view = await seen(bielefeld, ballot)
    assert (view.outcome, view.effective_at) == (
        Outcome.PASSED,
        datetime.fromisoformat("2026-12-08T00:00:00+01:00"),
    )
    assert view.tally is not None
    assert (view.tally.object, view.tally.silent) == (3, 3)


async def test_closing_twice_at_once_writes_one_outcome(
    bielefeld: Bielefeld, ballot: BallotView, database: Database
) -> None:
    await receive_all(bielefeld, ballot)
    late = START + timedelta(days=40)
    await asyncio.gather(*(database.write(handlers.close_if_due, ballot.id, late) for _ in range(8)))
    assert (await bielefeld.door.kinds(ballot.id)).count("BallotClosed") == 1


async def test_votes_and_closings_at_once_leave_record_rows_and_tally_in_agreement(
    bielefeld: Bielefeld, ballot: BallotView, database: Database
) -> None:
    await receive_all(bielefeld, ballot)

    unexpected: list[str] = []

    async def vote(number: int, choice: Choice) -> None:
        try:
            await bielefeld.vote(ballot, number, choice)
        except Refused as refusal:
            unexpected.extend({refusal.slug} - {"vote-unchanged"})

    await asyncio.gather(
        *(vote(number, choice) for number in range(6) for choice in (Choice.OBJECT, Choice.ABSTAIN) for _ in range(2)),
        *(database.write(handlers.close_if_due, ballot.id, START) for _ in range(4)),
    )
    assert unexpected == []
    await database.write(handlers.carry_out, bielefeld.id, ballot.id, Close(), START + timedelta(days=40))
    facts = await database.read(journal.replay_facts, ballot.id, (VoteCast, BallotClosed))
    last = {fact.member: fact.choice for fact in facts if isinstance(fact, VoteCast)}
    closed = next(fact for fact in facts if isinstance(fact, BallotClosed))
    assert closed.tally.object == list(last.values()).count(Choice.OBJECT)
    assert closed.tally.abstain == list(last.values()).count(Choice.ABSTAIN)
    stored = await database.read(find, bielefeld.id, ballot.id)
    assert stored is not None
    standing = {elector.member: elector.vote.choice for elector in stored.electors.values() if elector.vote}
    assert standing == last


async def test_b3_a_member_that_resigns_drops_out_and_cannot_vote(bielefeld: Bielefeld, ballot: BallotView) -> None:
    await receive_all(bielefeld, ballot)
    member = bielefeld.members[5].id
    request = Resign(network=bielefeld.id, body=Resignation(member=member))
    await bielefeld.door.ask(RESIGN, request, bielefeld.speaker(5))
    view = await seen(bielefeld, ballot)
    assert of(view, 5, bielefeld).state is ElectorState.LEFT
    assert view.needed == 3
    with refused("not-authorised"):
        await bielefeld.vote(ballot, 5, Choice.OBJECT)


async def test_b6_the_record_has_every_fact_of_the_ballot_in_its_chain(
    bielefeld: Bielefeld, ballot: BallotView
) -> None:
    await receive_all(bielefeld, ballot)
    await bielefeld.vote(ballot, 1, Choice.OBJECT)
    await bielefeld.pass_time(START + timedelta(days=20))
    request = GetRecord(network=bielefeld.id, ballot=ballot.id)
    export = await bielefeld.door.ask(GET_RECORD, request, bielefeld.speaker(2))
    assert [entry.sequence for entry in export.entries] == list(range(1, len(export.entries) + 1))
    assert [entry.kind for entry in export.entries] == [
        "BallotOpened", *["EvidenceRecorded", "ReceiptEstablished"] * 6, "VoteCast", "BallotClosed",
    ]  # fmt: skip


async def test_the_rows_give_back_the_ballot_that_was_saved(bielefeld: Bielefeld, ballot: BallotView) -> None:
    await receive_all(bielefeld, ballot)
    await bielefeld.vote(ballot, 1, Choice.OBJECT)
    await bielefeld.pass_time(START + timedelta(days=20))
    stored: Ballot | None = await bielefeld.door.database.read(find, bielefeld.id, ballot.id)
    assert stored is not None
    assert stored.closed is not None
    assert stored.opened.electors == [member.id for member in bielefeld.members]
