"""What operators see: logs that hold no personal data, metrics, health, and traces across the bus."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.chassis import measuring, telemetry
from services.chassis.bus import Bus
from services.chassis.database import Database
from services.chassis.health import Health
from services.chassis.nats_server import NatsServer
from services.chassis.service import Service
from tests import databases, notebook
from tests.notebook import GET_NOTE, KEEP_NOTE, NETWORK, GetNote, KeepNote, Reader


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    telemetry.start_logging("notebook", "debug")
    yield written
    root.handlers[:] = before


def read(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_its_event_and_fields(lines: io.StringIO) -> None:
    telemetry.log("dead-letter", "warning", listener="receipts", attempts=8)
    (line,) = read(lines)
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "warning", "service": "notebook", "event": "dead-letter", "listener": "receipts", "attempts": 8,
    }  # fmt: skip


def test_a_field_that_nobody_allowed_is_refused_when_written() -> None:
    with pytest.raises(ValueError, match="email"):
        telemetry.log("mail-sent", email="ada@example.org")


@pytest.mark.parametrize("value", ["ada@example.org", "Ada Lovelace!", "x" * 400, "a\nb", "Köln"])
def test_a_value_that_could_be_personal_is_withheld(lines: io.StringIO, value: str) -> None:
    telemetry.log("event", slug=value)
    assert read(lines)[0]["slug"] == "withheld"


def test_an_exception_appears_without_its_message(lines: io.StringIO) -> None:
    try:
        int("Ada Lovelace")
    except ValueError as error:
        telemetry.log_error("failed", error)
    assert "Lovelace" not in lines.getvalue()
    assert "ValueError at tests/chassis/test_telemetry.py" in read(lines)[0]["cause"]


def test_lines_of_libraries_appear_without_their_text(lines: io.StringIO) -> None:
    logging.getLogger("sqlalchemy.engine").warning("INSERT … %s", "Ada Lovelace")
    assert "Lovelace" not in lines.getvalue()
    assert read(lines)[0]["library"] == "sqlalchemy.engine"


def test_lines_of_our_modules_keep_their_constant_text_and_allowed_fields(lines: io.StringIO) -> None:
    logging.getLogger("services.x").warning("it starts again", extra={"stream": "EVENTS", "email": "ada@example.org"})
    (line,) = read(lines)
    assert (line["event"], line["stream"]) == ("it starts again", "EVENTS")
    assert "ada" not in lines.getvalue()


async def test_health_tells_ready_from_live_and_serves_metrics() -> None:
    reasons = ["no connection to the bus"]
    health = Health(0, lambda: reasons)
    health.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{health.port}") as client:
            assert (await client.get("/health/live")).status_code == 200
            away = await client.get("/health/ready")
            assert (away.status_code, away.json()["reasons"]) == (503, reasons)
            reasons.clear()
            assert (await client.get("/health/ready")).status_code == 200
            assert "fallnetz_requests_total" in (await client.get("/metrics")).text
            assert (await client.get("/other")).status_code == 404
    finally:
        health.stop()


async def test_requests_and_facts_are_counted(broker: NatsServer, tmp_path: Path) -> None:
    reader = Reader("counted")
    settings = notebook.settings(broker.url, tmp_path)
    service = Service("notebook", settings=settings, requests=[notebook.requests()], listeners=[reader.listeners])
    before = counted("fallnetz_requests_total", method="keep-note", outcome="answered")
    async with notebook.running(service), notebook.connected(broker.url) as bus:
        await bus.ask(KEEP_NOTE, KeepNote(network=NETWORK, note="m"))
        await notebook.until_true(lambda: "m" in reader.order)
        await notebook.until_true(
            lambda: counted("fallnetz_listener_messages_total", listener="counted", outcome="applied") == 1
        )
    assert counted("fallnetz_requests_total", method="keep-note", outcome="answered") == before + 1


def counted(name: str, **labels: str) -> float:
    from prometheus_client import REGISTRY

    return sum(
        sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_the_backlog_counts_facts_that_the_broker_does_not_have(
    engine: databases.EngineName, tmp_path: Path
) -> None:
    url = databases.fresh(engine, "", tmp_path)
    notebook.prepare(url)
    database = Database(url)
    assert await database.read(measuring.backlog) == 0
    await notebook.keep_notes(database, ["a", "b", "c"])
    assert await database.read(measuring.backlog) == 3
    await database.close()
    databases.discard(url)


async def test_a_trace_goes_over_the_bus_with_the_request(
    broker: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    spans, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    monkeypatch.setattr(telemetry, "_propagator", TraceContextTextMapPropagator())
    settings = notebook.settings(broker.url, tmp_path)
    service = Service("notebook", settings=settings, requests=[notebook.requests()])
    async with notebook.running(service), notebook.connected(broker.url) as bus:
        await bus.ask(KEEP_NOTE, KeepNote(network=NETWORK, note="traced"))
        await ask_again(bus)
    asked, answered = (
        next(span for span in spans.get_finished_spans() if span.name == name)
        for name in ("ask notebook.keep-note", "answer notebook.keep-note")
    )
    assert asked.context is not None
    assert answered.parent is not None
    assert answered.parent.span_id == asked.context.span_id
    assert answered.context is not None
    assert answered.context.trace_id == asked.context.trace_id


async def ask_again(bus: Bus) -> None:
    await bus.ask(GET_NOTE, GetNote(network=NETWORK, note="traced"))
