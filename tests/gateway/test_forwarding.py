"""What the gateway makes of a request, and of the answer: ids, who asks, when, and the service's bytes."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from contracts.request import Call, Problem
from services.chassis import clock
from services.chassis.nats_server import NatsServer
from services.gateway.door import Door
from services.gateway.examples import APPLICATION, BALLOT, EXCLUSION, PATH_EXAMPLES, example_of
from services.gateway.openapi import document
from services.gateway.request_log import RequestLog
from services.gateway.route import Route
from services.gateway.routes import ROUTES
from tests.gateway.conftest import Gateway
from tests.gateway.issuer import Issuer
from tests.gateway.peers import Peers

COMPONENTS = document("")["components"]
VOTES = f"/api/v1/networks/bielefeld/ballots/{BALLOT}/votes"
LINK = "eyJub3RpY2UiOiJuXzEifQ.c2lnbmVk"
VOTE = {"choice": "object", "reason": None}
IDS = PATH_EXAMPLES


async def test_a_request_carries_the_ids_of_its_path_and_the_person_of_its_token(
    client: httpx.AsyncClient, peers: Peers, issuer: Issuer
) -> None:
    answer = await client.post(VOTES, json=VOTE, headers={"fallnetz-member": "mem_1", "accept-language": "en"})
    assert answer.status_code == 200
    subject, call = peers.calls[-1]
    assert subject == "rpc.bielefeld.local.membership.cast-vote.v1"
    assert peers.body_of_last() == {"network": "bielefeld", "ballot": BALLOT, "body": VOTE}
    assert call.actor is not None
    assert (call.actor.issuer, call.actor.subject, call.actor.member) == (issuer.url, "mia", "mem_1")
    assert call.locale == "en"


async def test_the_arrival_is_stamped_once_and_the_request_is_dropped_soon_after(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    """T5."""
    before = clock.now()
    await client.post(VOTES, json=VOTE)
    call = peers.calls[-1][1]
    assert before <= call.at <= clock.now()
    assert call.until - call.at < timedelta(seconds=5)  # the settling margin


async def test_a_request_arrives_with_its_last_byte(gateway: Gateway, issuer: Issuer, peers: Peers) -> None:
    """T5: who opens a request in time and finishes it after the window's end is late."""
    body = json.dumps(VOTE).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(
        f"POST {VOTES} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {issuer.token()}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
        + body[:-1]
    )
    await writer.drain()
    await asyncio.sleep(0.5)
    finished = clock.now()
    writer.write(body[-1:])
    assert b" 200 " in await reader.readline()
    assert finished <= peers.calls[-1][1].at <= clock.now()
    writer.close()
    await writer.wait_closed()


async def test_the_arrival_is_not_moved_by_asking_for_an_issuers_keys(
    peers: Peers, nats_server: NatsServer, tmp_path: Path
) -> None:
    """T5: a slow sign-in service makes nobody's vote late."""
    slow = Issuer()
    slow.delay = 0.7
    gateway = Gateway(nats_server.url, [slow], tmp_path / "log")
    await gateway.start()
    headers = {"authorization": f"Bearer {slow.token()}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=20) as client:
        assert (await client.post(VOTES, json=VOTE)).status_code == 200
    call = peers.calls[-1][1]
    assert clock.now() - call.at > timedelta(seconds=0.7)
    assert call.until - call.at < timedelta(seconds=2.1)
    gateway.stop()
    slow.stop()


async def test_a_failure_of_the_framework_itself_is_still_a_problem() -> None:
    sent: list[Any] = []

    async def broken(*_: object) -> None:
        raise RuntimeError("geheimnis")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "headers": [], "path": "/", "query_string": b""}
    await Door(broken, secure=False, log=RequestLog(wanted=False))(scope, None, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 500
    assert json.loads(sent[1]["body"])["type"] == "/problems/internal-error"
    assert b"geheimnis" not in sent[1]["body"]


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if not route.stream], ids=lambda route: f"{route.verb} {route.path}"
)
async def test_every_address_reaches_its_method_and_gives_the_answer_through(
    client: httpx.AsyncClient, peers: Peers, route: Route
) -> None:
    described = document("")["paths"][route.path][route.verb.lower()]
    bodies: dict[str, dict[str, Any]] = described.get("requestBody", {}).get("content", {"": {"example": ""}})
    media_type, content = next((media_type, body["example"]) for media_type, body in bodies.items())
    answer = await client.request(
        route.verb,
        route.path.format(**IDS) + required_query(described),
        headers=required_headers(described) | {"fallnetz-applicant-key": "k1", "content-type": media_type},
        content=content if isinstance(content, str) else json.dumps(content),
    )
    assert answer.status_code == (201 if route.created else 200), answer.text
    assert peers.calls[-1][0].endswith(f".{route.method.service}.{route.method.name}.v1")
    assert answer.json() == example_of(route.method.answers)
    assert answer.headers["content-type"] == "application/json"


def required_query(described: dict[str, Any]) -> str:
    """The query parameters that an operation cannot do without, with their examples."""
    asked = {p["name"]: p["example"] for p in described["parameters"] if p.get("in") == "query" and p["required"]}
    return f"?{urlencode(asked)}" if asked else ""


def required_headers(described: dict[str, Any]) -> dict[str, str]:
    """The headers that an operation cannot do without, with their examples."""
    found = {}
    for parameter in described["parameters"]:
        name = parameter.get("$ref", "").removeprefix("#/components/parameters/")
        one = COMPONENTS["parameters"].get(name, {})
        if one.get("required"):
            found[one["name"]] = one["example"]
    return found


