"""A wrong id, query parameter or verb is refused, and the refusal says what would be right (promise 11)."""

import httpx
import pytest

from tests.gateway.bad_input.problems import NETWORK, VOTES, refused
from tests.gateway.peers import Peers


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=ten", "limit"),
        ("limit=1_0", "limit"),
        ("limit=%2010", "limit"),
        ("limit=+1", "limit"),
        ("limit=" + "9" * 400, "limit"),
        ("limit=1&limit=2", "limit"),
        ("limit", "limit"),
        ("on=2026-02-30", "on"),
        ("on=20261211", "on"),
        ("on=2026-W50-5", "on"),
        ("on=0001-01-01", "on"),
        ("on=", "on"),
        ("cursor=", "cursor"),
        ("cursor=a%20b", "cursor"),
        ("cursor=%00", "cursor"),
        ("cursor=" + "x" * 2001, "cursor"),
        ("cursor=%ff", "UTF-8"),
        ("%ff=1", "UTF-8"),
        ("unknown=1", "does not know"),
        ("x" * 9000, "too long"),
    ],
)
async def test_query_parameters_are_checked(client: httpx.AsyncClient, peers: Peers, query: str, names: str) -> None:
    answer = await client.get(f"{NETWORK}/members?{query}")
    assert names in refused(answer, peers, 400, "parameter-invalid")["detail"]


@pytest.mark.parametrize("value", ["1", "True", "yes", "", "null"])
async def test_a_truth_is_true_or_false(client: httpx.AsyncClient, peers: Peers, value: str) -> None:
    refused(await client.get(f"{NETWORK}/ballots?open={value}"), peers, 400, "parameter-invalid")


@pytest.mark.parametrize("version", ["0", "-1", "1.0", "1e3", "99999999999999999999"])
async def test_a_version_is_a_small_whole_number(client: httpx.AsyncClient, peers: Peers, version: str) -> None:
    refused(await client.get(f"{NETWORK}/charter?version={version}"), peers, 400, "parameter-invalid")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/networks/installation",
        "/api/v1/networks/Bielefeld",
        "/api/v1/networks/x",
        "/api/v1/networks/" + "a" * 41,
        "/api/v1/networks/a.b",
        "/api/v1/networks/*",
        "/api/v1/networks/%3E",
        "/api/v1/networks/a%20b",
        "/api/v1/networks/%00",
        "/api/v1/networks/%ff%fe",
        "/api/v1/networks/%C3%A4",
        "/api/v1/networks/bielefeld/ballots/BAL_1",
        "/api/v1/networks/bielefeld/ballots/a.b",
        "/api/v1/networks/bielefeld/ballots/%2e%2e",
        "/api/v1/networks/bielefeld/ballots/" + "a" * 81,
        "/api/v1/networks/bielefeld/ballots/%0a",
        "/api/v1/networks/bielefeld/nothing",
        "/api/v1",
        "/api",
        "/api/v2/me",
        "/..;/x",
        "/%",
        "/" + "a/" * 2000,
    ],
)
async def test_an_address_without_a_valid_id_holds_nothing(client: httpx.AsyncClient, peers: Peers, path: str) -> None:
    answer = await client.get(httpx.URL(client.base_url, raw_path=path.encode()))
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    assert answer.status_code < 500
    assert not peers.calls


@pytest.mark.parametrize("verb", ["DELETE", "PUT", "PATCH", "TRACE", "PROPFIND", "FOO"])
async def test_a_wrong_verb_learns_the_right_ones(client: httpx.AsyncClient, peers: Peers, verb: str) -> None:
    answer = await client.request(verb, f"{NETWORK}/applications")
    refused(answer, peers, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert (await client.request(verb, "/health/live")).headers["allow"] == "GET, HEAD, OPTIONS"


async def test_options_tells_the_verbs(client: httpx.AsyncClient) -> None:
    answer = await client.options(VOTES)
    assert (answer.status_code, answer.headers["allow"]) == (204, "OPTIONS, POST")
