"""The asking side of requests on the bus: one shared reply inbox, deadlines, and a named refusal for every way to fail.

Raw nats-py on purpose: see docs/decisions/0003-raw-nats-for-requests.md for the figures.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypedDict, TypeVar

import msgspec
from msgspec import Raw, Struct
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import MaxPayloadError

from contracts.event import INSTALLATION, request_subject
from contracts.ids import NetworkId, OrganisationId
from contracts.request import Actor, Answer, Call, Method, Problem, Refused
from services.chassis import clock, telemetry
from services.chassis.away import AWAY

Asked = TypeVar("Asked", bound=Struct)
Answered = TypeVar("Answered")

RESULT = b'{"result":'
"""How an envelope with a result begins; what follows, up to the last brace, is the result itself."""

_PROBLEM = msgspec.json.Decoder(Answer)
_encode = msgspec.json.Encoder().encode


def refused(problem: Problem) -> Refused:
    """A service's problem as an exception again."""
    return Refused(
        problem.slug, problem.detail, status=problem.status, field=problem.field, retry_after=problem.retry_after
    )


def unavailable(service: str) -> Refused:
    detail = "The service {service} cannot be reached at the moment. Try again shortly; repeat a POST with its key."
    return Refused("service-unavailable", detail, status=503, retry_after=2, words={"service": service})


def deadline_exceeded() -> Refused:
    detail = "There was no answer in time. Try again; repeat a POST with the same Idempotency-Key."
    return Refused("deadline-exceeded", detail, status=504, retry_after=2)


class Asking(TypedDict, total=False):
    """What goes with a request; what is left out has the default of `Asker.ask`."""

    network: NetworkId
    actor: Actor | None
    at: datetime | None
    """The moment of arrival that counts; None: now."""
    key: str | None
    """Idempotency key."""
    locale: str
    timeout: float
    """Seconds."""


class Asker:
    """Sends requests and pairs answers with them."""

    def __init__(self, client: Client, organisation: str) -> None:
        self._client = client
        self._subject = _subjects(OrganisationId(organisation))
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._inbox = ""
        self._sent = 0

    async def start(self) -> None:
        self._inbox = f"{self._client.new_inbox()}."
        await self._client.subscribe(f"{self._inbox}*", cb=self._arrived)
        await self._client.flush()

    def connection_lost(self) -> None:
        """Nobody will answer what was under way: tell those who wait instead of letting them wait."""
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionError())

    async def ask(
        self,
        method: Method[Asked, Answered],
        body: bytes,
        *,
        network: NetworkId = INSTALLATION,
        actor: Actor | None = None,
        at: datetime | None = None,
        key: str | None = None,
        locale: str = "de",
        timeout: float = 2.0,  # noqa: ASYNC109 - it travels with the request
    ) -> bytes:
        """Sends an encoded request and gives back the encoded result.

        Raises Refused: the service's own problem, `service-unavailable` (503), `deadline-exceeded` (504),
        `too-large` (413).
        """
        now = clock.now()
        call = Call(
            at=at or now,
            until=now + timedelta(seconds=timeout),
            actor=actor,
            key=key,
            locale=locale,
            body=Raw(body),
        )
        subject = self._subject(network, method.service, method.name)
        if telemetry.tracing():
            with telemetry.span(f"ask {method.service}.{method.name}"):
                answer = await self._exchange(subject, _encode(call), timeout, method.service)
        else:
            answer = await self._exchange(subject, _encode(call), timeout, method.service)
        if answer.startswith(RESULT):
            return answer[len(RESULT) : -1]
        problem = _PROBLEM.decode(answer).problem
        if problem is None:
            raise unavailable(method.service)
        raise refused(problem)

    async def _exchange(self, subject: str, payload: bytes, seconds: float, service: str) -> bytes:
        loop = asyncio.get_running_loop()
        self._sent += 1
        token = str(self._sent)
        answer: asyncio.Future[bytes] = loop.create_future()
        self._waiting[token] = answer
        bell = loop.call_later(seconds, _give_up, answer)
        try:
            await self._client.publish(subject, payload, reply=self._inbox + token, headers=telemetry.trace_headers())
            return await answer
        except TimeoutError:
            raise deadline_exceeded() from None
        except MaxPayloadError:
            raise Refused("too-large", "This is more than one request may carry.", status=413) from None
        except AWAY:
            raise unavailable(service) from None
        finally:
            bell.cancel()
            del self._waiting[token]

    async def _arrived(self, message: Msg) -> None:
        answer = self._waiting.get(message.subject[len(self._inbox) :])
        if answer is None or answer.done():
            return
        if message.headers and message.headers.get("Status") == "503":
            answer.set_exception(ConnectionError())
        else:
            answer.set_result(message.data)


def _give_up(answer: asyncio.Future[bytes]) -> None:
    if not answer.done():
        answer.set_exception(TimeoutError())


def _subjects(organisation: OrganisationId) -> Callable[[NetworkId, str, str], str]:
    @lru_cache(4096)
    def subject(network: NetworkId, service: str, method: str) -> str:
        try:
            return request_subject(network, organisation, service, method)
        except ValueError:
            raise Refused("not-found", "There is no network with this id.", status=404) from None

    return subject
