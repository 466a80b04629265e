"""Promise 6: poison neither blocks nor vanishes.

Among good facts there are some whose handling always fails, some that fail at first, and messages that cannot be read.
All good ones are applied while the bad ones are still being tried; every bad one ends as a dead letter with its cause;
after the fault is mended each can be applied by command, exactly once. `FAULTS=large` takes ten thousand
(`FAULTS_FACTS`), `FAULTS_SEED` repeats a run.
"""

import asyncio
import os
import random
from collections import Counter
from pathlib import Path

import pytest
from msgspec.json import encode

from contracts.event import Event, event_subject, event_type, headers
from contracts.ids import OrganisationId, RecordId
from contracts.request import Refused
from services.chassis import clock, dead_letters
from services.chassis.bus import Patience
from services.chassis.nats_server import NatsServer
from services.chassis.problems import NotYet
from services.chassis.service import Service
from tests import notebook
from tests.notebook import NETWORK, NoteKept, Reader

pytestmark = pytest.mark.faults

LARGE = os.environ.get("FAULTS") == "large"
SUBJECT = event_subject(NETWORK, OrganisationId("local"), "notebook", NoteKept)
PATIENCE = Patience(deliveries=4, waits=5, first_delay=0.05, longest_delay=0.5)


class Mixture:
    """Facts by kind, and what the handler does with each."""

    def __init__(self, seed: int, count: int) -> None:
        self.chance = random.Random(seed)
        kinds = self.chance.choices(["good", "flaky", "poison", "waits"], [80, 8, 8, 4], k=count)
        self.names = [f"{kind}-{number}" for number, kind in enumerate(kinds)]
        self.good = {name for name in self.names if name.startswith(("good", "flaky"))}
        self.bad = set(self.names) - self.good
        self.mended = False
        self._failed: Counter[str] = Counter()

    def fault(self, name: str) -> Exception | None:
        self._failed[name] += 1
        if self.mended or name.startswith("good") or (name.startswith("flaky") and self._failed[name] > 2):
            return None
        if name.startswith("waits"):
            return NotYet("for something that never comes")
        return self.chance.choice([ValueError("Ada Lovelace"), KeyError("Ada Lovelace"), Refused("no", "Ada Lovelace")])

    def garbage(self, number: int) -> tuple[bytes, dict[str, str]]:
        """A message as a broken or hostile sender would put it on the bus."""
        event = Event(
            id=f"garbage-{number}", source="/local/notebook", type=event_type("notebook", NoteKept),
            time=clock.now(), network=NETWORK, record=RecordId("garbage"), sequence=1, digest="0" * 64,
        )  # fmt: skip
        body = encode(NoteKept(network=NETWORK, note=f"garbage-{number}", size=1))
        attributes = headers(event)
        cut = self.chance.randrange(1, len(body))
        flipped = bytearray(body)
        flipped[cut] = 0xFF
        choices = [body[:cut], bytes(flipped), b"", b"[" * 9_000, self.chance.randbytes(50)]
        if self.chance.random() < 0.3:
            del attributes[self.chance.choice(["ce-id", "ce-time", "ce-type", "ce-network", "ce-sequence"])]
            return body, attributes
        return self.chance.choice(choices), attributes


async def waiting(service: Service) -> list[dead_letters.DeadLetter]:
    return await service.database.read(dead_letters.list_dead_letters)


async def test_poison_neither_blocks_nor_vanishes(tmp_path: Path) -> None:
    seed = int(os.environ.get("FAULTS_SEED", random.SystemRandom().randrange(2**32) if LARGE else 1))
    count = int(os.environ.get("FAULTS_FACTS", 10_000 if LARGE else 400))
    mixture, garbage = Mixture(seed, count), count // 10
    reader = Reader("poison")
    reader.faults = mixture.fault
    with NatsServer(tmp_path / "broker") as server:
        settings = notebook.settings(server.url, tmp_path)
        service = Service("notebook", settings=settings, listeners=[reader.listeners], patience=PATIENCE)
        async with notebook.running(service):
            stream = service.bus.nats.jetstream()
            for number in range(garbage):
                body, attributes = mixture.garbage(number)
                await stream.publish(SUBJECT, body, headers={**attributes, "Nats-Msg-Id": f"garbage-{number}"})
            await notebook.keep_notes(service.database, mixture.names)

            await notebook.until_true(lambda: set(reader.order) >= mixture.good, 60)
            assert len(await waiting(service)) < garbage + len(mixture.bad), "poison held the good facts up"
            async with asyncio.timeout(60):
                while len(await waiting(service)) < garbage + len(mixture.bad):  # noqa: ASYNC110 - on other threads
                    await asyncio.sleep(0.05)
            letters = await waiting(service)
            assert len(letters) == garbage + len(mixture.bad)
            assert all(letter.cause and "Lovelace" not in letter.cause for letter in letters)

            mixture.mended = True
            again = Counter(await asyncio.gather(*(replay(service, reader, letter.id) for letter in letters)))
            assert again == {"applied": len(mixture.bad), "still-unreadable": garbage}
            assert await service.database.read(notebook.count_seen) == dict.fromkeys(mixture.names, 1)
            assert len(await waiting(service)) == garbage
    print(f"promise 6: {count} facts, {len(letters)} dead letters, all accounted for, FAULTS_SEED={seed}")  # noqa: T201


async def replay(service: Service, reader: Reader, letter: str) -> str:
    try:
        await service.database.write(dead_letters.replay_dead_letter, letter, [reader.listeners], clock.now())
    except Refused as refusal:
        return refusal.slug
    return "applied"
