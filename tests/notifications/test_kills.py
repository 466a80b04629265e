"""Promise 1 for notices: the service is killed at random moments in a run; nothing is lost, and what comes twice comes
from the one window that SMTP leaves open, under the same Message-ID.

FAULTS=large plays a long run; SEED repeats one.
"""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from contracts.ids import MemberId
from contracts.journal import JournalEntry
from contracts.notifications.notices import NoticeState
from services.chassis import journal
from services.chassis.database import Database, Transaction
from services.chassis.nats_server import NatsServer
from services.notifications.notices.tables import attempts, notices
from tests import databases
from tests.notifications.facts import F, founding, opened
from tests.notifications.peers import KEY, Directory, MailServer, MembershipPeer

LARGE = os.environ.get("FAULTS") == "large"
MANY, KILLS = (5000, 60) if LARGE else (200, 4)
CONNECTIONS = 4


def environment(database_url: str, broker: NatsServer, mail: MailServer) -> dict[str, str]:
    own = {
        "DATABASE_URL": database_url, "LINK_KEY": KEY, "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(mail.port),
        "SMTP_SECURITY": "none", "SENDER": "fallnetz@example.net", "ENVELOPE_DOMAIN": "example.net",
        "RETRY_SECONDS": "0.1", "SMTP_TIMEOUT_SECONDS": "0.25", "LEASE_SECONDS": "1.5", "POLL_SECONDS": "0.02",
        "SMTP_CONNECTIONS": str(CONNECTIONS),
    }  # fmt: skip
    return {
        "PATH": os.environ["PATH"], "FALLNETZ_NATS_URL": broker.url, "FALLNETZ_LOG_LEVEL": "error",
        **{f"FALLNETZ_NOTIFICATIONS_{name}": value for name, value in own.items()},
    }  # fmt: skip


async def start(environ: dict[str, str]) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "services.notifications")
    return await asyncio.create_subprocess_exec(*command, env=environ, start_new_session=True)


def _counts(tx: Transaction) -> tuple[int, int]:
    """Notices, and those that a server has not accepted yet."""
    waiting = select(func.count()).select_from(notices).where(notices.c.state != NoticeState.ACCEPTED)
    return tx.execute(select(func.count()).select_from(notices)).scalar_one(), tx.execute(waiting).scalar_one()


def _accepted_without_attempt(tx: Transaction) -> int:
    proven = select(attempts.c.notice).where(attempts.c.ended_at.is_not(None))
    lacking = select(func.count()).select_from(notices).where(notices.c.id.not_in(proven))
    return int(tx.execute(lacking).scalar_one())


@pytest.mark.faults
@pytest.mark.timeout(1800 if LARGE else 240)
async def test_a_run_survives_kills_without_loss_and_without_strange_doubles(
    broker: NatsServer, peer: MembershipPeer, knows: Directory, mail: MailServer, tmp_path: Path
) -> None:
    seed = int(os.environ.get("SEED", random.randrange(2**32)))
    print(f"SEED={seed}")  # noqa: T201 - pytest shows it with a failure
    chance = random.Random(seed)
    url = databases.fresh("sqlite", "notifications", tmp_path)
    members = [MemberId(f"mem_{number}") for number in range(MANY)]
    await peer.publish(*founding(members=[*members, F]), opened(electors=members))
    watch = Database(url, readers=1)
    environ = environment(url, broker, mail)
    process = await start(environ)
    kills = 0
    try:
        async with asyncio.timeout(1700 if LARGE else 220):
            while (await watch.read(_counts)) != (MANY, 0):
                await asyncio.sleep(chance.uniform(0.02, 0.3))
                if kills < KILLS and len(mail.taken) >= MANY * (kills + 1) // (KILLS + 2):
                    kills += 1
                    process = await _trouble(process, environ, chance)
        await _check(watch, mail, members, kills)
    finally:
        process.kill()
        await process.wait()
        await watch.close()
    assert kills, "the run ended before anything was killed"  # a successor may finish while the first one sleeps


async def _trouble(
    process: asyncio.subprocess.Process, environ: dict[str, str], chance: random.Random
) -> asyncio.subprocess.Process:
    """Kills it; or lets it sleep, perhaps beyond its leases, and wake up beside its successor. Gives the successor."""
    sleeps = chance.random() < 0.4
    process.send_signal(signal.SIGSTOP if sleeps else signal.SIGKILL)
    successor = await start(environ)
    if sleeps:
        await asyncio.sleep(chance.uniform(0, 4))
        process.send_signal(signal.SIGCONT)
        await asyncio.sleep(chance.uniform(0, 1))
        process.kill()
    await process.wait()
    return successor


async def _check(watch: Database, mail: MailServer, members: list[MemberId], killed: int) -> None:
    copies = Counter(taken.recipient for taken in mail.taken)
    ids = {recipient: set[str]() for recipient in copies}
    for taken in mail.taken:
        ids[taken.recipient].add(str(taken.message["Message-ID"]))
    assert set(copies) == {f"{member}@example.org" for member in members}
    assert all(len(found) == 1 for found in ids.values())
    doubles = sum(copies.values()) - len(copies)
    print(f"{len(members)} notices, {killed} kills, {doubles} doubles")  # noqa: T201
    assert doubles <= killed * CONNECTIONS
    assert await watch.read(_accepted_without_attempt) == 0
    kinds = Counter(entry.kind for entry in await watch.read(_entries))
    assert kinds == {kind: len(members) for kind in ("NoticeCreated", "NoticeHandedOver", "NoticeAccepted")}
    assert journal.verify(await watch.read(_entries)) == []


def _entries(tx: Transaction) -> list[JournalEntry]:
    return journal.entries(tx, limit=1_000_000)
