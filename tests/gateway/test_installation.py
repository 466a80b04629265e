"""Through the whole house: the development provider's tokens, membership's answers, and the same generated requests as
at the door, with the real services behind it."""

import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
import hypothesis
import pytest
from schemathesis import Case

from services.chassis import ids
from services.cli import signing_in
from services.cli.installation.running import Installation, running
from tests.gateway import test_described_answers as described
from tests.gateway.conftest import WITHOUT_LIMITS
from tests.world import OFFICE, OPERATOR, WORLD


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    state = tmp_path_factory.mktemp("installation") / "state"
    with running(state, with_example=True, limits=WITHOUT_LIMITS) as found:  # thousands of requests, as two people
        yield found


def signed_in(installation: Installation, user: str) -> httpx.Client:
    token = signing_in.token(installation.issuer, user, installation.secrets.password)
    return httpx.Client(
        base_url=installation.url, headers={"authorization": f"Bearer {token}", "accept-language": "en"}, timeout=10
    )


@pytest.fixture
def office(installation: Installation) -> Iterator[httpx.Client]:
    with signed_in(installation, OFFICE.representative.user) as client:
        yield client


NETWORK = f"/api/v1/networks/{WORLD.network}"


def application(name: str) -> dict[str, object]:
    person = {"name": "Mia Beispiel", "email": "mia@example.org"}
    return {
        "name": name,
        "field_of_work": WORLD.applicant.field_of_work,
        "address": "Beispielweg 1",
        "contact": person,
        "representative": person,
        "deputy": person,
        "will_to_cooperate": True,
    }


def test_the_development_providers_access_token_signs_in(office: httpx.Client) -> None:
    me = office.get("/api/v1/me").json()
    assert me["name"] == OFFICE.representative.name
    assert [standing["office"] for standing in me["standings"]] == [True]


def test_everything_behind_the_door_is_ready(installation: Installation) -> None:
    assert httpx.get(f"{installation.url}/health/ready").json() == {
        "status": "ready",
        "broker": True,
        "membership": True,
        "notifications": True,
    }


def test_the_directory_comes_in_parts_that_hold_together(office: httpx.Client) -> None:
    names: list[str] = []
    address = f"{NETWORK}/members?limit=2"
    while address:
        part = office.get(address)
        assert part.status_code == 200, part.text
        names += [member["name"] for member in part.json()["items"]]
        address = part.links.get("next", {}).get("url", "")
    assert sorted(names) == sorted(member.name for member in WORLD.members)


def test_a_cursor_of_another_list_or_a_forged_one_is_refused(office: httpx.Client) -> None:
    for cursor in ("AAAA", "WyJ4Il0", "bnVsbA", "W10", "eA", "WzFd", "Ly8v"):
        for listing in ("members", "applications", "exclusions", "ballots", "notices", "tasks"):
            answer = office.get(f"{NETWORK}/{listing}", params={"cursor": cursor})
            assert answer.status_code in {200, 400}, answer.text


def test_the_same_key_and_content_are_carried_out_once(office: httpx.Client) -> None:
    """What an answer shows is shown once; a repetition says so, and no second application is there."""
    key, body = {"idempotency-key": ids.secret()}, application(f"Verein {ids.secret(6)}")
    first = office.post(f"{NETWORK}/applications", json=body, headers=key)
    again = office.post(f"{NETWORK}/applications", json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 409), first.text
    assert again.json()["type"] == "/problems/answer-shown-once"
    other = office.post(f"{NETWORK}/applications", json=body | {"name": "Another"}, headers=key)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    found = office.get(f"{NETWORK}/applications").json()["items"]
    assert [one["name"] for one in found].count(body["name"]) == 1


