"""Ballots through membership's requests, on both databases: rows, rights, records and what others see."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from contracts.ids import BallotId
from contracts.membership import BallotClosed, Choice, EvidenceKind, Outcome, Role, VoteCast
from contracts.membership_requests import (
    ADOPT_CHARTER,
    ANNOUNCE_APPLICATION,
    APPLY,
    CAST_VOTE,
    GET_BALLOT,
    GET_RECORD,
    LIST_BALLOTS,
    RECORD_RECEIPT,
    RESIGN,
    AdoptCharter,
    AnnounceApplication,
    Apply,
    BallotView,
    CastVote,
    CharterText,
    ElectorState,
    ElectorView,
    GetBallot,
    GetRecord,
    ListBallots,
    RecordedEvidence,
    RecordReceipt,
    Resign,
    Resignation,
    Vote,
)
from contracts.request import Actor, Paging, Refused
from services.chassis import journal, paging
from services.chassis.database import Database, Transaction
from services.membership.ballots import handlers
from services.membership.ballots.rules import Ballot, Close
from services.membership.ballots.tables import find
from services.membership.ballots.tables_records import evidence, votes
from services.membership.windows import calendars
from services.membership.windows.rules import Calendar
from tests.membership.door import CHARTER, OPERATOR, START, STRANGER, Bielefeld, Door, application, refused


async def announced(network: Bielefeld, name: str = "Wohnwerk e.V.") -> BallotView:
    """A ballot on an application that was just put to all."""
    receipt = await network.door.ask(APPLY, Apply(network=network.id, body=application(name)), at=network.now)
    request = AnnounceApplication(network=network.id, application=receipt.application.id)
    return await network.door.ask(ANNOUNCE_APPLICATION, request, network.office)


@pytest_asyncio.fixture
async def ballot(bielefeld: Bielefeld) -> BallotView:
    return await announced(bielefeld)


async def seen(network: Bielefeld, ballot: BallotView, by: Actor | None = None) -> BallotView:
    return await network.door.ask(GET_BALLOT, GetBallot(network=network.id, ballot=ballot.id), by or network.office)


async def receive_all(network: Bielefeld, ballot: BallotView) -> None:
    for elector in ballot.electors:
        await network.receive(ballot, elector.member)


def of(view: BallotView, number: int, network: Bielefeld) -> ElectorView:
    return next(elector for elector in view.electors if elector.member == network.members[number].id)


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


async def test_strangers_and_other_networks_learn_nothing_of_a_ballot(
    bielefeld: Bielefeld, ballot: BallotView, door: Door
) -> None:
    herford = await Bielefeld.found(door, "herford")
    with refused("ballot-not-found", 404):
        await seen(herford, ballot)
    with refused("not-authorised", 403):
        await seen(bielefeld, ballot, herford.office)
    with refused("not-authorised", 403):
        await seen(bielefeld, ballot, STRANGER)
    page = await door.ask(LIST_BALLOTS, ListBallots(network=herford.id), herford.office)
    assert page.items == []


async def test_lists_are_cut_at_a_cursor_and_tell_open_ones_from_the_rest(bielefeld: Bielefeld) -> None:
    made = [await announced(bielefeld, f"Verein {number}") for number in range(5)]
    await receive_all(bielefeld, made[0])
    await bielefeld.pass_time(START + timedelta(days=20))

    async def listed(**only: Any) -> list[str]:
        found: list[str] = []
        cursor: str | None = None
        while True:
            request = ListBallots(network=bielefeld.id, paging=Paging(limit=2, cursor=cursor), **only)
            page = await bielefeld.door.ask(LIST_BALLOTS, request, bielefeld.speaker(4))
            found += [view.subject_name for view in page.items]
            cursor = page.next
            if cursor is None:
                return found

    assert sorted(await listed()) == [f"Verein {number}" for number in range(5)]
    assert await listed(open=False) == ["Verein 0"]
    assert sorted(await listed(open=True)) == [f"Verein {number}" for number in range(1, 5)]
    for cursor in ("x", "W10", "WyIyMDI2IiwieCJd", paging.encode(("2026-01-01T00:00:00", "x"))):
        with refused("cursor-malformed", 400):
            request = ListBallots(network=bielefeld.id, paging=Paging(cursor=cursor))
            await bielefeld.door.ask(LIST_BALLOTS, request, bielefeld.office)


@pytest.mark.parametrize("name", ["nothing", "", "x" * 500, "a/b", "bal_\x00"])
async def test_an_unknown_ballot_is_not_found(bielefeld: Bielefeld, name: str) -> None:
    with refused("ballot-not-found", 404):
        await bielefeld.door.ask(GET_BALLOT, GetBallot(network=bielefeld.id, ballot=BallotId(name)), bielefeld.office)
    with refused("ballot-not-found", 404):
        await bielefeld.door.ask(GET_RECORD, GetRecord(network=bielefeld.id, ballot=BallotId(name)), bielefeld.office)


class TestSecret:
    """B7."""

    @pytest_asyncio.fixture
    async def secret(self, door: Door) -> tuple[Bielefeld, BallotView]:
        charter = CHARTER.replace("secret = false", "secret = true")
        network = await Bielefeld.found(door, "geheim", charter)
        ballot = await announced(network)
        await receive_all(network, ballot)
        await network.vote(ballot, 1, Choice.OBJECT)
        return network, ballot

    async def test_b7_until_the_end_everybody_sees_only_its_own_vote(
        self, secret: tuple[Bielefeld, BallotView]
    ) -> None:
        network, ballot = secret
        own = await seen(network, ballot, network.speaker(1))
        assert of(own, 1, network).choice is Choice.OBJECT
        for reader in (network.office, network.speaker(2), OPERATOR):
            view = await seen(network, ballot, reader)
            assert [elector.choice for elector in view.electors] == [None] * 6
            assert [elector.voted_at for elector in view.electors] == [None] * 6
            assert view.tally is None
            page = await network.door.ask(LIST_BALLOTS, ListBallots(network=network.id), reader)
            assert page.items[0].tally is None
            assert [elector.choice for elector in page.items[0].electors] == [None] * 6
            with refused("record-sealed"):
                await network.door.ask(GET_RECORD, GetRecord(network=network.id, ballot=ballot.id), reader)

    async def test_b7_after_the_end_votes_tally_and_record_are_open(self, secret: tuple[Bielefeld, BallotView]) -> None:
        network, ballot = secret
        assert await network.door.database.read(handlers.sealed, network.id) == {ballot.id}
        await network.pass_time(START + timedelta(days=20))
        assert await network.door.database.read(handlers.sealed, network.id) == frozenset()
        view = await seen(network, ballot, network.speaker(2))
        assert view.tally is not None
        assert view.tally.object == 1
        assert of(view, 1, network).choice is Choice.OBJECT
        export = await network.door.ask(GET_RECORD, GetRecord(network=network.id, ballot=ballot.id), network.speaker(2))
        assert "VoteCast" in [entry.kind for entry in export.entries]


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


async def test_b8_a_new_charter_does_not_touch_an_open_ballot(bielefeld: Bielefeld, ballot: BallotView) -> None:
    text = CHARTER.replace('threshold = "1/2"', 'threshold = "1/6"').replace("window_days = 14", "window_days = 30")
    request = AdoptCharter(network=bielefeld.id, body=CharterText(charter=text))
    assert (await bielefeld.door.ask(ADOPT_CHARTER, request, bielefeld.office)).version == 2
    await bielefeld.receive(ballot, bielefeld.members[1].id)
    view = await seen(bielefeld, ballot)
    assert (view.charter_version, view.needed, view.window_days) == (1, 4, 14)
    window = of(view, 1, bielefeld).window
    assert window is not None
    assert window.ends_at == datetime.fromisoformat("2026-12-08T00:00:00+01:00")
    assert (await announced(bielefeld, "Verein 2")).charter_version == 2


async def test_b8_a_newer_calendar_does_not_touch_an_open_ballot(
    bielefeld: Bielefeld, ballot: BallotView, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = calendars.calendar("DE-NW")
    day = datetime.fromisoformat("2026-12-07T00:00:00+01:00").date()
    newer = Calendar(
        region="DE-NW", version="newer", first_year=2019, last_year=2045, closed={**old.closed, day: "Neuer Feiertag"}
    )
    monkeypatch.setattr(calendars, "calendar", lambda _region: newer)
    await bielefeld.receive(ballot, bielefeld.members[1].id)
    window = of(await seen(bielefeld, ballot), 1, bielefeld).window
    assert window is not None
    assert window.last_day == day
    second = await announced(bielefeld, "Verein 2")
    assert second.calendar_version == "newer"
    await bielefeld.receive(second, bielefeld.members[1].id)
    window = of(await seen(bielefeld, second), 1, bielefeld).window
    assert window is not None
    assert (window.last_day.isoformat(), window.steps[3].kind) == ("2026-12-08", "holiday")


async def test_the_rows_give_back_the_ballot_that_was_saved(bielefeld: Bielefeld, ballot: BallotView) -> None:
    await receive_all(bielefeld, ballot)
    await bielefeld.vote(ballot, 1, Choice.OBJECT)
    await bielefeld.pass_time(START + timedelta(days=20))
    stored: Ballot | None = await bielefeld.door.database.read(find, bielefeld.id, ballot.id)
    assert stored is not None
    assert stored.closed is not None
    assert stored.opened.electors == [member.id for member in bielefeld.members]
