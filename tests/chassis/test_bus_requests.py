"""Requests over a real broker: answers, refusals, deadlines, and what happens when somebody is away."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec import Raw, Struct
from msgspec.json import decode, encode

from contracts.event import request_subject
from contracts.ids import OrganisationId
from contracts.request import Actor, Answer, Call, Method, Refused
from services.chassis import clock
from services.chassis.bus import Bus
from services.chassis.nats_server import NatsServer
from services.chassis.service import Service
from tests import notebook
from tests.notebook import (
    BREAK,
    ELSEWHERE,
    GET_NOTE,
    KEEP_AND_REFUSE,
    KEEP_NOTE,
    KEEP_SLOWLY,
    NETWORK,
    SLEEP,
    UNANSWERED,
    GetNote,
    KeepNote,
    Note,
    Sleep,
)
from tests.ports import free_port

ACTOR = Actor(issuer="https://login.example", subject="ada")


@pytest_asyncio.fixture
async def service(broker: NatsServer, tmp_path: Path) -> AsyncIterator[Service]:
    settings = notebook.settings(broker.url, tmp_path)
    made = Service("notebook", settings=settings, requests=[notebook.requests()], most_requests=8)
    async with notebook.running(made):
        yield made


@pytest_asyncio.fixture
async def bus(broker: NatsServer, service: Service) -> AsyncIterator[Bus]:
    async with notebook.connected(broker.url) as made:
        yield made


async def refusal(bus: Bus, method: Method[Any, Any], request: Struct, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        await bus.ask(method, request, **more)
    return caught.value


async def test_a_request_is_answered_with_what_the_service_gave(bus: Bus) -> None:
    kept = await bus.ask(KEEP_NOTE, KeepNote(network=NETWORK, note="a", size=3), network=NETWORK)
    assert kept == Note(id="a", size=3)
    assert await bus.ask(GET_NOTE, GetNote(network=NETWORK, note="a"), network=NETWORK) == kept


async def test_the_raw_way_passes_the_result_through_unread(bus: Bus) -> None:
    await bus.ask(KEEP_NOTE, KeepNote(network=NETWORK, note="raw"), network=NETWORK)
    body = encode(GetNote(network=NETWORK, note="raw"))
    assert await bus.ask_raw(GET_NOTE, body, network=NETWORK) == b'{"id":"raw","size":1}'


async def test_a_refusal_reaches_the_asker_with_all_that_it_says(bus: Bus) -> None:
    problem = (await refusal(bus, GET_NOTE, GetNote(network=NETWORK, note="none"))).problem
    assert (problem.slug, problem.status, problem.field) == ("no-such-note", 404, "/note")


async def test_a_returned_problem_is_answered_and_what_was_done_stays(bus: Bus, service: Service) -> None:
    assert (await refusal(bus, KEEP_AND_REFUSE, KeepNote(network=NETWORK, note="late"))).slug == "kept-but"
    assert await service.database.read(notebook.count_notes) == 1


async def test_an_exception_is_answered_with_a_reference_and_without_details(
    bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        problem = (await refusal(bus, BREAK, GetNote(network=NETWORK, note="Ada Lovelace"))).problem
    assert (problem.slug, problem.status) == ("internal-error", 500)
    assert "Lovelace" not in problem.detail
    reference = problem.detail.rsplit(" ", 1)[1]
    failed = next(record for record in caplog.records if record.msg == "request-failed")
    assert vars(failed)["fields"]["reference"] == reference
    assert "Lovelace" not in str(vars(failed)) + caplog.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"network":"bielefeld","note":"x","size":"1"}', "/size"),
        (b'{"network":"bielefeld","note":"x","colour":1}', None),
        (b'{"network":"bielefeld"}', None),
        (b"{", None),
        (b"\xff", None),
        (b'{"network":"bielefeld","note":"\xc3\x28"}', None),
        (b"[" * 100_000, None),
        (b'{"network":"bielefeld","note":"x","size":' + b"9" * 400 + b"}", "/size"),
    ],
)
async def test_a_malformed_request_is_refused_and_leaves_nothing(
    bus: Bus, service: Service, body: bytes, field: str | None
) -> None:
    """The body is put into the call as it is: even a gateway that checks nothing cannot break a service."""
    now = clock.now()
    call = encode(Call(at=now, until=now + timedelta(seconds=2))).replace(b'"body":{}', b'"body":' + body)
    subject = request_subject(NETWORK, OrganisationId("local"), "notebook", "keep-note")
    answer = decode((await bus.nats.request(subject, call, timeout=2)).data, type=Answer)
    assert answer.problem is not None
    assert (answer.problem.slug, answer.problem.status, answer.problem.field) == ("malformed", 400, field)
    assert await service.database.read(notebook.count_notes) == 0


async def test_a_request_that_nobody_waits_for_has_no_effect(bus: Bus, service: Service) -> None:
    now = clock.now()
    call = Call(at=now, until=now - timedelta(milliseconds=1), body=Raw(encode(KeepNote(network=NETWORK, note="b"))))
    subject = request_subject(NETWORK, OrganisationId("local"), "notebook", "keep-note")
    answer = decode((await bus.nats.request(subject, encode(call), timeout=2)).data, type=Answer)
    assert answer.problem is not None
    assert answer.problem.slug == "deadline-exceeded"
    assert await service.database.read(notebook.count_notes) == 0


async def test_a_command_that_outlives_its_deadline_is_rolled_back(bus: Bus, service: Service) -> None:
    slow = await refusal(bus, KEEP_SLOWLY, Sleep(network=NETWORK, seconds=0.4), timeout=0.2)
    assert (slow.slug, slow.problem.status) == ("deadline-exceeded", 504)
    await bus.ask(KEEP_NOTE, KeepNote(network=NETWORK, note="next"))
    assert await service.database.read(notebook.count_notes) == 1


async def test_an_answer_that_does_not_come_is_a_504_in_time(bus: Bus) -> None:
    problem = (await refusal(bus, SLEEP, Sleep(network=NETWORK, seconds=0.5), timeout=0.1)).problem
    assert (problem.slug, problem.status) == ("deadline-exceeded", 504)


async def test_a_service_that_is_away_is_a_503_at_once(bus: Bus) -> None:
    async with asyncio.timeout(0.5):
        problem = (await refusal(bus, ELSEWHERE, GetNote(network=NETWORK, note="a"))).problem
    assert (problem.slug, problem.status) == ("service-unavailable", 503)
    assert problem.retry_after is not None


async def test_an_unknown_request_and_an_impossible_network_are_404(bus: Bus) -> None:
    assert (await refusal(bus, UNANSWERED, GetNote(network=NETWORK, note="a"))).problem.status == 404
    odd = await refusal(bus, GET_NOTE, GetNote(network=NETWORK, note="a"), network="biele.feld.>")
    assert odd.problem.status == 404


async def test_a_message_that_is_too_large_is_a_413(bus: Bus) -> None:
    huge = KeepNote(network=NETWORK, note="x" * (5 * 1024 * 1024))
    assert (await refusal(bus, KEEP_NOTE, huge)).problem.status == 413


async def test_the_same_key_gives_the_first_answer_again(bus: Bus, service: Service) -> None:
    request = KeepNote(network=NETWORK, note="once")
    first = await bus.ask(KEEP_NOTE, request, actor=ACTOR, key="k1")
    assert await bus.ask(KEEP_NOTE, request, actor=ACTOR, key="k1") == first
    other = await refusal(bus, KEEP_NOTE, KeepNote(network=NETWORK, note="twice"), actor=ACTOR, key="k1")
    assert (other.slug, other.problem.status) == ("idempotency-key-reused", 422)
    assert await service.database.read(notebook.count_notes) == 1


async def test_a_kept_refusal_is_the_same_under_its_key(bus: Bus, service: Service) -> None:
    request = KeepNote(network=NETWORK, note="late")
    for _ in range(2):
        assert (await refusal(bus, KEEP_AND_REFUSE, request, actor=ACTOR, key="k2")).slug == "kept-but"
    assert await service.database.read(notebook.count_notes) == 1


async def test_too_many_requests_at_once_are_told_to_come_back(bus: Bus) -> None:
    sleeps = [bus.ask(SLEEP, Sleep(network=NETWORK, seconds=0.2), timeout=5) for _ in range(40)]
    outcomes = await asyncio.gather(*sleeps, return_exceptions=True)
    slugs = {outcome.slug for outcome in outcomes if isinstance(outcome, Refused)}
    assert slugs == {"overloaded"}
    assert sum(isinstance(outcome, Note) for outcome in outcomes) >= 8


async def test_several_copies_share_the_requests(
    broker: NatsServer, tmp_path: Path, bus: Bus, service: Service
) -> None:
    twin = Service("notebook", settings=service.settings, requests=[notebook.requests()])
    async with notebook.running(twin):
        for ten in range(0, 40, 5):
            names = [f"n{number}" for number in range(ten, ten + 5)]
            await asyncio.gather(*(bus.ask(KEEP_NOTE, KeepNote(network=NETWORK, note=name)) for name in names))
    assert await service.database.read(notebook.count_notes) == 40


async def test_what_runs_is_finished_when_a_service_stops(broker: NatsServer, tmp_path: Path) -> None:
    made = Service("notebook", settings=notebook.settings(broker.url, tmp_path), requests=[notebook.requests()])
    async with notebook.connected(broker.url) as bus:
        async with notebook.running(made):
            asked = asyncio.create_task(bus.ask(KEEP_SLOWLY, Sleep(network=NETWORK, seconds=0.3), timeout=5))
            await asyncio.sleep(0.1)
        assert (await asked).id == "slow"
        assert (await refusal(bus, GET_NOTE, GetNote(network=NETWORK, note="slow"))).problem.status == 503


async def test_a_lost_broker_is_told_at_once_and_found_again(tmp_path: Path) -> None:
    server = NatsServer(tmp_path / "own", port=free_port()).start()
    try:
        made = Service("notebook", settings=notebook.settings(server.url, tmp_path), requests=[notebook.requests()])
        async with notebook.running(made), notebook.connected(server.url) as bus:
            waiting = asyncio.create_task(bus.ask(SLEEP, Sleep(network=NETWORK, seconds=1), timeout=9))
            await asyncio.sleep(0.1)
            server.kill()
            async with asyncio.timeout(3):
                with pytest.raises(Refused) as lost:
                    await waiting
            assert lost.value.problem.status == 503
            async with asyncio.timeout(0.5):
                away = await refusal(bus, GET_NOTE, GetNote(network=NETWORK, note="a"))
            assert (away.slug, away.problem.status) == ("service-unavailable", 503)
            assert made.not_ready() == ["no connection to the bus"]
            server.start()
            await notebook.until_true(lambda: bus.connected and made.bus.connected, 10)
            assert (await bus.ask(KEEP_NOTE, KeepNote(network=NETWORK, note="again"))).id == "again"
    finally:
        server.kill()
