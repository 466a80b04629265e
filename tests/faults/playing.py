"""Plays inputs by the million over many connections and keeps what was wrong with the answers."""

import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

from tests.faults.keep_alive import Got, KeepAlive, Sent
from tests.faults.verdicts import busy

LARGE = os.environ.get("FAULTS") == "large"
SEED = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(2**32))
FIRST = int(os.environ.get("FAULTS_FIRST", "0"))
"""Number of the input to begin with, to repeat one that was found."""
UNTIL = time.monotonic() + 60 * float(os.environ.get("FAULTS_MINUTES", "inf"))
_AT_ONCE = 24
_AGAIN = 20
"""How often an input is repeated while the machine is busy."""
_ENOUGH = 40
"""Findings after which it stops."""
_TOLD_EACH = 5_000


class Play:
    """One door. `findings`: what was wrong, with what is needed to repeat it."""

    def __init__(self, name: str, url: str, verdict: Callable[[Sent, Got], str], count: int) -> None:
        self.name, self.count = name, count
        self._url, self._verdict = url, verdict
        self.played = 0
        self.busy = 0
        self.statuses: Counter[int] = Counter()
        self.findings: list[str] = []
        self._began = time.monotonic()

    @property
    def over(self) -> bool:
        return self.played >= self.count or time.monotonic() > UNTIL or len(self.findings) >= _ENOUGH

    def part(self, made: Callable[[int], Sent], count: int) -> None:
        """The next `count` inputs."""
        numbers = iter(range(FIRST + self.played, FIRST + min(self.played + count, self.count)))
        asyncio.run(self._all(made, numbers))

    async def _all(self, made: Callable[[int], Sent], numbers: Iterator[int]) -> None:
        await asyncio.gather(*(self._some(made, numbers) for _ in range(_AT_ONCE)))

    async def _some(self, made: Callable[[int], Sent], numbers: Iterator[int]) -> None:
        connection = KeepAlive(self._url)
        try:
            for number in numbers:
                if self.over:
                    break
                sent = made(number)
                self._note(number, sent, *await self._one(connection, sent))
        finally:
            await connection.close()

    def _note(self, number: int, sent: Sent, wrong: str, got: Got) -> None:
        self.played += 1
        self.statuses[got.status] += 1
        if wrong:
            self.findings.append(
                f"{wrong}: FAULTS_SEED={SEED} FAULTS_FIRST={number}: {got.status} {got.body[:300]!r} "
                f"after {sent.raw[:1500]!r}"
            )
            print(self.findings[-1], file=sys.stderr, flush=True)  # noqa: T201 - a large run may still last for hours
        if self.played % _TOLD_EACH == 0:
            self.tell()

    async def _one(self, connection: KeepAlive, sent: Sent) -> tuple[str, Got]:
        got = Got(status=0)
        for pause in range(_AGAIN):
            try:
                got = await connection.exchange(sent)
            except (TimeoutError, ConnectionError) as failed:
                return f"{type(failed).__name__} {failed}", got
            if not busy(got):
                break
            self.busy += 1
            await asyncio.sleep(0.1 * pause)
        return self._verdict(sent, got), got

    def tell(self) -> None:
        print(self, file=sys.stderr, flush=True)  # noqa: T201 - a large run shows how far it is

    def __str__(self) -> str:
        seconds = time.monotonic() - self._began
        return (
            f"promise 11, {self.name}: {self.played} inputs in {seconds:.0f} s ({self.played / seconds:.0f}/s), "
            f"{self.busy} repeated, {len(self.findings)} findings, FAULTS_SEED={SEED}, "
            f"{dict(sorted(self.statuses.items()))}"
        )
