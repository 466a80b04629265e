"""Answers are as the API's description says, for requests that schemathesis generates from it for every route.

`make test` runs a small number of examples; `FAULTS=large` many, and `FAULTS_SEED` repeats a run. What no input may do
to a whole installation is tested in tests/faults/test_inputs.py (promise 11).
"""

import os
import random
from collections.abc import Iterator
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
from tests.gateway.conftest import Gateway
from tests.gateway.issuer import Issuer
from tests.gateway.peers import Peers, in_thread

LARGE = os.environ.get("FAULTS") == "large"
SEED = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(2**32))
EXAMPLES = 2_000 if LARGE else 5
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


_tokens: dict[str, str] = {}


def _token(issuer: Issuer) -> str:
    return _tokens.setdefault(issuer.url, issuer.token())
