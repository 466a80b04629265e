"""Every malformed request is refused at the door: a 4xx problem that says what to do, and nothing reaches the bus."""

import json
import socket
import ssl
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.gateway.examples import BALLOT
from tests.gateway.conftest import Gateway
from tests.gateway.issuer import Issuer
from tests.gateway.peers import Peers

NETWORK = "/api/v1/networks/bielefeld"
VOTES = f"{NETWORK}/ballots/{BALLOT}/votes"
RECEIPTS = f"{NETWORK}/ballots/{BALLOT}/receipts"
JSON = {"content-type": "application/json"}
RECEIPT = {"member": "mem_1", "kind": "letter", "received_at": "2026-12-11T10:00:00+01:00", "reason": "Registered."}


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


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"{", "JSON"),
        (b'{"choice":"object"} x', "JSON"),
        (b'{"choice":"object"', "JSON"),
        (b'\xef\xbb\xbf{"choice":"object"}', "byte order mark"),
        (b'{"choice":"object","reason":"\xff"}', "UTF-8"),
        (b'{"choice":"object","reason":"\xed\xa0\x80"}', "UTF-8"),
        (b'{"choice":"object","reason":"\\ud800"}', "JSON"),
        ('{"choice":"object"}'.encode("utf-16"), "JSON"),
        (b'{"choice":"object","choice":"no-objection"}', "twice"),
        (b'{"choice":"object","reason":"a","reason":"a"}', "twice"),
        (b"{'choice':'object'}", "JSON"),
        (b'{"choice":NaN}', "JSON"),
        (b"\x00", "JSON"),
    ],
)
async def test_what_is_no_json_in_utf_8_is_refused(
    client: httpx.AsyncClient, peers: Peers, body: bytes, detail: str
) -> None:
    answer = await client.post(VOTES, content=body, headers=JSON)
    assert detail in refused(answer, peers, 400, "body-malformed")["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "/choice"),
        ({"choice": "object", "extra": 1}, "/extra"),
        ({"choice": "object", "a/b~c": 1}, "/a~1b~0c"),
        ({"choice": "perhaps"}, "/choice"),
        ({"choice": 1}, "/choice"),
        ({"choice": None}, "/choice"),
        ({"choice": "object", "reason": 5}, "/reason"),
        ({"choice": "object", "reason": "nul\x00"}, "/reason"),
        ({"choice": "object", "reason": "\x1b[31m"}, "/reason"),
        ([], ""),
        ("object", ""),
        (None, ""),
        (17, ""),
    ],
)
async def test_a_body_that_breaks_the_contract_is_refused_with_a_pointer(
    client: httpx.AsyncClient, peers: Peers, body: object, field: str
) -> None:
    answer = await client.post(VOTES, content=json.dumps(body), headers=JSON)
    refused(answer, peers, 422, "body-invalid", field)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("received_at", "2026-12-11T10:00:00"),
        ("received_at", "2026-12-11"),
        ("received_at", 0),
        ("received_at", 1765443600),
        ("received_at", "0"),
        ("received_at", "0001-01-01T00:00:00+14:00"),
        ("received_at", "9999-12-31T23:59:59-14:00"),
        ("received_at", "2026-02-30T10:00:00Z"),
        ("received_at", "2026-12-11T24:00:00Z"),
        ("received_at", ""),
        ("member", 1),
        ("member", ["mem_1"]),
        ("kind", "pigeon"),
        ("reason", None),
    ],
)
async def test_naive_and_impossible_times_and_wrong_types_are_refused(
    client: httpx.AsyncClient, peers: Peers, field: str, value: object
) -> None:
    answer = await client.post(RECEIPTS, json=RECEIPT | {field: value})
    refused(answer, peers, 422, "body-invalid", f"/{field}")


async def test_a_pointer_reaches_into_nested_objects(client: httpx.AsyncClient, peers: Peers) -> None:
    person = {"name": "Mia", "email": "mia@example.org", "language": "fr"}
    answer = await client.post(f"{NETWORK}/members/mem_1/representations", json={"role": "deputy", "person": person})
    refused(answer, peers, 422, "body-invalid", "/person/language")


async def test_a_text_is_no_number_and_a_number_is_no_truth(client: httpx.AsyncClient, peers: Peers) -> None:
    for value in ("true", 1, "1"):
        answer = await client.post("/api/v1/networks", json={"id": "bielefeld", "charter": "x", "sandbox": value})
        refused(answer, peers, 422, "body-invalid", "/sandbox")


@pytest.mark.parametrize("nested", [b"[" * 100_000, b'{"choice":' * 50_000, b'{"reason":' + b"[" * 200_000])
async def test_deep_nesting_is_refused(client: httpx.AsyncClient, peers: Peers, nested: bytes) -> None:
    answer = await client.post(VOTES, content=nested, headers=JSON)
    assert answer.status_code in {400, 422}
    assert not peers.calls


@pytest.mark.parametrize("number", ["9" * 400, "-" + "9" * 400, "1e400", "1" + "0" * 5000, "0." + "3" * 400])
async def test_numbers_of_400_digits_are_refused(client: httpx.AsyncClient, peers: Peers, number: str) -> None:
    for body in (f'{{"choice":{number}}}', f'{{"choice":"object","reason":{number}}}', number):
        answer = await client.post(VOTES, content=body, headers=JSON)
        assert answer.status_code in {400, 422}, answer.text
    assert not peers.calls


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": ""},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": "application/jsonx"},
    ],
)
async def test_another_content_type_is_refused(
    client: httpx.AsyncClient, peers: Peers, headers: dict[str, str]
) -> None:
    answer = await client.post(VOTES, content=b'{"choice":"object"}', headers=headers)
    assert "application/json" in refused(answer, peers, 415, "unsupported-content-type")["detail"]