async def test_what_a_command_makes_has_an_address(client: httpx.AsyncClient, peers: Peers) -> None:
    announced = await client.post(f"/api/v1/networks/bielefeld/applications/{APPLICATION}/announcement")
    assert announced.status_code == 201
    assert announced.headers["location"] == f"/api/v1/networks/bielefeld/ballots/{BALLOT}"
    adopted = await client.post("/api/v1/networks/bielefeld/charter", json={"charter": "x"})
    assert adopted.headers["location"] == "/api/v1/networks/bielefeld/charter?version=1"
    assert (await client.get(adopted.headers["location"])).status_code == 200
    assert peers.body_of_last() == {"network": "bielefeld", "version": 1}


async def test_the_clients_key_goes_along_and_a_missing_one_is_made(client: httpx.AsyncClient, peers: Peers) -> None:
    given = await client.post(VOTES, json=VOTE, headers={"idempotency-key": '"7b9d-2"'})
    assert peers.calls[-1][1].key == "7b9d-2"
    assert given.headers["idempotency-key"] == "7b9d-2"
    made = await client.post(VOTES, json=VOTE)
    again = await client.post(VOTES, json=VOTE)
    assert peers.calls[-1][1].key == again.headers["idempotency-key"] != made.headers["idempotency-key"]


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 256, '""'])
async def test_a_malformed_key_is_refused(client: httpx.AsyncClient, peers: Peers, key: str) -> None:
    answer = await client.post(VOTES, json=VOTE, headers=[(b"idempotency-key", key.encode())])
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/header-invalid")
    assert not peers.calls


async def test_a_list_says_where_it_goes_on(client: httpx.AsyncClient, peers: Peers) -> None:
    peers.replies["list-ballots"] = lambda _: {"items": [], "next": "WyJh-_"}
    first = await client.get("/api/v1/networks/bielefeld/ballots?limit=2&open=true")
    assert first.headers["link"] == '</api/v1/networks/bielefeld/ballots?open=true&limit=2&cursor=WyJh-_>; rel="next"'
    assert peers.body_of_last() == {"network": "bielefeld", "open": True, "paging": {"cursor": None, "limit": 2}}
    await client.get(first.links["next"]["url"])
    assert peers.body_of_last()["paging"] == {"cursor": "WyJh-_", "limit": 2}
    peers.replies["list-ballots"] = lambda _: {"items": [], "next": None}
    assert "link" not in (await client.get("/api/v1/networks/bielefeld/ballots")).headers


async def test_a_services_refusal_comes_out_as_a_problem(client: httpx.AsyncClient, peers: Peers) -> None:
    refusal = Problem(slug="window-closed", detail="The window ended.", status=409, field="/choice", retry_after=7)
    peers.replies["cast-vote"] = lambda _: refusal
    answer = await client.post(VOTES, json=VOTE, headers={"x-request-id": "from-the-portal.1", "accept-language": "en"})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "7"
    problem = answer.json()
    assert problem.pop("title")
    assert problem == {
        "type": "/problems/window-closed",
        "status": 409,
        "detail": "The window ended.",
        "instance": "from-the-portal.1",
        "field": "/choice",
        "retry_after": 7,
    }


async def test_a_public_address_is_open_to_strangers_and_the_others_are_not(
    stranger: httpx.AsyncClient, peers: Peers
) -> None:
    shown = await stranger.get(
        f"/api/v1/networks/bielefeld/applications/{APPLICATION}", headers={"fallnetz-applicant-key": "k-1"}
    )
    assert shown.status_code == 200
    assert peers.calls[-1][1].actor is None
    assert peers.body_of_last()["applicant_key"] == "k-1"
    for route in ROUTES:
        if not route.public:
            headers = {"fallnetz-link": LINK} if route.link_beside else {}
            answer = await stranger.request(route.verb, route.path.format_map(_Anything()), headers=headers)
            assert answer.status_code == 401, route
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_an_applicant_without_key_learns_where_it_belongs(stranger: httpx.AsyncClient, peers: Peers) -> None:
    answer = await stranger.post(
        f"/api/v1/networks/bielefeld/applications/{APPLICATION}/supplement", json={"answer": "Since 2019."}
    )
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/applicant-key-missing")
    assert "Fallnetz-Applicant-Key" in answer.json()["detail"]


async def test_an_answer_that_does_not_come_is_a_504_that_tells_how_to_repeat(
    client: httpx.AsyncClient, peers: Peers
) -> None:
    peers.silent = True
    answer = await client.post(VOTES, json=VOTE)
    assert (answer.status_code, answer.json()["type"]) == (504, "/problems/deadline-exceeded")
    assert "Idempotency-Key" in answer.json()["detail"]


async def test_a_fault_behind_the_door_shows_nothing_but_a_reference(
    client: httpx.AsyncClient, peers: Peers, gateway: Gateway
) -> None:
    def nonsense(_: Call) -> object:
        return {"without": "an id: geheimnis"}

    peers.replies["announce-exclusion"] = nonsense
    answer = await client.post(f"/api/v1/networks/bielefeld/exclusions/{EXCLUSION}/announcement")
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal-error")
    assert answer.json()["instance"] == answer.headers["x-request-id"]
    assert "geheimnis" not in answer.text
    log = gateway.log.read_text()
    assert answer.json()["instance"] in log
    assert "geheimnis" not in log


class _Anything(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "bielefeld" if name == "network" else "x_1"
