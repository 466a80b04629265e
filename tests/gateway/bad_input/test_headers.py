"""Headers: which representations there are, what is refused or replaced, and what is no HTTP at all (promise 11)."""

import socket

import httpx
import pytest

from tests.gateway.bad_input.problems import NETWORK, refused
from tests.gateway.conftest import Gateway
from tests.gateway.peers import Peers


@pytest.mark.parametrize("accept", ["text/csv", "application/xml", "application/json;q=0", "image/*"])
async def test_a_representation_that_does_not_exist_is_a_406(
    client: httpx.AsyncClient, peers: Peers, accept: str
) -> None:
    answer = await client.get(NETWORK, headers={"accept": accept})
    refused(answer, peers, 406, "not-acceptable")


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "application/*;q=0.1", "text/html, */*;q=0.8"])
async def test_the_usual_accept_headers_are_served(client: httpx.AsyncClient, peers: Peers, accept: str) -> None:
    assert (await client.get(NETWORK, headers={"accept": accept})).status_code == 200


async def test_a_browser_gets_its_refusal_as_a_page_in_its_language(stranger: httpx.AsyncClient) -> None:
    german = await stranger.get("/nowhere", headers={"accept": "text/html,*/*;q=0.8"})
    assert german.status_code == 404
    assert '<html lang="de">' in german.text
    assert "Hier ist nichts" in german.text
    english = await stranger.get(
        "/nowhere", headers={"accept": "text/html", "accept-language": "fr, en;q=0.5, de;q=0.1"}
    )
    assert '<html lang="en">' in english.text


@pytest.mark.parametrize("member", ["", "MEM", "a b", "mem_ä", "x" * 81, "a.b"])
async def test_a_member_header_must_hold_an_id(client: httpx.AsyncClient, peers: Peers, member: str) -> None:
    answer = await client.get(NETWORK, headers=[(b"fallnetz-member", member.encode())])
    refused(answer, peers, 400, "header-invalid")


@pytest.mark.parametrize("request_id", ["", "a b", "ä", "x" * 65, "<script>", "-"])
async def test_a_strange_request_id_is_replaced(client: httpx.AsyncClient, peers: Peers, request_id: str) -> None:
    answer = await client.get(NETWORK, headers=[(b"x-request-id", request_id.encode())])
    assert answer.headers["x-request-id"].startswith("req-")


def test_a_malformed_host_is_refused(gateway: Gateway) -> None:
    answer = httpx.get(f"{gateway.url}/api/v1/me", headers={"host": "a b<c>"})
    assert 400 <= answer.status_code < 500


def test_a_request_that_is_no_http_ends_the_connection_and_harms_nobody(gateway: Gateway) -> None:
    for raw in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as connection:
            connection.sendall(raw)
            answer = connection.recv(100)
            assert answer == b"" or b" 400 " in answer
    assert httpx.get(f"{gateway.url}/health/live").status_code == 200
