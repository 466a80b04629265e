"""The journal: append-only, chained, replayable; and the offline check that finds what was done to it (promise 13)."""

import random
from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from contracts.ids import NetworkId
from contracts.journal import JournalEntry
from services.chassis import journal
from services.chassis.chain import GENESIS, link
from services.chassis.database import Database
from services.chassis.problems import Refused
from services.chassis.transaction import Transaction
from tests.chassis.ledger import BIELEFELD, NOON, NotedInside, Raised


def note(tx: Transaction, record: str, count: int, network: NetworkId = BIELEFELD) -> None:
    facts = [Raised(counter=record, value=value) for value in range(count)]
    journal.record(tx, network=network, record=record, facts=facts, now=NOON, actor="per_1")


async def test_each_record_has_a_chain_of_its_own_from_sequence_one(database: Database) -> None:
    for record, count in (("a", 2), ("b", 1), ("a", 3)):
        await database.write(note, record, count)
    found = await database.read(journal.entries)

    assert [(entry.record, entry.sequence) for entry in found] == [
        ("a", 1), ("a", 2), ("b", 1), ("a", 3), ("a", 4), ("a", 5),
    ]  # fmt: skip
    chain = [entry for entry in found if entry.record == "a"]
    assert chain[0].previous == GENESIS
    assert [entry.previous for entry in chain[1:]] == [entry.digest for entry in chain[:-1]]
    assert chain[0].body == '{"fact":"Raised","counter":"a","value":0}'
    assert chain[0].recorded_at == "2026-06-01T12:00:00.000000Z"
    assert journal.verify(found) == []


async def test_a_digest_can_be_computed_from_the_export_alone(database: Database) -> None:
    await database.write(note, "a", 1)
    (entry,) = await database.read(journal.entries)
    columns = (entry.network, "a", 1, "Raised", entry.body, entry.recorded_at, "per_1")
    assert entry.digest == link(GENESIS, *columns)


async def test_entries_are_chosen_by_record_and_network_and_come_in_parts(database: Database) -> None:
    await database.write(note, "a", 3)
    await database.write(note, "b", 2, NetworkId("gent"))
    assert {entry.record for entry in await database.read(journal.entries, network="gent")} == {"b"}
    part = await database.read(journal.entries, record="a", limit=2)
    rest = await database.read(journal.entries, record="a", after=part[-1].position)
    assert [entry.sequence for entry in part + rest] == [1, 2, 3]


async def test_what_is_rolled_back_leaves_neither_row_nor_gap(database: Database) -> None:
    def refuse(tx: Transaction) -> None:
        note(tx, "a", 2)
        raise Refused("no", "No.")

    await database.write(note, "a", 1)
    with pytest.raises(Refused):
        await database.write(refuse)
    await database.write(note, "a", 1)
    assert [entry.sequence for entry in await database.read(journal.entries)] == [1, 2]


async def test_facts_are_replayed_in_order_and_by_type(database: Database) -> None:
    def mixed(tx: Transaction) -> None:
        facts = [Raised(counter="a", value=1), NotedInside(counter="a"), Raised(counter="a", value=2)]
        journal.record(tx, network=BIELEFELD, record="a", facts=facts, now=NOON)

    await database.write(mixed)
    assert await database.read(journal.replay_facts, "a", (Raised,)) == [
        Raised(counter="a", value=1),
        Raised(counter="a", value=2),
    ]
    assert await database.read(journal.replay_facts, "a", (NotedInside,)) == [NotedInside(counter="a")]


@pytest.mark.parametrize("statement", ["UPDATE journal SET body = '{}'", "DELETE FROM journal"])
async def test_the_database_refuses_to_rewrite_the_journal(database: Database, statement: str) -> None:
    await database.write(note, "a", 1)
    with pytest.raises(DBAPIError, match="append-only"):
        await database.write(lambda tx: tx.connection.exec_driver_sql(statement))
    assert journal.verify(await database.read(journal.entries)) == []


async def test_a_naive_moment_is_refused(database: Database) -> None:
    def naive(tx: Transaction) -> None:
        facts = [NotedInside(counter="a")]
        journal.record(tx, network=BIELEFELD, record="a", facts=facts, now=datetime(2026, 1, 1))  # noqa: DTZ001

    with pytest.raises(ValueError, match="time zone"):
        await database.write(naive)


