"""Row 3: the command of row 2 on PostgreSQL, 16 in flight, against the raw driver's single-row commits, 16 threads."""

import threading
import time

import psycopg
import uvloop

from services.chassis import schema
from services.chassis.database import Database
from tests import databases
from tests.bench import command
from tests.bench.result import Result

ROUNDS = 7
SECONDS = 1.0
IN_FLIGHT = 16


def measure() -> Result:
    server = databases.start_postgresql(durable=True)
    try:
        return uvloop.run(_measure(server.create("product"), server.create("bare")))
    finally:
        server.stop()


async def _measure(product_url: str, bare_url: str) -> Result:
    database = Database(product_url, writers=IN_FLIGHT)
    await database.write(lambda tx: schema.create_all(tx.connection))
    await command.prepare(database, IN_FLIGHT * 4)
    bare = _Bare(databases.plain(bare_url))
    bare.rate(0.5)
    await command.load(database, IN_FLIGHT, 0.5)
    limits, products = [], []
    for _ in range(ROUNDS):
        limits.append(bare.rate(SECONDS))
        products.append(await command.load(database, IN_FLIGHT, SECONDS))
    await database.close()
    bare.close()
    return Result(
        row=3,
        name="command with state, journal and chain / bare commit (PostgreSQL)",
        goal=0.5,
        samples=[product / limit for product, limit in zip(products, limits, strict=True)],
        detail={"limit_per_second": sorted(limits)[ROUNDS // 2], "product_per_second": sorted(products)[ROUNDS // 2]},
    )


class _Bare:
    """The raw driver at its best: autocommit, one prepared statement, a thread and a connection for each in flight."""

    def __init__(self, url: str) -> None:
        self._connections = [psycopg.connect(url, autocommit=True, prepare_threshold=0) for _ in range(IN_FLIGHT)]
        statement = "CREATE TABLE rows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, value text)"
        self._connections[0].execute(statement)

    def rate(self, seconds: float) -> float:
        """Commits a second of all connections together, each with one row."""
        began = time.perf_counter()
        counts = [0] * IN_FLIGHT

        def work(number: int) -> None:
            cursor = self._connections[number].cursor()
            while time.perf_counter() - began < seconds:
                cursor.execute("INSERT INTO rows (value) VALUES (%s)", ("x" * 100,))
                counts[number] += 1

        threads = [threading.Thread(target=work, args=(number,)) for number in range(IN_FLIGHT)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts) / (time.perf_counter() - began)

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
