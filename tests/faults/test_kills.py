"""Promise 1, for database and relay: kill -9 at seeded random points loses nothing acknowledged and doubles nothing.

A history of what was tried and acknowledged is compared with the state, the journal and the broker's stream.
`FAULTS_KILLS` sets the number of kills, `FAULTS_SEED` the seed, `FAULTS_MINUTES` the longest time of a large run.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from nats.aio.client import Client

from contracts.journal import JournalEntry
from services.chassis import journal
from services.chassis.database import Database
from services.chassis.nats_server import NatsServer
from services.chassis.provisioning import provision_stream
from tests.chassis import ledger
from tests.chassis.ledger import Raised
from tests.faults.kill_child import COUNTERS

LARGE = os.environ.get("FAULTS") == "large"
KILLS = int(os.environ.get("FAULTS_KILLS", "5000" if LARGE else "3"))
MINUTES = float(os.environ.get("FAULTS_MINUTES", "60")) / 2
ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0)]


class History:
    """What the children said."""

    def __init__(self) -> None:
        self.tried: set[int] = set()
        self.acknowledged: set[int] = set()

    def life(self, url: str, nats_url: str, seconds: float, how: signal.Signals) -> None:
        """Runs one child until it is ended after so many seconds from its first command."""
        again = sorted(self.tried - self.acknowledged)
        first = max(self.tried, default=0) + 1
        command = [sys.executable, "-m", "tests.faults.kill_child", url, nats_url, str(first), *map(str, again)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:
            assert child.stdout is not None
            timer: threading.Timer | None = None
            for line in child.stdout:
                if timer is None:
                    timer = threading.Timer(seconds, child.send_signal, (how,))
                    timer.start()
                if not line.endswith(b"\n"):
                    break
                word, number = line.split()
                (self.tried if word == b"try" else self.acknowledged).add(int(number))
            if timer is not None:
                timer.join()


async def test_a_killed_process_loses_nothing_acknowledged_and_doubles_nothing(
    database_url: str, tmp_path: Path
) -> None:
    seed = int(os.environ.get("FAULTS_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
    chance, history, until = random.Random(seed), History(), time.monotonic() + MINUTES * 60
    database = Database(database_url, readers=1, writers=1)
    await ledger.prepare(database)
    for number in range(COUNTERS):
        await database.write(ledger.add, f"c{number}")
    await database.close()
    kills = 0
    with NatsServer(tmp_path / "nats") as server:
        nats = Client()
        await nats.connect(server.url)
        await provision_stream(nats)
        while kills < KILLS and time.monotonic() < until:
            kills += 1
            await asyncio.to_thread(history.life, database_url, server.url, chance.uniform(0.0, 0.5), signal.SIGKILL)
        await asyncio.to_thread(history.life, database_url, server.url, 0.2, signal.SIGTERM)
        published = await _published(nats)
        await nats.close()
    print(f"\npromise 1: seed {seed}, {kills} kills, {len(history.acknowledged)} commands acknowledged")  # noqa: T201
    assert history.tried == history.acknowledged
    await _compare(database_url, history, published)


async def _compare(url: str, history: History, published: list[bytes]) -> None:
    database = Database(url, readers=1, writers=1)
    entries: list[JournalEntry] = []
    while part := await database.read(journal.entries, after=entries[-1].position if entries else 0, limit=5000):
        entries += part
    values = await database.read(ledger.values)
    await database.close()
    recorded = Counter(msgspec.json.decode(entry.body, type=Raised).value for entry in entries)
    assert set(recorded) == history.acknowledged
    assert set(recorded.values()) == {1}
    assert sum(values.values()) == len(history.acknowledged)
    assert journal.verify(entries) == []
    assert Counter(msgspec.json.decode(body, type=Raised).value for body in published).keys() == recorded.keys()
    assert len(published) == len(entries)


async def _published(nats: Client) -> list[bytes]:
    """The stream's content. The duplicate window covers a small run; a large one compares what is there."""
    info = await nats.jetstream().stream_info("EVENTS")
    subscription = await nats.jetstream().subscribe("evt.>", ordered_consumer=True)
    bodies = {}
    for _ in range(info.state.messages):
        message = await subscription.next_msg(timeout=10)
        bodies[(message.headers or {})["Nats-Msg-Id"]] = message.data
    await subscription.unsubscribe()
    return list(bodies.values())
