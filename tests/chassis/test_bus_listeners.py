"""Facts over a real broker: applied once, retried, put aside with their cause, and applied again by command."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.json import encode

from contracts.event import Event, event_subject, event_type, headers
from contracts.ids import NetworkId, OrganisationId, RecordId
from contracts.request import Refused
from services.chassis import clock, dead_letters
from services.chassis.nats_server import NatsServer
from services.chassis.service import Service
from tests import notebook
from tests.notebook import HASTY, NETWORK, NOT_YET, NoteKept, Reader


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[NatsServer]:
    """A broker for each test: a fresh database starts with the same message ids as the one before."""
    with NatsServer(tmp_path / "broker") as server:
        yield server


SUBJECT = event_subject(NETWORK, OrganisationId("local"), "notebook", NoteKept)


def made(broker: NatsServer, directory: Path, *readers: Reader) -> Service:
    settings = notebook.settings(broker.url, directory)
    return Service("notebook", settings=settings, listeners=[r.listeners for r in readers], patience=HASTY)


def event(number: int, note: str) -> Event:
    return Event(
        id=f"x{number}",
        source="/local/notebook",
        type=event_type("notebook", NoteKept),
        time=notebook.at(1),
        network=NETWORK,
        record=RecordId(f"note-{note}"),
        sequence=1,
        digest="0" * 64,
    )


def body(note: str) -> bytes:
    return encode(NoteKept(network=NETWORK, note=note, size=1))


async def letters(service: Service) -> list[dead_letters.DeadLetter]:
    return await service.database.read(dead_letters.list_dead_letters)


async def test_every_fact_is_applied_once_by_every_group(broker: NatsServer, tmp_path: Path) -> None:
    one, two = Reader("every-one"), Reader("every-two")
    service = made(broker, tmp_path, one, two)
    async with notebook.running(service):
        names = [f"e{number}" for number in range(100)]
        await notebook.keep_notes(service.database, names)
        await notebook.until_true(lambda: len(one.order) == len(two.order) == 100)
        assert await service.database.read(notebook.count_seen) == dict.fromkeys(names, 2)


async def test_facts_of_one_record_come_in_their_order(broker: NatsServer, tmp_path: Path) -> None:
    reader = Reader("in-order")
    service = made(broker, tmp_path, reader)
    async with notebook.running(service):
        stream = service.bus.nats.jetstream()
        names = [f"o{number}" for number in range(60)]
        for number, name in enumerate(names):
            await stream.publish(SUBJECT, body(name), headers=headers(event(1000 + number, "same")))
        await notebook.until_true(lambda: len([n for n in reader.order if n.startswith("o")]) == 60)
        assert [n for n in reader.order if n.startswith("o")] == names


async def test_a_fact_that_comes_twice_has_one_effect(broker: NatsServer, tmp_path: Path) -> None:
    reader = Reader("twice")
    service = made(broker, tmp_path, reader)
    async with notebook.running(service):
        for copy in range(2):
            await service.bus.nats.jetstream().publish(
                SUBJECT, body("t"), headers={**headers(event(1, "t")), "Nats-Msg-Id": f"copy-{copy}"}
            )
        await service.bus.nats.jetstream().publish(SUBJECT, body("last"), headers=headers(event(2, "t")))
        await notebook.until_true(lambda: "last" in reader.order)
        assert (await service.database.read(notebook.count_seen))["t"] == 1


async def test_a_failing_listener_is_tried_again_and_harms_no_other_fact(broker: NatsServer, tmp_path: Path) -> None:
    reader = Reader("flaky")
    failures = iter([RuntimeError("first"), RuntimeError("second")])
    reader.faults = lambda note: next(failures, None) if note == "f" else None
    service = made(broker, tmp_path, reader)
    async with notebook.running(service):
        await notebook.keep_notes(service.database, ["f", "g"])
        await notebook.until_true(lambda: {"f", "g"} <= set(reader.order))
        assert (await service.database.read(notebook.count_seen))["f"] == 1
        assert await letters(service) == []


async def test_a_fact_that_waits_for_another_is_no_failure(broker: NatsServer, tmp_path: Path) -> None:
    reader = Reader("patient")
    reader.faults = lambda note: NOT_YET("earlier") if note == "later" and "earlier" not in reader.order else None
    service = made(broker, tmp_path, reader)
    async with notebook.running(service):
        await notebook.keep_notes(service.database, ["later"])
        await asyncio.sleep(0.1)
        await notebook.keep_notes(service.database, ["earlier"])
        await notebook.until_true(lambda: "later" in reader.order)
        assert reader.order.index("earlier") < reader.order.index("later")
        assert await letters(service) == []


async def test_a_fact_that_always_fails_becomes_a_dead_letter_with_its_cause(
    broker: NatsServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader = Reader("poisoned")
    reader.faults = lambda note: ValueError("Ada Lovelace") if note == "p" else None
    service = made(broker, tmp_path, reader)
    with caplog.at_level(logging.INFO):
        async with notebook.running(service):
            await notebook.keep_notes(service.database, ["p", "q"])
            await notebook.until_true(lambda: "q" in reader.order)
            (letter,) = await notebook.until(lambda: letters(service))
            assert letter.listener == "poisoned"
            assert letter.deliveries == HASTY.deliveries
            assert "ValueError" in letter.cause
            assert "Lovelace" not in letter.cause + str([vars(record) for record in caplog.records])
            assert "p" not in await service.database.read(notebook.count_seen)
            assert await pending(service, "poisoned") == 0


async def pending(service: Service, group: str) -> int:
    for _ in range(100):
        info = await service.bus.nats.jetstream().consumer_info("EVENTS", group)
        left = (info.num_pending or 0) + (info.num_ack_pending or 0)
        if left == 0:
            break
        await asyncio.sleep(0.02)
    return left


@pytest.mark.parametrize(
    ("content", "broken", "cause"),
    [
        (b"{", {}, "unreadable"),
        (b"\xff\xfe", {}, "unreadable"),
        (b"[" * 50_000, {}, "unreadable"),
        (b'{"fact":"NoteKept","network":"bielefeld","note":7,"size":1}', {}, "Expected `str`"),
        (b'{"fact":"Other","network":"bielefeld","note":"x","size":1}', {}, "unreadable"),
        (None, {"ce-time": ""}, "unreadable"),
        (None, {"ce-sequence": "one"}, "unreadable"),
        (None, {"ce-network": "another"}, "subject and attributes disagree"),
        (None, {"ce-source": "/local/membership"}, "subject and attributes disagree"),
        (None, {"ce-type": "notebook.note.kept.v2"}, "subject and attributes disagree"),
    ],
)
async def test_a_message_that_cannot_be_read_is_put_aside_at_once(
    broker: NatsServer, tmp_path: Path, content: bytes | None, broken: dict[str, str], cause: str
) -> None:
    reader = Reader(f"unreadable-{abs(hash((content, cause, *broken)))}")
    service = made(broker, tmp_path, reader)
    async with notebook.running(service):
        bad = {**headers(event(7, "bad")), **broken}
        bad = {name: value for name, value in bad.items() if value}
        await service.bus.nats.jetstream().publish(SUBJECT, body("bad") if content is None else content, headers=bad)
        (letter,) = await notebook.until(lambda: letters(service))
        assert cause in letter.cause
        assert "bad" not in reader.order


async def test_a_message_without_any_headers_is_put_aside(broker: NatsServer, tmp_path: Path) -> None:
    service = made(broker, tmp_path, Reader("headless"))
    async with notebook.running(service):
        await service.bus.nats.jetstream().publish(SUBJECT, b"hello")
        (letter,) = await notebook.until(lambda: letters(service))
        assert "ce-time" in letter.cause


async def test_a_dead_letter_can_be_applied_again_once(broker: NatsServer, tmp_path: Path) -> None:
    reader = Reader("replayed")
    reader.faults = lambda note: ValueError("not now") if note == "r" else None
    service = made(broker, tmp_path, reader)
    async with notebook.running(service):
        await notebook.keep_notes(service.database, ["r"])
        (letter,) = await notebook.until(lambda: letters(service))
        groups = [reader.listeners]
        with pytest.raises(ValueError, match="not now"):
            await service.database.write(dead_letters.replay_dead_letter, letter.id, groups, clock.now())
        assert await letters(service) == [letter]
        reader.faults = lambda _note: None
        assert await service.database.write(dead_letters.replay_dead_letter, letter.id, groups, clock.now())
        assert not await service.database.write(dead_letters.replay_dead_letter, letter.id, groups, clock.now())
        assert (await service.database.read(notebook.count_seen))["r"] == 1
        assert await letters(service) == []
        assert len(await service.database.read(dead_letters.list_dead_letters, replayed=True)) == 1


async def test_a_dead_letter_that_nobody_knows_is_refused_by_name(broker: NatsServer, tmp_path: Path) -> None:
    service = made(broker, tmp_path)
    with pytest.raises(Refused) as caught:
        await service.database.write(dead_letters.replay_dead_letter, "dead_none", [], clock.now())
    assert caught.value.slug == "not-found"
    await service.database.close()


async def test_a_changed_group_listens_to_more_without_hearing_the_old_again(
    broker: NatsServer, tmp_path: Path
) -> None:
    """A durable keeps its place when its filters change."""
    reader = Reader("grown")
    service = made(broker, tmp_path, reader)
    async with notebook.running(service):
        await notebook.keep_notes(service.database, ["before"])
        await notebook.until_true(lambda: "before" in reader.order)
    grown = Reader("grown")

    class Other(NoteKept, frozen=True, kw_only=True):
        event = "dropped"

    grown.listeners.on("notebook", Other)(lambda *_: None)
    again = Service("notebook", settings=service.settings, listeners=[grown.listeners], patience=HASTY)
    async with notebook.running(again):
        info = await again.bus.nats.jetstream().consumer_info("EVENTS", "grown")
        assert len(info.config.filter_subjects or []) == 2
        await notebook.keep_notes(again.database, ["after"])
        await notebook.until_true(lambda: "after" in grown.order)
        assert "before" not in grown.order


def test_two_listeners_of_one_group_cannot_take_the_same_fact() -> None:
    reader = Reader("double")
    with pytest.raises(ValueError, match="twice"):
        reader.listeners.on("notebook", NoteKept)(lambda *_: None)


async def test_sandbox_networks_hear_their_own_moment(broker: NatsServer, tmp_path: Path) -> None:
    heard = []
    reader = Reader("sandboxed")

    class Moved(NoteKept, frozen=True, kw_only=True):
        event = "moved"

    reader.listeners.on("notebook", Moved)(lambda _tx, _fact, _event, now: heard.append(now))
    service = made(broker, tmp_path, reader)
    async with notebook.running(service):
        await service.database.write(clock.set_test_clock, NetworkId("bielefeld"), notebook.at(5))
        moved = event_subject(NETWORK, OrganisationId("local"), "notebook", Moved)
        attributes = headers(event(1, "m")) | {"ce-type": event_type("notebook", Moved)}
        content = encode(Moved(network=NETWORK, note="m", size=1))
        await service.bus.nats.jetstream().publish(moved, content, headers=attributes)
        await notebook.until_true(lambda: bool(heard))
        assert heard == [notebook.at(5)]
