"""The changes feed as server-sent events (G4; HTML Living Standard § 9.2): what was missed, then each new change.

Nothing is kept for a reader: a wake on the bus makes the stream ask the feed again, as the actor. So whoever lost the
right to read gets nothing more (L3), and who reads slowly is dropped and resumes with Last-Event-ID.
"""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec

from contracts.ids import NetworkId
from contracts.notifications.changes import LIST_CHANGES, Changes, ListChanges
from contracts.request import Actor, Refused
from services.chassis import clock
from services.gateway import refusals
from services.gateway.arrival import Arrival, Receive, Scope, Send
from services.gateway.commands import Behind, Command
from services.gateway.live import Bell, Live, Places
from services.gateway.route import Route
from services.gateway.versions import version_header

EVENTS = b"text/event-stream"
_POSITION = re.compile(rb"(0|[1-9][0-9]{0,15})\Z")
_PART = 500
"""Changes asked for at once."""
_BEGIN = b"retry: 2000\n"
_HEARTBEAT = b": still here\n\n"
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Pace:
    """Seconds."""

    heartbeat: float = 15.0
    """Between signs of life; the feed is looked at then too, since a wake may be lost."""
    coalesce: float = 0.05
    """Between two questions to the feed at least."""
    patience: float = 10.0
    """A reader that has not taken what was sent after this time is dropped."""


class Streams:
    """What all streams of this process share."""

    def __init__(self, live: Live, places: Places, pace: Pace) -> None:
        self.live = live
        self.places = places
        self.pace = pace
        self.stopping = asyncio.Event()
        """Set before the server stops: every stream says so and ends."""


class _Dropped(Exception):
    """The reader went away or takes nothing."""


