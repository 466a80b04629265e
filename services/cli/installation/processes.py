"""Child processes: started together, watched, started again when they end, stopped in order; die with the parent."""

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from msgspec import Struct

BACKOFF_SECONDS = (0.1, 0.5, 2.0, 5.0, 10.0)
STEADY_SECONDS = 5.0
"""A child that ran so long begins its backoff anew."""
STOP_SECONDS = 10.0
LOG_BYTES = 10_000_000
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Child(Struct, frozen=True, kw_only=True):
    """One process of the installation."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = {}
    """Beside what every child gets; may hold secrets, which a command line must not."""
    ready: str | None = None
    """Address that answers 200 when the child can work."""
    rank: int = 0
    """Those of the highest rank are ended first, and those of one rank at once."""


class DidNotStart(Exception):
    """A child was not ready in time. `str()` says which and shows its last words."""


class Family:
    """The children of one installation, in the order of their start."""

    def __init__(self, children: Sequence[Child], logs: Path, say: Callable[[str], None]) -> None:
        self.children = tuple(children)
        self._logs = logs
        self._say = say
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    async def start(self, names: Sequence[str]) -> None:
        """Starts these at once; each waits by itself for the others that it needs."""
        for child in self.children:
            if child.name in names:
                await self._launch(child)
                self._watchers[child.name] = asyncio.create_task(self._watch(child))

    async def ready(self, names: Sequence[str] | None = None, timeout: float = 60.0) -> None:  # noqa: ASYNC109 - total over many
        """Waits until these children (all, if none are named) can work. Raises DidNotStart."""
        deadline = time.monotonic() + timeout
        for child in self.children:
            if child.ready is None or (names is not None and child.name not in names):
                continue
            while not await answers(child.ready):
                if time.monotonic() > deadline:
                    raise DidNotStart(f"{child.name} was not ready within {timeout:.0f} s. {self.last_words(child)}")
                await asyncio.sleep(0.02)

    def pid(self, name: str) -> int | None:
        """Process id of a running child."""
        process = self._running.get(name)
        return process.pid if process and process.returncode is None else None

    async def stop(self) -> None:
        """Ends every child in an orderly way, rank by rank; kills what does not end in time."""
        self._stopping = True
        for watcher in self._watchers.values():
            watcher.cancel()
        for rank in sorted({child.rank for child in self.children}, reverse=True):
            await asyncio.gather(*(self._end(child) for child in self.children if child.rank == rank))

    def last_words(self, child: Child) -> str:
        """Where the log is, and its last lines."""
        lines = self.log(child).read_text("utf-8", "replace").splitlines()[-3:] if self.log(child).exists() else []
        return "\n  ".join([f"Its log is {self.log(child)}:", *(line[:300] for line in lines)])

    def log(self, child: Child) -> Path:
        return self._logs / f"{child.name}.log"

    async def _launch(self, child: Child) -> asyncio.subprocess.Process:
        with _log_file(self.log(child)) as log:
            process = await asyncio.create_subprocess_exec(
                *child.command,
                env=inherited() | child.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the parent alone, which then ends them in order
                preexec_fn=die_with_parent,
            )
        self._running[child.name] = process
        return process

    async def _watch(self, child: Child) -> None:
        failures = 0
        while True:
            started = time.monotonic()
            code = await self._running[child.name].wait()
            if self._stopping:
                return
            failures = 1 if time.monotonic() - started > STEADY_SECONDS else failures + 1
            pause = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1]
            self._say(
                f"{child.name} ended ({_words(code)}); starting it again in {pause:g} s. {self.last_words(child)}"
            )
            await asyncio.sleep(pause)
            await self._launch(child)

    async def _end(self, child: Child) -> None:
        process = self._running.get(child.name)
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGCONT)
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            self._say(f"{child.name} did not end within {STOP_SECONDS:g} s and was killed")
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # and whatever it left behind
        await process.wait()


def inherited() -> dict[str, str]:
    """The parent's environment without its FALLNETZ_ settings: each child gets exactly its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FALLNETZ_")}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "", "MALLOC_ARENA_MAX": "2"}


def die_with_parent() -> None:
    """Runs in the child before its program: the kernel ends it when the parent dies, even by SIGKILL."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def answers(address: str, timeout: float = 2.0) -> bool:  # noqa: ASYNC109 - one short probe
    """Whether a GET of an http address gives 200. No HTTP library: `fallnetz up` starts without loading one."""
    parts = urlsplit(address)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
            status = await reader.readline()
            writer.close()
            return b" 200 " in status
    except (OSError, TimeoutError):
        return False


def _log_file(path: Path) -> BinaryIO:
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def _words(code: int) -> str:
    return f"by signal {signal.Signals(-code).name}" if code < 0 else f"with code {code}"
