"""The answering side of requests on the bus: strict decoding, one transaction, always an envelope, never silence.

Raw nats-py on purpose: see docs/decisions/0003-raw-nats-for-requests.md for the figures.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import cache
from time import perf_counter
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import MaxPayloadError
from prometheus_client import Counter, Histogram

from contracts.event import token
from contracts.request import Call, Method, Problem, Refused
from services.chassis import answers, clock, ids, telemetry, texts
from services.chassis.asking import RESULT, deadline_exceeded
from services.chassis.away import AWAY
from services.chassis.database import Database, Transaction
from services.chassis.decoding import FAULTS, decode, malformed

Asked = TypeVar("Asked", bound=Struct)
Answered = TypeVar("Answered")
Found = TypeVar("Found")
Run = Callable[[Transaction, Call, Asked], Answered | Problem]
RunAfter = Callable[[Transaction, Call, Asked, Found], Answered | Problem]
LookUp = Callable[[Call, Asked], Awaitable[Found]]

_encode = msgspec.json.Encoder().encode
_CALL = msgspec.json.Decoder(Call)


class _Spoken(Struct):
    locale: str = "en"


_LOCALE = msgspec.json.Decoder(_Spoken)
"""Of a call only its language: refusals are rare, calls are many."""


class _Answer(Generic[Asked, Answered]):
    """One method with what answers it."""

    def __init__(self, method: Method[Asked, Answered], run: Run[Asked, Answered]) -> None:
        self.method = method
        self.run = run
        self.decoder = msgspec.json.Decoder(method.asks)
        self.texts = texts.of("services.chassis")

    def envelope(self, tx: Transaction, call: Call, request: Asked) -> bytes:
        result = self.run(tx, call, request)
        if isinstance(result, Problem):
            return _problem(replace(result, detail=self.texts.translate(call.locale, result.detail)))
        return RESULT + _encode(result) + b"}"

    def read(self, tx: Transaction, call: Call, request: Asked) -> bytes:
        in_time(call)
        return self.envelope(tx, call, request)

    def write(self, tx: Transaction, call: Call, request: Asked) -> bytes:
        def run() -> bytes:
            envelope = self.envelope(tx, call, request)
            in_time(call)
            return envelope

        in_time(call)
        if call.key is None:
            return run()
        return answers.once(tx, call, self.method.name, run, shown_once=self.method.shown_once)

    async def prepared(self, _call: Call, _request: Asked) -> "_Answer[Asked, Answered]":
        """This, with whatever had to be found out before the transaction."""
        return self


class _AnswerAfter(_Answer[Asked, Answered]):
    """One method whose answer needs something of another service first."""

    def __init__(
        self, method: Method[Asked, Answered], look_up: LookUp[Asked, Any], run: RunAfter[Asked, Any, Answered]
    ) -> None:
        super().__init__(method, _unprepared)
        self.look_up = look_up
        self.run_after = run

    async def prepared(self, _call: Call, _request: Asked) -> _Answer[Asked, Answered]:
        found = await self.look_up(_call, _request)
        answer = _Answer(self.method, lambda tx, same, asked: self.run_after(tx, same, asked, found))
        answer.texts = self.texts
        return answer


def _unprepared(_tx: Transaction, _call: Call, _request: Any) -> Any:
    raise RuntimeError("call prepared() first")


class Requests:
    """What a feature answers. A function that returns a Problem commits what it did and answers the problem."""

    def __init__(self) -> None:
        self.answerers: dict[str, _Answer[Any, Any]] = {}

    def answers(self, method: Method[Asked, Answered]) -> Callable[[Run[Asked, Answered]], Run[Asked, Answered]]:
        """Registers the function that answers `method`. Raises ValueError for a second one."""

        def register(run: Run[Asked, Answered]) -> Run[Asked, Answered]:
            if method.name in self.answerers:
                raise ValueError(f"{method.name} is answered twice")
            self.answerers[method.name] = _Answer(method, run)
            return run

        return register

    def answers_after(
        self, method: Method[Asked, Answered], look_up: LookUp[Asked, Found]
    ) -> Callable[[RunAfter[Asked, Found, Answered]], RunAfter[Asked, Found, Answered]]:
        """Registers a function that needs something of another service: `look_up` is awaited before the transaction
        begins, and what it gives is the function's fourth argument. What it raises is the answer."""

        def register(run: RunAfter[Asked, Found, Answered]) -> RunAfter[Asked, Found, Answered]:
            if method.name in self.answerers:
                raise ValueError(f"{method.name} is answered twice")
            self.answerers[method.name] = _AnswerAfter(method, look_up, run)
            return run

        return register


def in_time(call: Call) -> None:
    """Raises Refused `deadline-exceeded` when nobody waits for the answer any more."""
    if clock.now() > call.until:
        raise deadline_exceeded()