async def test_a_register_is_csv_and_nothing_else(client: httpx.AsyncClient, peers: Peers) -> None:
    address = f"{NETWORK}/members/import"
    refused(await client.post(address, json={"csv": ""}), peers, 415, "unsupported-content-type")
    csv = {"content-type": "text/csv; charset=UTF-8"}
    refused(await client.post(address, content=b"", headers=csv), peers, 400, "body-malformed")
    answer = await client.post(f"{address}?dry_run=true", content=b"name,kind\n", headers=csv)
    assert answer.status_code == 200
    assert peers.body_of_last() == {"network": "bielefeld", "csv": "bmFtZSxraW5kCg==", "dry_run": True}


async def test_a_register_of_three_mebibytes_still_fits_through_the_bus(
    client: httpx.AsyncClient, peers: Peers, gateway: Gateway
) -> None:
    csv = {"content-type": "text/csv"}
    fitting = await client.post(f"{NETWORK}/members/import", content=b"x" * 2_900_000, headers=csv)
    assert fitting.status_code == 200, fitting.text
    peers.forget()
    too_large = await client.post(f"{NETWORK}/members/import", content=b"x" * (5 * 1024 * 1024 + 1), headers=csv)
    refused(too_large, peers, 413, "body-too-large")
    assert gateway.process is not None


async def test_a_command_without_body_takes_none(client: httpx.AsyncClient, peers: Peers) -> None:
    address = f"{NETWORK}/applications/app_1/welcome"
    refused(await client.post(address, json={"x": 1}), peers, 422, "body-unexpected")
    for body in (b"", b"{}"):
        assert (await client.post(address, content=body)).status_code == 200


async def test_ten_megabytes_are_refused_by_their_announced_length(client: httpx.AsyncClient, peers: Peers) -> None:
    answer = await client.post(VOTES, content=b"x" * 10_000_000, headers=JSON)
    refused(answer, peers, 413, "body-too-large")


async def test_ten_megabytes_in_chunks_are_refused(client: httpx.AsyncClient, peers: Peers) -> None:
    """Nobody announces the length, so the gateway counts."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            yield b"x" * 10_000

    answer = await client.post(VOTES, content=chunks(), headers=JSON)
    refused(answer, peers, 413, "body-too-large")


async def test_who_is_refused_before_the_body_is_read_still_reads_why(
    stranger: httpx.AsyncClient, peers: Peers
) -> None:
    answer = await stranger.post(VOTES, content=b"x" * 3_000_000, headers=JSON)
    refused(answer, peers, 401, "not-signed-in")


def test_an_endless_body_is_cut_off(gateway: Gateway, issuer: Issuer) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as raw:
        raw.sendall(
            f"POST {VOTES} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {issuer.token()}\r\n"
            "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".encode()
        )
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        started = time.monotonic()
        answered = False
        try:
            for _ in range(2_000):
                raw.sendall(chunk)
        except (ConnectionError, ssl.SSLError):
            answered = True
        assert answered, "128 MiB were taken"
        assert time.monotonic() - started < 15


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


@pytest.mark.parametrize("accept", ["text/csv", "application/xml", "application/json;q=0", "image/*"])
async def test_a_representation_that_does_not_exist_is_a_406(
    client: httpx.AsyncClient, peers: Peers, accept: str
) -> None:
    answer = await client.get(NETWORK, headers={"accept": accept})
    refused(answer, peers, 406, "not-acceptable")


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "application/*;q=0.1", "text/html, */*;q=0.8"])
async def test_the_usual_accept_headers_are_served(client: httpx.AsyncClient, peers: Peers, accept: str) -> None:
    assert (await client.get(NETWORK, headers={"accept": accept})).status_code == 200


@pytest.mark.parametrize("member", ["", "MEM", "a b", "mem_ä", "x" * 81, "a.b"])
async def test_a_member_header_must_hold_an_id(client: httpx.AsyncClient, peers: Peers, member: str) -> None:
    answer = await client.get(NETWORK, headers=[(b"fallnetz-member", member.encode())])
    refused(answer, peers, 400, "header-invalid")


@pytest.mark.parametrize("request_id", ["", "a b", "ä", "x" * 65, "<script>", "-"])
async def test_a_strange_request_id_is_replaced(client: httpx.AsyncClient, peers: Peers, request_id: str) -> None:
    answer = await client.get(NETWORK, headers=[(b"x-request-id", request_id.encode())])
    assert answer.headers["x-request-id"].startswith("req-")


async def test_a_browser_gets_its_refusal_as_a_page_in_its_language(stranger: httpx.AsyncClient) -> None:
    german = await stranger.get("/nowhere", headers={"accept": "text/html,*/*;q=0.8"})
    assert german.status_code == 404
    assert '<html lang="de">' in german.text
    assert "Hier ist nichts" in german.text
    english = await stranger.get(
        "/nowhere", headers={"accept": "text/html", "accept-language": "fr, en;q=0.5, de;q=0.1"}
    )
    assert '<html lang="en">' in english.text


def test_a_request_that_is_no_http_ends_the_connection_and_harms_nobody(gateway: Gateway) -> None:
    for raw in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as connection:
            connection.sendall(raw)
            answer = connection.recv(100)
            assert answer == b"" or b" 400 " in answer
    assert httpx.get(f"{gateway.url}/health/live").status_code == 200


def test_a_malformed_host_is_refused(gateway: Gateway) -> None:
    answer = httpx.get(f"{gateway.url}/api/v1/me", headers={"host": "a b<c>"})
    assert 400 <= answer.status_code < 500
