"""A process that is killed at any moment: commands with keys on a database, and the relay beside them.

    python -m tests.faults.kill_child DATABASE NATS FIRST [NUMBER…]

Repeats the numbers whose fate is unknown, then goes on from FIRST. Prints `try N` before and `ack N` after each.
"""

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from nats.aio.client import Client
from sqlalchemy import select

from contracts.request import Call
from services.chassis import answers, journal, relay_rows, schema
from services.chassis.database import Database
from services.chassis.problems import Refused
from services.chassis.relay import Relay
from services.chassis.relay_rows import Cursor
from services.chassis.transaction import Transaction
from tests.chassis import ledger
from tests.chassis.ledger import BIELEFELD, Raised

COUNTERS = 8
IN_FLIGHT = 16


class _Bus:
    def __init__(self) -> None:
        self.nats = Client()


def say(word: str, number: int) -> None:
    os.write(1, f"{word} {number}\n".encode())


def command(tx: Transaction, number: int) -> bytes:
    now = datetime.now(UTC)
    call = Call(at=now, until=now + timedelta(seconds=2), key=f"command-{number}")

    def run() -> bytes:
        counter = f"c{number % COUNTERS}"
        ledger.bump(tx, counter)
        fact = Raised(counter=counter, value=number)
        journal.record(tx, network=BIELEFELD, record=counter, facts=[fact], now=now)
        return str(number).encode()

    return answers.once(tx, call, "raise", run)


def behind(tx: Transaction) -> bool:
    """Whether the relay has not brought everything to the broker."""
    mark = tx.execute(select(schema.relay_cursor.c.turn, schema.relay_cursor.c.position)).first()
    if mark is None:
        return True
    found = relay_rows.fetch(tx, Cursor(mark.turn, mark.position), 1)
    return bool(found.rows) or found.unsettled


async def work(database: Database, numbers: Iterator[int], ending: asyncio.Event) -> None:
    for number in numbers:
        say("try", number)
        while True:
            try:
                await database.write(command, number)
            except Refused:
                await asyncio.sleep(0.05)
            else:
                break
        say("ack", number)
        if ending.is_set():
            return


async def main(url: str, nats_url: str, first: int, again: list[int]) -> None:
    database, bus, ending = Database(url, writers=8, readers=2), _Bus(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    await bus.nats.connect(nats_url, max_reconnect_attempts=-1)
    relay = Relay(database, bus, "ledger", "local")
    relaying = asyncio.ensure_future(relay.run())
    for number in again:
        say("try", number)
        await database.write(command, number)
        say("ack", number)
    numbers = itertools.count(first)
    await asyncio.gather(*(work(database, numbers, ending) for _ in range(IN_FLIGHT)))
    while await database.read(behind):  # noqa: ASYNC110 - the lease of the one killed before must end first
        await asyncio.sleep(0.05)
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)
    await bus.nats.close()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), [int(number) for number in sys.argv[4:]]))
