"""A body that is no JSON, breaks the contract or has another type is refused, with a pointer to it (promise 11)."""

import json

import httpx
import pytest

from services.gateway.examples import BALLOT
from tests.gateway.bad_input.problems import JSON, NETWORK, VOTES, refused
from tests.gateway.peers import Peers

RECEIPTS = f"{NETWORK}/ballots/{BALLOT}/receipts"
RECEIPT = {"member": "mem_1", "kind": "letter", "received_at": "2026-12-11T10:00:00+01:00", "reason": "Registered."}


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


async def test_a_command_without_body_takes_none(client: httpx.AsyncClient, peers: Peers) -> None:
    address = f"{NETWORK}/applications/app_1/welcome"
    refused(await client.post(address, json={"x": 1}), peers, 422, "body-unexpected")
    for body in (b"", b"{}"):
        assert (await client.post(address, content=body)).status_code == 200