def export(seed: int = 1, records: int = 4, rows: int = 40) -> list[JournalEntry]:
    """A sound journal with interleaved records."""
    chance = random.Random(seed)
    heads: dict[str, tuple[int, str]] = {}
    made = []
    for position in range(1, rows + 1):
        record = f"r{chance.randrange(records)}"
        sequence, previous = heads.get(record, (0, GENESIS))
        columns = (
            BIELEFELD,
            record,
            sequence + 1,
            "Raised",
            f'{{"n":{position}}}',
            "2026-06-01T12:00:00.000000Z",
            None,
        )
        digest = link(previous, *columns)
        network, _, number, kind, body, at, actor = columns
        made.append(
            JournalEntry(
                position=position, network=network, record=record, sequence=number, kind=kind, body=body,
                recorded_at=at, actor=actor, previous=previous, digest=digest,
            )
        )  # fmt: skip
        heads[record] = (number, digest)
    return made


def slugs(faults: list[journal.Fault]) -> set[str]:
    return {fault.slug for fault in faults}


@given(st.integers(0, 39), st.sampled_from(["network", "record", "sequence", "kind", "body", "recorded_at", "actor"]))
def test_any_altered_field_of_any_row_is_found(index: int, field: str) -> None:
    entries = export()
    altered = 99 if field == "sequence" else "x"
    entries[index] = msgspec.structs.replace(entries[index], **{field: altered})
    assert "altered" in slugs(journal.verify(entries))


@given(st.integers(0, 39))
def test_any_dropped_row_is_found_inside_alone_and_at_an_end_against_the_anchor(index: int) -> None:
    entries = export()
    anchor = journal.heads(entries)
    dropped = entries.pop(index)
    alone = journal.verify(entries)
    if any(entry.record == dropped.record and entry.sequence > dropped.sequence for entry in entries):
        assert "missing" in slugs(alone)
    assert slugs(journal.verify(entries, anchor)) & {"missing", "truncated", "vanished"}


@given(st.integers(0, 39), st.integers(0, 39))
def test_any_two_rows_in_the_wrong_order_are_found(one: int, other: int) -> None:
    entries = export()
    entries[one], entries[other] = entries[other], entries[one]
    assert bool(journal.verify(entries)) == (one != other)


@given(st.integers(0, 39))
def test_truncation_shows_against_the_anchor_only(kept: int) -> None:
    entries = export()
    anchor = journal.heads(entries)
    assert journal.verify(entries[:kept]) == []
    assert slugs(journal.verify(entries[:kept], anchor)) <= {"truncated", "vanished"}
    assert journal.verify(entries[:kept], anchor)


def test_a_record_rewritten_with_sound_digests_shows_against_the_anchor() -> None:
    anchor = journal.heads(export(seed=1))
    rewritten = [msgspec.structs.replace(entry, body='{"n":0}') for entry in export(seed=1)]
    previous: dict[str, str] = {}
    for index, entry in enumerate(rewritten):
        before = previous.get(entry.record, GENESIS)
        digest = link(
            before, entry.network, entry.record, entry.sequence, entry.kind, entry.body, entry.recorded_at, entry.actor
        )
        rewritten[index] = msgspec.structs.replace(entry, previous=before, digest=digest)
        previous[entry.record] = digest
    assert journal.verify(rewritten) == []
    assert "rewritten" in slugs(journal.verify(rewritten, anchor))


def test_rolling_back_to_an_older_copy_shows_against_the_anchor() -> None:
    entries = export()
    assert slugs(journal.verify(entries[:25], journal.heads(entries))) <= {"truncated", "vanished"}
    assert journal.verify(entries, journal.heads(entries[:25])) == []


def test_a_later_part_is_checked_from_the_anchor_on() -> None:
    entries = export()
    anchor = journal.heads(entries[:20])
    later = entries[20:]
    known = [entry for entry in later if entry.record in anchor]
    assert journal.verify(known, anchor) == []
    assert "missing" in slugs(journal.verify(known))
    forged = [msgspec.structs.replace(known[0], previous="f" * 64), *known[1:]]
    assert {"broken-link", "altered"} <= slugs(journal.verify(forged, anchor))


async def test_a_chain_holds_whatever_characters_its_rows_have(database: Database) -> None:
    def odd(tx: Transaction) -> None:
        facts = [Raised(counter=text, value=1) for text in ('ü"\\', "\0\x1f", "%s %(a)s :after", "𝔉\u2028")]
        journal.record(tx, network=BIELEFELD, record="a-ü", facts=facts, now=NOON, actor='per"1\\')

    await database.write(odd)
    await database.write(odd)
    found = await database.read(journal.entries)
    assert [entry.sequence for entry in found] == list(range(1, 9))
    assert journal.verify(found) == []
