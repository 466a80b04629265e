"""How a malformed request is refused: a 4xx problem that says what to do, and nothing reaches the bus."""

from typing import Any

import httpx

from services.gateway.examples import BALLOT
from tests.gateway.peers import Peers

NETWORK = "/api/v1/networks/bielefeld"
VOTES = f"{NETWORK}/ballots/{BALLOT}/votes"
JSON = {"content-type": "application/json"}


def refused(answer: httpx.Response, peers: Peers, status: int, slug: str, field: str | None = None) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"/problems/{slug}"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"].endswith(".")
    assert problem.get("field") == field
    assert problem["instance"] == answer.headers["x-request-id"]
    assert not peers.calls
    return problem