class ChangeStream(Command):
    """The route of the stream. Its question to the feed is the same as that of the plain list."""

    def __init__(self, route: Route, behind: Behind, streams: Streams) -> None:
        super().__init__(route, behind)
        self._streams = streams

    async def carry_out(self, arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:
        arrival.more = (version_header(arrival.headers), *self._farewell)
        if not arrival.accepts(EVENTS):
            raise refusals.not_acceptable(EVENTS.decode())
        actor, expires = await self._admit(arrival, scope)
        if actor is None:
            raise Refused("not-signed-in", "Sign in to follow the changes.", status=401)
        values = self._from_address(scope)
        network = values["network"]
        after = _position(arrival.headers, values)
        with self._streams.places.taken_by((actor.issuer, actor.subject)):
            async with self._streams.live.watching(network) as bell:
                reader = _Reader(arrival, send, self._streams.pace)
                feed = _Feed(self._behind, network, actor, arrival.locale, after)
                first = await feed.go_on()
                await reader.start(feed.after)
                if arrival.method == "HEAD":
                    return
                following = _Following(feed, reader, bell, self._streams, expires)
                with suppress(_Dropped):
                    await following.run(first, receive)


class _Feed:
    """The feed as the actor may see it, from a position on."""

    def __init__(self, behind: Behind, network: NetworkId, actor: Actor, locale: str, after: int | None) -> None:
        self._behind = behind
        self._network = network
        self._actor = actor
        self._locale = locale
        self.after = after or 0
        self._from_now = after is None

    async def go_on(self) -> Changes:
        """The next part. Raises Refused, as the feed does."""
        asked = ListChanges(network=self._network, after=self.after, limit=_PART, newest=self._from_now)
        part = await self._behind.bus.ask(
            LIST_CHANGES,
            asked,
            network=self._network,
            actor=self._actor,
            locale=self._locale,
            timeout=self._behind.timeout_seconds,
        )
        self._from_now = False
        self.after = part.next or part.last
        return part


class _Reader:
    """The connection. Sends are awaited, so that nothing piles up here for a reader that is slow."""

    def __init__(self, arrival: Arrival, send: Send, pace: Pace) -> None:
        self._arrival = arrival
        self._send = send
        self._pace = pace

    async def start(self, position: int) -> None:
        """Headers, and where the stream stands: a reader that is cut off at once resumes from here."""
        arrival = self._arrival
        arrival.status, arrival.responded = 200, True
        headers = arrival.headers_of(200, None, EVENTS, ((b"x-accel-buffering", b"no"),))
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        if arrival.method == "HEAD":
            await self._send({"type": "http.response.body", "body": b""})
        else:
            await self.write(_BEGIN + b"id: %d\n\n" % position)

    async def write(self, content: bytes, *, more: bool = True) -> None:
        try:
            async with asyncio.timeout(self._pace.patience):
                await self._send({"type": "http.response.body", "body": content, "more_body": more})
        except (TimeoutError, OSError, RuntimeError):
            raise _Dropped from None

    async def end(self, refused: Refused) -> None:
        """Says why nothing more comes, as a problem (RFC 9457), and closes."""
        written = refusals.document_bytes(refusals.said(self._arrival, refused), self._arrival)
        await self.write(b"event: end\ndata: %s\n\n" % written, more=False)


class _Following:
    """One open stream, until the reader goes, the feed refuses, the sign-in expires or the server stops."""

    def __init__(self, feed: _Feed, reader: _Reader, bell: Bell, streams: Streams, expires: float | None) -> None:
        self._feed = feed
        self._reader = reader
        self._bell = bell
        self._streams = streams
        self._expires = expires

    async def run(self, first: Changes, receive: Receive) -> None:
        gone = asyncio.create_task(_until_gone(receive))
        stopping = asyncio.create_task(self._streams.stopping.wait())
        try:
            await self._hand_on(first)
            ending = await self._follow(gone, stopping)
            if ending is not None:
                await self._reader.end(ending)
        finally:
            for task in (gone, stopping):
                task.cancel()
            await asyncio.gather(gone, stopping, return_exceptions=True)

    async def _follow(self, gone: asyncio.Task[None], stopping: asyncio.Task[bool]) -> Refused | None:
        """Why it ends; None: nobody reads any more."""
        while True:
            woken = await self._wait(gone, stopping)
            if gone.done():
                return None
            if stopping.done():
                return Refused("stopping", "The server restarts; connect again.", status=503, retry_after=1)
            if self._expires is not None and clock.now().timestamp() >= self._expires:
                return Refused("not-signed-in", "The token has expired; sign in again.", status=401)
            self._bell.still()
            try:
                passed = await self._hand_on(await self._feed.go_on())
            except Refused as refused:
                if refused.problem.status < 500:
                    return refused
                passed = False  # somebody is away: the next look may succeed
            if not (woken or passed):
                await self._reader.write(_HEARTBEAT)
            await asyncio.sleep(self._streams.pace.coalesce)

    async def _wait(self, gone: asyncio.Task[None], stopping: asyncio.Task[bool]) -> bool:
        """Until something is to be done. True: the bell rang."""
        pause = self._streams.pace.heartbeat
        if self._expires is not None:
            pause = min(pause, max(0.0, self._expires - clock.now().timestamp()))
        rung = asyncio.create_task(self._bell.wait())
        try:
            await asyncio.wait({rung, gone, stopping}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
            return rung.done()
        finally:
            rung.cancel()

    async def _hand_on(self, part: Changes) -> bool:
        """Writes what came, part by part; True if anything did."""
        passed = False
        while True:
            if part.changes:
                await self._reader.write(b"".join(_event(change.id, _encode(change)) for change in part.changes))
                passed = True
            if part.next is None:
                return passed
            part = await self._feed.go_on()


def _event(number: int, data: bytes) -> bytes:
    return b"id: %d\nevent: change\ndata: %s\n\n" % (number, data)


def _position(headers: Mapping[bytes, bytes], values: Mapping[str, Any]) -> int | None:
    """What a reconnecting reader says it saw last wins over the address that it first came with. None: from now on."""
    last = headers.get(b"last-event-id", b"")
    if not last:
        after: int | None = values.get("after")
        return after
    if not _POSITION.match(last):
        raise Refused("header-invalid", "The header Last-Event-ID must hold the id of an event.", status=400)
    return int(last)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
