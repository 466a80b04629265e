"""What operators see: structured logs without personal data, metrics, and traces when somebody collects them.

A log line is an event's slug and a few allow-listed fields with plain values. Exceptions appear by class and place:
their messages quote values. Lines of libraries appear without their text for the same reason.
"""

import logging
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from prometheus_client import Counter, Gauge, Histogram

from services.chassis.decoding import cause

Level = Literal["debug", "info", "warning", "error"]
Scalar = str | int | float | bool | None

FIELDS = frozenset({
    "service", "method", "status", "slug", "listener", "stream", "type", "seconds", "count", "reference", "cause",
    "attempt", "attempts", "deadline", "url", "port", "signal", "worker", "message_id", "network", "record", "notice",
    "key", "backlog", "version", "command", "child", "pid", "code",
})  # fmt: skip
"""Names that a log line may carry. None of them holds what people typed."""

_PLAIN = re.compile(r"[A-Za-z0-9_.:;,/#+=() …-]{0,300}\Z")

_log = logging.getLogger("fallnetz")

REQUESTS = Counter("fallnetz_requests_total", "Requests answered.", ["service", "method", "outcome"])
REQUEST_SECONDS = Histogram(
    "fallnetz_request_seconds",
    "From arrival to answer.",
    ["service", "method"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
MESSAGES = Counter("fallnetz_listener_messages_total", "Facts consumed.", ["listener", "outcome"])
LISTENER_LAG = Gauge("fallnetz_listener_lag_messages", "Facts that wait for a listener.", ["listener"])
DEAD_LETTERS = Counter("fallnetz_dead_letters_total", "Facts put aside.", ["listener"])
RELAY_BACKLOG = Gauge("fallnetz_relay_backlog_facts", "Facts recorded but not yet published.", ["service"])
DEADLINE_LATENESS = Histogram(
    "fallnetz_deadline_lateness_seconds",
    "From due to done, without the settling margin.",
    ["deadline"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0),
)


class Line(msgspec.Struct, gc=False):
    """A line that is written as it is, for `log_many`; what it tells are the fields of a subclass."""

    at: str
    """As `written` gives it."""
    level: Level
    service: str
    event: str


_IN_EVERY_LINE = frozenset(Line.__struct_fields__)
_encode_lines = msgspec.json.Encoder().encode_lines


def log(event: str, level: Level = "info", **fields: Scalar) -> None:
    """Writes one line. Raises ValueError for a field that is not in `FIELDS`: decide first whether it may be seen."""
    _expect_allowed(fields.keys())
    number = logging.getLevelNamesMapping()[level.upper()]
    if _log.isEnabledFor(number):
        _log.log(number, event, extra={"fields": {name: plain(value) for name, value in fields.items()}})


def written(moment: datetime) -> str:
    """A moment as lines carry it."""
    return moment.isoformat(timespec="milliseconds")


def log_error(event: str, error: BaseException, **fields: Scalar) -> None:
    """Writes what failed and where, without the exception's message."""
    log(event, "error", cause=cause(error), **fields)


def log_many(lines: Sequence[Line]) -> None:
    """Writes many lines at once; as `log`, but for what happens too often to be looked at value by value: whoever makes
    the lines sees to it that their texts are `plain`. Raises ValueError for a field that is not in `FIELDS`."""
    for kind in {type(line) for line in lines}:
        _expect_allowed(set(kind.__struct_fields__) - _IN_EVERY_LINE)
    if not _log.isEnabledFor(logging.INFO):
        return
    text = _encode_lines(lines).decode()
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.stream.write(text)
            handler.flush()


def _expect_allowed(names: AbstractSet[str]) -> None:
    if unknown := names - FIELDS:
        raise ValueError(f"log fields are allow-listed; not among them: {', '.join(sorted(unknown))}")


def plain(value: object) -> Scalar:
    """The value as a line may carry it; "withheld" for a text in which anything could stand."""
    if isinstance(value, str) and _PLAIN.match(value):
        return value
    return value if isinstance(value, int | float | None) else "withheld"


class JsonFormatter(logging.Formatter):
    """One JSON object for each line."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": written(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "service": self._service,
        }
        if record.name == _log.name:
            line |= {"event": record.msg, **getattr(record, "fields", {})}
        elif record.name.startswith("services."):  # a constant text, and fields given as `extra`
            given = {name: plain(value) for name, value in vars(record).items() if name in FIELDS}
            line |= {"event": plain(str(record.msg)), **given}
        else:
            line |= {"event": "library", "library": record.name, "place": f"{record.filename}:{record.lineno}"}
            if record.exc_info and record.exc_info[1]:
                line["cause"] = cause(record.exc_info[1])
        if trace := _trace_id():
            line["trace"] = trace
        return msgspec.json.encode(line).decode()


def start_logging(service: str, level: str = "info") -> None:
    """Sends every log line of this process to stderr as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for own in (_log, logging.getLogger("services")):
        own.setLevel(logging.getLevelNamesMapping()[level.upper()])


# Traces --------------------------------------------------------------------------------------------------------------

_tracer: Any = None
_propagator: Any = None


def start_tracing(service: str, endpoint: str) -> None:
    """Loads OpenTelemetry and sends spans to `endpoint` (OTLP over HTTP). Without an endpoint nothing is loaded."""
    global _tracer, _propagator
    if not endpoint:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    _tracer, _propagator = provider.get_tracer("fallnetz"), TraceContextTextMapPropagator()


def stop_tracing() -> None:
    """Sends what is left."""
    global _tracer, _propagator
    if _tracer is not None:
        provider = _tracer.span_processor
        provider.shutdown()
        _tracer = _propagator = None


def tracing() -> bool:
    return _tracer is not None


@contextmanager
def span(name: str, headers: Mapping[str, str] | None = None) -> Iterator[None]:
    """A span that continues the trace in `headers`. Does nothing while no traces are collected."""
    if _tracer is None:
        yield
        return
    context = _propagator.extract(dict(headers or {}))
    with _tracer.start_as_current_span(name, context=context, record_exception=False, set_status_on_exception=False):
        yield


def trace_headers() -> dict[str, str] | None:
    """The headers that carry the current trace over the bus; None while no traces are collected."""
    if _propagator is None:
        return None
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier or None


def _trace_id() -> str:
    if _tracer is None:
        return ""
    from opentelemetry.trace import get_current_span

    number = get_current_span().get_span_context().trace_id
    return f"{number:032x}" if number else ""