def test_what_a_stranger_sends_is_its_own_until_it_is_confirmed(
    installation: Installation, office: httpx.Client
) -> None:
    """A1: the applicant's key opens it, nobody else sees it."""
    with httpx.Client(base_url=installation.url, timeout=10) as stranger:
        form = stranger.get(f"{NETWORK}/application-form").json()
        body = application(f"Verein {ids.secret(6)}") | {"field_of_work": form["fields_of_work"][0]}
        sent = stranger.post(f"{NETWORK}/applications", json=body)
        assert sent.status_code == 201, sent.text
        key = {"fallnetz-applicant-key": sent.json()["applicant_key"]}
        assert stranger.get(sent.headers["location"], headers=key).json()["state"] == "unconfirmed"
    assert office.get(sent.headers["location"]).status_code == 404
    assert office.post(f"{sent.headers['location']}/announcement").status_code == 404


def test_strangers_to_a_network_and_unknown_ids_are_refused_not_answered(installation: Installation) -> None:
    with signed_in(installation, OPERATOR.user) as operator:
        assert operator.get("/api/v1/networks/no-such-network").status_code == 404
    with signed_in(installation, OFFICE.representative.user) as office:
        for listing in ("members", "applications", "exclusions", "ballots", "notices"):
            unknown = office.get(f"{NETWORK}/{listing}/xxx_1")
            assert unknown.status_code == 404, (listing, unknown.text)
            foreign = office.get(f"/api/v1/networks/no-such-network/{listing}")
            assert foreign.status_code in {403, 404}, (listing, foreign.text)


def test_a_forged_link_is_nobodys(installation: Installation) -> None:
    for verb, path in (("GET", "/api/v1/link"), ("POST", "/api/v1/link/confirmation")):
        for token in ("a", "a.b", "eyJub3RpY2UiOiJ4In0.c2ln", "." * 40, "e30.e30"):
            answer = httpx.request(verb, f"{installation.url}{path}", headers={"fallnetz-link": token})
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/link-invalid"), answer.text


@hypothesis.seed(described.SEED)
@described.schema.parametrize()  # type: ignore[untyped-decorator]
@hypothesis.settings(
    described.SETTINGS, max_examples=2_000 if described.LARGE else int(os.environ.get("EXAMPLES", "3"))
)
def test_generated_requests_are_no_fault_of_the_services(case: Case[Any], installation: Installation) -> None:
    """With data that fits the schemas and so passes the door."""
    if case.path.endswith(("/clock", "/office", "/stream")):
        return
    token = _operators_token(installation)
    answer = case.call(base_url=installation.url, headers={"authorization": f"Bearer {token}"}, timeout=10)
    assert answer.status_code not in {500, 502}, answer.text
    if answer.headers.get("content-type") == ["application/problem+json"]:
        slug = answer.json()["type"].rpartition("/")[2]
        assert slug in described_refusals(case.path, case.method, answer.status_code), answer.text


def described_refusals(path: str, verb: str, status: int) -> set[str]:
    """What the API's description says that this may be refused with; what concerns no operation is left out of it."""
    found: dict[str, Any] = described.schema.raw_schema["paths"][path].get(verb.lower(), {"responses": {}})
    response = found["responses"].get(str(status), {})
    name = response.get("$ref", "").rpartition("/")[2]
    content = described.schema.raw_schema["components"]["responses"].get(name, {}).get("content", {})
    return {"not-found", "method-not-allowed", *content.get("application/problem+json", {}).get("examples", ())}


def test_a_change_reaches_an_open_stream_at_once(office: httpx.Client) -> None:
    """G4, with everything behind it: command, fact, feed, wake, stream."""
    with office.stream("GET", f"{NETWORK}/changes/stream", headers={"accept": "text/event-stream"}) as answer:
        assert answer.status_code == 200, answer.read()
        lines = answer.iter_lines()
        assert next(line for line in lines if line.startswith("id: "))
        body = application(f"Verein {ids.secret(6)}")
        sent = httpx.post(office.base_url.join(f"{NETWORK}/applications"), json=body, headers=office.headers)
        assert sent.status_code == 201, sent.text
        data = next(line for line in lines if line.startswith("data: "))
    assert sent.json()["application"]["id"] in data


@cache
def _operators_token(installation: Installation) -> str:
    return signing_in.token(installation.issuer, OPERATOR.user, installation.secrets.password)
