"""A service as a process: how it ends, and with which exit code its supervisor sees it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from sqlalchemy import Engine, create_engine, select

from services.chassis import answers, clock
from services.chassis.nats_server import NatsServer
from services.chassis.schema import answers as stored
from services.chassis.service import Service
from tests import databases, notebook
from tests.ports import free_port

ROOT = Path(__file__).parents[2]


@contextmanager
def process(environ: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    base = {name: value for name, value in os.environ.items() if not name.startswith("FALLNETZ_")}
    command = [sys.executable, "-m", "services.membership"]
    with subprocess.Popen(command, cwd=ROOT, env=base | environ, stderr=subprocess.PIPE) as running:
        try:
            yield running
        finally:
            running.kill()


def settings(url: str, directory: Path, port: int) -> dict[str, str]:
    return {
        "FALLNETZ_MEMBERSHIP_DATABASE_URL": databases.fresh("sqlite", "membership", directory),
        "FALLNETZ_MEMBERSHIP_HEALTH_PORT": str(port),
        "FALLNETZ_NATS_URL": url,
    }


def ready(port: int, seconds: float = 15.0, path: str = "ready") -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health/{path}", timeout=1) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            time.sleep(0.05)
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_service_in_order(broker: NatsServer, tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    with process(settings(broker.url, tmp_path, port)) as running:
        assert ready(port)
        running.send_signal(number)
        assert running.wait(10) == 0
        assert running.stderr is not None
        assert b"service-stopped" in running.stderr.read()


def test_a_service_waits_for_a_broker_that_comes_later_and_can_be_stopped_meanwhile(tmp_path: Path) -> None:
    port, nats = free_port(), free_port()
    with process(settings(f"nats://127.0.0.1:{nats}", tmp_path, port)) as running:
        assert ready(port, path="live")
        assert not ready(port, 1)
        with NatsServer(tmp_path / "late", port=nats):
            assert ready(port)
        running.terminate()
        assert running.wait(15) == 0


def test_a_service_that_never_met_its_broker_can_be_stopped(tmp_path: Path) -> None:
    port = free_port()
    with process(settings(f"nats://127.0.0.1:{free_port()}", tmp_path, port)) as running:
        assert ready(port, path="live")
        assert not ready(port, 1)
        running.terminate()
        assert running.wait(10) == 0


def test_a_misspelt_setting_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    with process({"FALLNETZ_MEMBERSHIP_DATABASE_ULR": "sqlite:////x"}) as running:
        assert running.wait(15) == 2
        assert running.stderr is not None
        said = running.stderr.read().decode()
    assert "FALLNETZ_MEMBERSHIP_DATABASE_ULR is no setting. Did you mean" in said
    assert "Traceback" not in said


async def test_a_part_that_ends_takes_the_service_with_it(broker: NatsServer, tmp_path: Path) -> None:
    async def fails(_service: Service) -> None:
        await asyncio.sleep(0.05)
        raise RuntimeError("for good")

    service = Service("notebook", settings=notebook.settings(broker.url, tmp_path), workers=[fails])
    with pytest.raises(RuntimeError, match="for good"):
        async with asyncio.timeout(10):
            await service.run()


async def test_a_connection_that_is_given_up_ends_the_service(broker: NatsServer, tmp_path: Path) -> None:
    """A client that the server throws out (unknown protocol, other rights) does not come back by itself."""
    service = Service("notebook", settings=notebook.settings(broker.url, tmp_path))
    running = asyncio.create_task(service.run())
    await notebook.until_true(lambda: not service.not_ready())
    await service.bus.nats.close()
    with pytest.raises(ConnectionError):
        async with asyncio.timeout(10):
            await running


def test_a_service_forgets_answers_that_nobody_may_ask_for_again(broker: NatsServer, tmp_path: Path) -> None:
    port = free_port()
    environ = settings(broker.url, tmp_path, port)
    engine = create_engine(environ["FALLNETZ_MEMBERSHIP_DATABASE_URL"])
    common = {"actor": "", "method": "apply", "content": "0" * 64, "answer": b"{}"}
    with engine.begin() as connection:
        for key, age in (("old", answers.KEPT + timedelta(minutes=1)), ("new", timedelta(0))):
            connection.execute(stored.insert().values(key=key, answered_at=clock.now() - age, **common))
    with process(environ):
        assert ready(port)
        until = time.monotonic() + 10
        while time.monotonic() < until and kept(engine) != ["new"]:
            time.sleep(0.05)
        assert kept(engine) == ["new"]
    engine.dispose()


def kept(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(stored.c.key)))
