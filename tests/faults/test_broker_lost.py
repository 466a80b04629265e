"""Promise 3: the broker is disposable. Its store is wiped in mid-run; the journals fill it again, nothing is missing.

`FAULTS=large` wipes a hundred times (`FAULTS_WIPES`), `FAULTS_SEED` repeats a run.
"""

import asyncio
import gc
import os
import random
from pathlib import Path

import pytest

from services.chassis import clock
from services.chassis.nats_server import NatsServer
from services.chassis.provisioning import STREAM
from services.chassis.service import Service
from tests import notebook
from tests.notebook import Reader
from tests.ports import free_port

pytestmark = [
    pytest.mark.faults,
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),  # see test_consumption.py
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

LARGE = os.environ.get("FAULTS") == "large"


async def test_a_wiped_broker_is_filled_from_the_journal_and_nothing_is_missing_or_doubled(tmp_path: Path) -> None:
    seed = int(os.environ.get("FAULTS_SEED", random.SystemRandom().randrange(2**32) if LARGE else 1))
    wipes = int(os.environ.get("FAULTS_WIPES", 100 if LARGE else 1))
    chance = random.Random(seed)
    one, two = Reader("lost-one"), Reader("lost-two")
    names: list[str] = []
    server = NatsServer(tmp_path / "broker", port=free_port()).start()
    try:
        settings = notebook.settings(server.url, tmp_path)
        service = Service("notebook", settings=settings, listeners=[one.listeners, two.listeners])
        async with notebook.running(service):
            for _ in range(wipes):
                recording = asyncio.create_task(record(service, names, chance.randint(50, 200)))
                await asyncio.sleep(chance.uniform(0.1, 0.8))
                await asyncio.to_thread(server.kill if chance.random() < 0.5 else server.stop)
                server.wipe()
                await asyncio.sleep(chance.uniform(0, 0.5))
                await asyncio.to_thread(server.start)
                await recording
                await notebook.until_true(lambda: len(one.order) == len(two.order) == len(names), 60)
                assert await service.database.read(notebook.count_seen) == dict.fromkeys(names, 2)
            held = 0
            async with asyncio.timeout(60):
                while held < len(names):
                    await asyncio.sleep(0.1)
                    held = (await service.bus.nats.jetstream().stream_info(STREAM)).state.messages
    finally:
        server.kill()
        gc.collect()
    print(f"promise 3: {wipes} wipes, {len(names)} facts complete, FAULTS_SEED={seed}")  # noqa: T201 - the evidence


async def record(service: Service, names: list[str], count: int) -> None:
    for _ in range(count):
        names.append(f"n{len(names)}")
        await service.database.write(notebook.keep, names[-1], 1, clock.now())
        await asyncio.sleep(0.005)
