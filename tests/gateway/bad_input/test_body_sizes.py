"""A body that is too long, too deep or endless is refused, and what may be large still fits (promise 11)."""

import socket
import ssl
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.gateway.bad_input.problems import JSON, NETWORK, VOTES, refused
from tests.gateway.conftest import Gateway
from tests.gateway.issuer import Issuer
from tests.gateway.peers import Peers


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
