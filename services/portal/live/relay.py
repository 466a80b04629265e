"""The gateway's stream of changes, handed on to the browsers of one session: however many pages are open, one stream.

The portal reads with the session's token. When the gateway ends the stream because the right to read is gone, every
page is told to look again, and then shows nothing more (L3).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from contracts.notifications.changes import Change
from services.chassis import telemetry
from services.portal.api import API
from services.portal.signing_in.handlers import Sessions
from services.portal.signing_in.oidc import Client, ProviderFailed, SignInRefused
from services.portal.signing_in.sessions import Session

SILENCE_SECONDS = 45.0
"""The gateway gives a sign of life every 15 s: after so long without one the connection is given up."""
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
WAITING = 500
"""Events that may wait for one page; a page that takes none is told to look again instead."""
LOOK_AGAIN = b"event: refresh\ndata:\n\n"
HEARTBEAT = b": still here\n\n"
BEGIN = b"id: open\nretry: 3000\n\n"
"""The id is what a browser names when it connects again (HTML Living Standard § 9.2.4): it may have missed some."""
END = b""

Queue = asyncio.Queue[bytes]


class _Ended(Exception):
    """The gateway lets the person read no more."""


class _Problem(Struct, frozen=True):
    status: int = 0


class Relay:
    """All streams of this process, by session and network."""

    def __init__(self, http: httpx.AsyncClient, sessions: Sessions, clients: dict[str, Client]) -> None:
        self._http = http
        self._sessions = sessions
        self._clients = clients
        self._channels: dict[tuple[str, str], _Channel] = {}
        self._closed = False

    async def follow(
        self, session: Session, network: str, member: str | None, *, again: bool = False
    ) -> AsyncIterator[bytes]:
        """For one page, until it closes, the right to read ends or the server stops. `again`: the page was connected
        before, and looks at once what it has missed."""
        if self._closed:
            return
        key = (session.id, network)
        channel = self._channels.get(key)
        if channel is None:
            channel = self._channels[key] = _Channel(
                self._http, self._sessions, self._clients, session, network, member
            )
        queue: Queue = asyncio.Queue(WAITING)
        channel.readers.add(queue)
        channel.start()
        try:
            yield BEGIN + LOOK_AGAIN if again else BEGIN
            while (message := await queue.get()) != END:
                yield message
        finally:
            channel.readers.discard(queue)
            if not channel.readers:
                self._channels.pop(key, None)
                channel.stop()

    def end(self, session: str) -> None:
        """At sign-out."""
        for (owner, _network), channel in list(self._channels.items()):
            if owner == session:
                channel.tell(LOOK_AGAIN)
                channel.tell(END)

    def close(self) -> None:
        """Before the server stops, which waits for every open stream: their pages connect to the next one."""
        self._closed = True
        for channel in list(self._channels.values()):
            channel.tell(END)


class _Channel:
    def __init__(
        self,
        http: httpx.AsyncClient,
        sessions: Sessions,
        clients: dict[str, Client],
        session: Session,
        network: str,
        member: str | None,
    ) -> None:
        self.readers: set[Queue] = set()
        self._http = http
        self._sessions = sessions
        self._client = clients.get(session.person.issuer)
        self._session = session
        self._network = network
        self._member = member
        self._last = ""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def tell(self, message: bytes) -> None:
        for queue in self.readers:
            try:
                queue.put_nowait(message)
            except asyncio.QueueFull:
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(LOOK_AGAIN if message != END else END)

    async def _run(self) -> None:
        """Reads on and on; after a break what was missed comes first (Last-Event-ID)."""
        failures = 0
        while True:
            try:
                await self._read()
                failures = 0
            except (_Ended, SignInRefused):
                break
            except (httpx.HTTPError, ProviderFailed):
                failures += 1
            except Exception as error:  # noqa: BLE001 - pages must hear of the end, whatever it was
                telemetry.log_error("live-failed", error)
                break
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
        self.tell(LOOK_AGAIN)
        self.tell(END)

    async def _read(self) -> None:
        if self._client is None or not await self._sessions.alive(self._session.id):
            raise _Ended
        self._session = await self._sessions.fresh(self._session, self._client)
        headers = {"Authorization": f"Bearer {self._session.tokens.access}", "Accept": "text/event-stream"}
        if self._member:
            headers["Fallnetz-Member"] = self._member
        if self._last:
            headers["Last-Event-ID"] = self._last
        path = f"{API}/networks/{self._network}/changes/stream"
        timeout = httpx.Timeout(5.0, read=SILENCE_SECONDS)
        async with self._http.stream("GET", path, headers=headers, timeout=timeout) as answer:
            _expect_open(answer.status_code)
            await self._hand_on(answer)

    async def _hand_on(self, answer: httpx.Response) -> None:
        name, data = "", ""
        async for line in answer.aiter_lines():
            field, _, value = line.partition(":")
            match field:
                case "" if line:  # a comment: the sign of life
                    if not await self._sessions.alive(self._session.id):
                        raise _Ended
                    self.tell(HEARTBEAT)
                case "id":
                    self._last = value.strip()
                case "event":
                    name = value.strip()
                case "data":
                    data += value.removeprefix(" ")
                case "":
                    self._event(name, data)
                    name, data = "", ""

    def _event(self, name: str, data: str) -> None:
        if name == "end":
            with suppress(msgspec.MsgspecError):
                _expect_open(msgspec.json.decode(data, type=_Problem).status)
            return
        if name == "change":
            change = msgspec.json.decode(data, type=Change)
            self.tell(written(change))


def _expect_open(status: int) -> None:
    """401: the token has run out, the next attempt takes a fresh one; other refusals are final; faults pass."""
    if 400 <= status < 500 and status not in {401, 408, 429}:
        raise _Ended
    if status >= 500 or status in {408, 429}:
        raise httpx.HTTPError("not open just now")


def written(change: Change) -> bytes:
    """An event for the entity (`ballot`) and one for each thing that it is about (`ballot.bal_…`)."""
    parts = change.type.split(".")
    entity = parts[1] if len(parts) > 2 else parts[0]
    names = [entity, *(f"{kind}.{about}" for kind, about in change.about.items())]
    lines: list[Any] = [b"event: %s\ndata: %d\n\n" % (name.encode(), change.id) for name in names]
    return b"".join(lines)
