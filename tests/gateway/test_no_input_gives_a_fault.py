"""Promise 11: no input gives a 5xx. Generated requests for every route, and mutated bytes; large with FAULTS=large.

`make test` runs a small number of examples; each run prints its seed, and FUZZ_SEED repeats one.
"""

import json
import os
import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from contracts.request import Problem
from services.chassis.nats_server import NatsServer
from services.gateway.openapi import document
from services.gateway.route import Route
from services.gateway.routes import ROUTES
from tests.gateway.conftest import Gateway
from tests.gateway.issuer import Issuer
from tests.gateway.peers import Peers, in_thread
from tests.gateway.test_forwarding import IDS

LARGE = os.environ.get("FAULTS") == "large"
SEED = int(os.environ.get("FUZZ_SEED") or random.SystemRandom().randrange(2**32))
EXAMPLES = 2_000 if LARGE else 5
MUTATIONS = 200_000 if LARGE else 1_500
_PATIENCE = 10


@pytest.fixture(scope="module")
def every_peer(nats_server: NatsServer) -> Iterator[Peers]:
    """In a thread: these tests block their own event loop."""
    with in_thread(Peers(nats_server.url)) as peers:
        # else a request that is still well-formed would open a stream that never ends
        refusal = Problem(slug="not-authorised", detail="Not here.", status=403)
        peers.replies["list-changes"] = lambda _: refusal
        yield peers


SETTINGS = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.generate],
)
schema: Any = schemathesis.openapi.from_dict(document("http://127.0.0.1"))


@hypothesis.seed(SEED)
@schema.parametrize()  # type: ignore[untyped-decorator]
@hypothesis.settings(SETTINGS)
def test_generated_requests_are_answered_as_described(
    case: Case[Any], gateway: Gateway, every_peer: Peers, issuer: Issuer
) -> None:
    """Never a 5xx; and what is answered has a described status, content type and form."""
    answer = case.call(base_url=gateway.url, headers={"authorization": f"Bearer {_token(issuer)}"}, timeout=_PATIENCE)
    assert answer.status_code < 500, answer.text
    case.validate_response(
        answer,
        checks=[not_a_server_error, content_type_conformance, response_schema_conformance],
    )


@pytest.mark.timeout(3600 if LARGE else 120)
def test_mutated_bytes_are_refused_and_never_a_fault(gateway: Gateway, every_peer: Peers, issuer: Issuer) -> None:
    print(f"FUZZ_SEED={SEED}")  # noqa: T201 - to repeat a run
    chance = random.Random(SEED)
    requests = [request(route, _token(issuer)) for route in ROUTES]
    connection: socket.socket | None = None
    statuses: dict[int, int] = {}
    for number in range(MUTATIONS):
        raw = mutated(chance.choice(requests), chance)
        connection = connection or socket.create_connection(("127.0.0.1", gateway.port), timeout=_PATIENCE)
        status, goes_on = exchange(connection, raw)
        statuses[status] = statuses.get(status, 0) + 1
        assert status < 500, (SEED, number, raw)
        if not goes_on:
            connection.close()
            connection = None
    if connection:
        connection.close()
    assert sum(count for status, count in statuses.items() if status) > MUTATIONS / 2, statuses
    assert gateway.process is not None
    assert gateway.process.poll() is None
    assert "request-failed" not in gateway.log.read_text()


_tokens: dict[str, str] = {}


def _token(issuer: Issuer) -> str:
    return _tokens.setdefault(issuer.url, issuer.token())


def request(route: Route, token: str) -> bytes:
    operation = document("")["paths"][route.path][route.verb.lower()]
    bodies: dict[str, dict[str, Any]] = operation.get("requestBody", {}).get("content", {"": {"example": ""}})
    media_type, example = next((media_type, body["example"]) for media_type, body in bodies.items())
    content = (example if isinstance(example, str) else json.dumps(example)).encode()
    head = (
        f"{route.verb} {route.path.format(**IDS)}?limit=5 HTTP/1.1\r\nhost: gateway\r\n"
        f"authorization: Bearer {token}\r\ncontent-type: {media_type or 'text/plain'}\r\n"
        'if-match: "1"\r\nlast-event-id: 4\r\n'
        "idempotency-key: k-1\r\nfallnetz-applicant-key: a-1\r\nfallnetz-member: mem_1\r\naccept-language: de\r\n"
    )
    return head.encode() + b"\r\n" + content


_TREATS = (
    b"\x00", b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"9" * 400, b"[" * 5_000, b'{"a":' * 2_000, b'"',
    b"\\u0000", b"\\ud800", b"1e999", b"-0", b"null", b"true", b"%00", b"%ff", b"%", b"..", b"*", b">", b"\x1b[31m",
    b"' OR 1=1 --", b"NaN", b"2026-12-11T10:00:00", b"9999-12-31T23:59:59-14:00", b"0001-01-01T00:00:00Z",
    "ß\u202e".encode(), b"{}", b"[]", b"&limit=2",
)  # fmt: skip


def mutated(request: bytes, chance: random.Random) -> bytes:
    """One to four changes anywhere; the length is announced rightly, so that the body arrives."""
    head, _, body = request.partition(b"\r\n\r\n")
    parts = [bytearray(head), bytearray(body)]
    for _ in range(chance.randint(1, 4)):
        part = parts[1] if body and chance.random() < 0.6 else parts[0]
        place = chance.randrange(len(part) + 1)
        match chance.randrange(5):
            case 0:
                part[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                part[place:place] = chance.choice(_TREATS)
            case 2:
                del part[place : place + chance.randint(1, 20)]
            case 3:
                part[place:place] = part[max(0, place - chance.randint(1, 40)) : place]
            case _:
                part[place : place + chance.randint(1, 10)] = chance.choice(_TREATS)
    return bytes(parts[0]) + b"\r\ncontent-length: %d\r\n\r\n" % len(parts[1]) + bytes(parts[1])


def exchange(connection: socket.socket, raw: bytes) -> tuple[int, bool]:
    """The answer's status (0: the server closed, as it may on what is no HTTP) and whether the connection goes on."""
    with suppress(OSError):
        connection.sendall(raw)
    answer = HTTPResponse(connection)
    try:
        answer.begin()
        answer.read()
    except (OSError, HTTPException):
        return 0, False
    return answer.status, not answer.will_close and b"\r\n\r\n" in raw and answer.status not in {400, 408, 413}
