"""The log of requests: one line each, from which nobody learns who asked for what."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.request import Problem
from services.chassis import telemetry
from services.chassis.nats_server import NatsServer
from services.gateway.examples import BALLOT
from tests.gateway.conftest import Gateway
from tests.gateway.issuer import Issuer
from tests.gateway.peers import Peers

CANARIES = (
    "kanarienvogel",
    "mia-geheim",
    "mem_geheim",
    "bal_geheim",
    "geheimnetz",
    "fnk_geheim",
    "a-geheim",
    "203.0.113.77",
)
"""Put wherever a client can put something."""


def lines(log: Path) -> list[dict[str, Any]]:
    return [
        found for line in log.read_text().splitlines() if (found := json.loads(line))["event"] == "request-answered"
    ]


async def test_each_request_has_a_line_and_no_line_tells_who_asked_for_what(
    peers: Peers, nats_server: NatsServer, issuer: Issuer, tmp_path: Path
) -> None:
    gateway = Gateway(nats_server.url, [issuer], tmp_path / "log", FALLNETZ_GATEWAY_TRUSTED_PROXIES="127.0.0.1")
    await gateway.start()
    token = issuer.token("mia-geheim")
    every = {
        "authorization": f"Bearer {token}",
        "fallnetz-member": "mem_geheim",
        "idempotency-key": "kanarienvogel",
        "user-agent": "kanarienvogel",
        "x-forwarded-for": "203.0.113.77",
        "referer": "https://kanarienvogel.example/",
        "cookie": "a=kanarienvogel",
        "x-kanarienvogel": "1",
    }
    network = "/api/v1/networks/geheimnetz"
    vote = {"choice": "object", "reason": "kanarienvogel"}
    peers.replies["list-tasks"] = lambda _: Problem(slug="not-authorised", detail="kanarienvogel", status=403)
    requests: list[tuple[str, str, dict[str, str], Any, int]] = [
        ("POST", f"{network}/ballots/bal_geheim/votes", every, vote, 200),
        ("GET", f"{network}/search?q=kanarienvogel", every, None, 200),
        ("GET", f"{network}/search?kanarienvogel=1", every, None, 400),
        ("GET", f"{network}/tasks", every, None, 403),
        ("POST", f"{network}/ballots/bal_geheim/votes", every, {"kanarienvogel": 1}, 422),
        ("GET", "/kanarienvogel", every, None, 404),
        ("KANARIENVOGEL", network, every, None, 405),
        ("GET", f"{network}/ballots/bal_geheim", {"authorization": "Bearer fnk_geheim"}, None, 401),
        ("GET", f"{network}/ballots/bal_geheim", {"authorization": "Bearer kanarienvogel"}, None, 401),
        ("GET", "/api/v1/link", {"fallnetz-link": "kanarienvogel"}, None, 200),
        ("GET", f"{network}/applications/app_1", {"fallnetz-applicant-key": "a-geheim"}, None, 200),
        ("GET", "/health/live", {"x-request-id": "fnk_geheim"}, None, 200),
        ("GET", "/health/live", {"x-request-id": token[:60]}, None, 200),
    ]
    async with httpx.AsyncClient(base_url=gateway.url) as client:
        for verb, path, headers, body, status in requests:
            answer = await client.request(verb, path, headers=headers, json=body)
            assert answer.status_code == status, (verb, path, answer.text)
    assert gateway.stop() == 0
    written = [line for line in lines(tmp_path / "log") if line["method"] != "GET /health/ready"]
    assert len(written) == len(requests)
    first = written[0]
    assert first["method"] == "POST /api/v1/networks/:network/ballots/:ballot/votes"
    assert 0 < first["seconds"] < 5
    assert set(first) == {"at", "level", "service", "event", "method", "status", "seconds", "reference"}
    text = (tmp_path / "log").read_text()
    for canary in (*CANARIES, *token.split("."), token[:30]):
        assert canary.lower() not in text.lower(), canary
    assert "withheld" not in text


async def test_a_line_can_be_found_by_the_id_that_the_client_got(
    gateway: Gateway, client: httpx.AsyncClient, peers: Peers
) -> None:
    answer = await client.get(f"/api/v1/networks/bielefeld/ballots/{BALLOT}", headers={"x-request-id": "portal-17.3"})
    assert answer.headers["x-request-id"] == "portal-17.3"
    made = await client.get("/health/live")
    await _until_written(gateway.log, "portal-17.3", made.headers["x-request-id"])


async def _until_written(log: Path, *references: str) -> None:
    import asyncio

    async with asyncio.timeout(5):
        while not set(references) <= {line["reference"] for line in lines(log)}:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)


def test_a_field_that_is_not_allowed_is_refused_here_too() -> None:
    class Telltale(telemetry.Line, gc=False):
        person: str

    with pytest.raises(ValueError, match="allow-listed"):
        telemetry.log_many([Telltale("2026-11-22T09:00:00.000+00:00", "info", "gateway", "request-answered", "mia")])