class Answering:
    """Serves a service's requests from the bus, each in its own task, `most` at a time."""

    def __init__(
        self,
        client: Client,
        database: Database,
        service: str,
        organisation: str,
        requests: Sequence[Requests],
        *,
        most: int = 256,
    ) -> None:
        self._client = client
        self._database = database
        self._service = service
        self._subject = f"rpc.*.{token(organisation)}.{token(service)}.*.v1"
        self._answerers: dict[str, _Answer[Any, Any]] = {}
        for registry in requests:
            if twice := self._answerers.keys() & registry.answerers.keys():
                raise ValueError(f"answered twice: {', '.join(sorted(twice))}")
            self._answerers |= registry.answerers
        self._texts = texts.of(f"services.{service}")
        for answerer in self._answerers.values():
            answerer.texts = self._texts
        self._most = most
        self._running: set[asyncio.Task[None]] = set()
        self._subscription: Subscription | None = None

    async def start(self) -> None:
        self._subscription = await self._client.subscribe(self._subject, queue=self._service, cb=self._arrived)
        await self._client.flush()

    async def stop(self) -> None:
        """Takes no new request and finishes the running ones."""
        if self._subscription is not None and not self._client.is_closed:
            with suppress(*AWAY):  # not connected: nothing arrives any more anyway
                await self._subscription.drain()  # type: ignore[no-untyped-call]
        if self._running:
            await asyncio.wait(self._running, timeout=10)

    async def _arrived(self, message: Msg) -> None:
        if len(self._running) >= self._most:
            detail = "Too many requests at once. Try again in a moment."
            await self._send(
                message, self._said(Refused("overloaded", detail, status=503, retry_after=1), message.data)
            )
            return
        task = asyncio.create_task(self._serve(message))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _serve(self, message: Msg) -> None:
        began = perf_counter()
        name = message.subject.rsplit(".", 2)[1]
        outcome = "answered"
        try:
            if telemetry.tracing():
                with telemetry.span(f"answer {self._service}.{name}", message.headers):
                    envelope = await self._answer(name, message.data)
            else:
                envelope = await self._answer(name, message.data)
        except Refused as refusal:
            outcome, envelope = refusal.slug, self._said(refusal, message.data)
        except Exception as error:  # noqa: BLE001 - whatever happens, the caller gets an answer
            outcome, envelope = "internal-error", self._said(self._failed(name, error), message.data)
        await self._send(message, envelope)
        known = name if name in self._answerers else "unknown"
        count, seconds = self._measures(known, outcome)
        count.inc()
        seconds.observe(perf_counter() - began)

    @cache  # noqa: B019 - lives as long as the service; looking labels up costs more than counting
    def _measures(self, method: str, outcome: str) -> tuple[Counter, Histogram]:
        seconds = telemetry.REQUEST_SECONDS.labels(self._service, method)
        return telemetry.REQUESTS.labels(self._service, method, outcome), seconds

    async def _answer(self, name: str, data: bytes) -> bytes:
        answerer = self._answerers.get(name)
        if answerer is None:
            detail = "The service {service} has no such request."
            raise Refused("unknown-method", detail, status=404, words={"service": self._service})
        call = _call(data)
        in_time(call)
        request = decode(answerer.decoder, call.body)
        answerer = await answerer.prepared(call, request)
        if answerer.method.writes:
            return await self._database.write(answerer.write, call, request)
        return await self._database.read(answerer.read, call, request)

    def _failed(self, name: str, error: Exception) -> Refused:
        reference = ids.new("err")
        telemetry.log_error("request-failed", error, service=self._service, method=name, reference=reference)
        detail = "Something went wrong on our side; nothing was changed. Reference: {reference}"
        return Refused("internal-error", detail, status=500, words={"reference": reference})

    def _said(self, refusal: Refused, data: bytes) -> bytes:
        """The refusal in the caller's language; in English if the call cannot be read."""
        try:
            locale = _LOCALE.decode(data).locale
        except FAULTS:
            locale = "en"
        return _problem(self._texts.problem(locale, refusal))

    async def _send(self, message: Msg, envelope: bytes) -> None:
        if not message.reply:
            return
        try:
            await self._client.publish(message.reply, envelope)
        except MaxPayloadError:
            refusal = Refused("answer-too-large", "The answer is too large. Ask for fewer rows.", status=422)
            await self._client.publish(message.reply, self._said(refusal, message.data))
        except AWAY as error:
            telemetry.log_error("answer-not-sent", error, service=self._service)


def _call(data: bytes) -> Call:
    try:
        return _CALL.decode(data)  # the body stays raw, so that its errors are named from its own root
    except FAULTS as error:
        raise malformed(error) from None


def _problem(problem: Problem) -> bytes:
    """Not `encode(Answer(…))`: that writes `"result":null` first, and an envelope is told by how it begins."""
    return b'{"problem":' + _encode(problem) + b"}"
