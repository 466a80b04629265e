"""The outermost layer: stamps each arrival, lets nothing escape without an answer, and counts."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from time import perf_counter

from prometheus_client import Counter, Histogram

from contracts.request import Refused
from services.chassis import http_bodies, telemetry
from services.gateway.arrival import SCOPE_KEY, Arrival, Receive, Scope, Send, arrival_of
from services.gateway.problem_pages import answer_problem
from services.gateway.refusals import method_not_allowed, said, unexpected
from services.gateway.request_log import RequestLog, log_failure

Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
Respond = Callable[[Arrival, Scope, Receive, Send], Awaitable[None]]

_REQUESTS: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
_TRACE = ("traceparent", "tracestate")
_VERBS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


class Door:
    """Wraps the application. One plain function call for each request: middleware of the framework costs more."""

    def __init__(self, application: Asgi, *, secure: bool, log: RequestLog) -> None:
        self._application = application
        self._secure = secure
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        started = perf_counter()
        arrival = scope[SCOPE_KEY] = Arrival(scope, secure=self._secure)
        # Litestar 2.25 looks an ASGI route's path parameters up by the request's verb, but files them under "asgi".
        # Our endpoints take the verb from the arrival.
        scope["method"] = "asgi"
        try:
            await self._application(scope, receive, send)
        except http_bodies.Gone:
            arrival.status = 499
        except Exception as error:  # noqa: BLE001 - the last one: nobody may see a bare connection failure
            await failed(arrival, send, error)
        seconds = perf_counter() - started
        _count(arrival, seconds)
        self.log.note(arrival, seconds)


async def failed(arrival: Arrival, send: Send, error: Exception) -> None:
    """Answers what nobody foresaw. The cause goes to the log, the client gets a reference to it."""
    log_failure(arrival, error)
    if not arrival.responded:
        await answer_problem(arrival, send, unexpected(arrival))


def endpoint(template: str, verbs: Mapping[str, Respond]) -> Asgi:
    """What stands at one address: its verbs, HEAD as GET without a body, OPTIONS, and refusals as problems."""
    allowed = ", ".join(sorted({*verbs, *({"HEAD"} if "GET" in verbs else set()), "OPTIONS"}))

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        arrival = arrival_of(scope)
        arrival.route = template
        respond = verbs.get("GET" if arrival.method == "HEAD" else arrival.method)
        try:
            if respond is not None and telemetry.tracing():
                with _traced(arrival):
                    await respond(arrival, scope, receive, send)
            elif respond is not None:
                await respond(arrival, scope, receive, send)
            elif arrival.method == "OPTIONS":
                await arrival.respond(send, 204, b"", headers=[(b"allow", allowed.encode())])
            else:
                await answer_problem(
                    arrival, send, said(arrival, method_not_allowed(allowed)), ((b"allow", allowed.encode()),)
                )
        except Refused as refused:
            await answer_problem(arrival, send, said(arrival, refused))
            if arrival.body_waits:
                await http_bodies.let_finish(receive)

    return answer


def _traced(arrival: Arrival) -> AbstractContextManager[None]:
    """Continues the caller's trace (W3C Trace Context)."""
    found = {
        name: arrival.headers[name.encode()].decode("latin-1") for name in _TRACE if name.encode() in arrival.headers
    }
    return telemetry.span(f"{arrival.method} {arrival.route}", found)


def _count(arrival: Arrival, seconds: float) -> None:
    key = (arrival.method if arrival.method in _VERBS else "other", arrival.route, arrival.status)
    series = _REQUESTS.get(key)
    if series is None:
        verb_and_route = f"{key[0]} {arrival.route}"
        series = _REQUESTS[key] = (
            telemetry.REQUESTS.labels("gateway", verb_and_route, str(arrival.status)),
            telemetry.REQUEST_SECONDS.labels("gateway", verb_and_route),
        )
    series[0].inc()
    series[1].observe(seconds)
