"""Sign-in (G2): access tokens of trusted issuers, and nothing that only looks like one."""

import base64
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.chassis.nats_server import NatsServer
from services.chassis.settings import SettingsError
from services.gateway.settings import GatewaySettings, issuers
from tests.gateway.conftest import Gateway
from tests.gateway.issuer import Issuer, p256, rsa
from tests.gateway.peers import Peers

ME = "/api/v1/me"


@asynccontextmanager
async def fresh_gateway(
    nats_server: NatsServer, trusted: list[Issuer], folder: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway that has fetched no keys yet."""
    gateway = Gateway(nats_server.url, trusted, folder / "log")
    await gateway.start()
    async with httpx.AsyncClient(base_url=gateway.url) as client:
        yield client
    gateway.stop()


async def get_me(client: httpx.AsyncClient, token: str, scheme: str = "Bearer") -> httpx.Response:
    return await client.get(ME, headers={"authorization": f"{scheme} {token}"})


def unsigned(token: str, header: dict[str, object], signature: str = "") -> str:
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}.{signature}"


async def test_a_token_of_a_trusted_issuer_signs_in(stranger: httpx.AsyncClient, peers: Peers, issuer: Issuer) -> None:
    assert (await get_me(stranger, issuer.token("mia"))).status_code == 200
    assert (await get_me(stranger, issuer.token("mia"), scheme="bearer")).status_code == 200
    actor = peers.calls[-1][1].actor
    assert actor is not None
    assert (actor.issuer, actor.subject, actor.member) == (issuer.url, "mia", None)


async def test_several_audiences_may_stand_in_one_token(
    stranger: httpx.AsyncClient, peers: Peers, issuer: Issuer
) -> None:
    assert (await get_me(stranger, issuer.token(aud=["portal", "fallnetz"]))).status_code == 200
    assert (await get_me(stranger, issuer.token(aud="fallnetz"))).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": "service"},
        {"iss": None},
        {"aud": "another-service"},
        {"aud": ["portal", "conferences"]},
        {"aud": None},
        {"aud": []},
        {"sub": None},
        {"sub": ""},
        {"sub": "a\nb"},
        {"sub": "x" * 256},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": 4_000_000_000},
        {"iat": 4_000_000_000},
        {"at_hash": "an-id-token"},
    ],
    ids=str,
)
async def test_a_token_with_wrong_claims_is_refused(
    stranger: httpx.AsyncClient, peers: Peers, issuer: Issuer, claims: dict[str, Any]
) -> None:
    await refused(await get_me(stranger, issuer.token(**claims)), peers)


async def refused(answer: httpx.Response, peers: Peers) -> None:
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/not-signed-in"), answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert not peers.calls


async def test_an_expired_token_is_refused_after_a_small_leeway(
    stranger: httpx.AsyncClient, peers: Peers, issuer: Issuer
) -> None:
    assert (await get_me(stranger, issuer.token(lifetime=-timedelta(seconds=5)))).status_code == 200
    peers.forget()
    answer = await get_me(stranger, issuer.token(lifetime=-timedelta(seconds=40)))
    await refused(answer, peers)
    assert "abgelaufen" in answer.json()["detail"]


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "None", "typ": "JWT"},
        {"alg": "HS256", "kid": "first"},
        {"alg": "RS512", "kid": "first"},
        {"alg": "RS256", "kid": "first", "crit": ["exp"]},
        {"alg": "RS256", "kid": "first", "typ": "dpop+jwt"},
        {"kid": "first"},
        {"alg": 5},
        {"alg": "RS256", "kid": {}},
    ],
    ids=str,
)
async def test_a_token_that_chooses_its_own_algorithm_is_refused(
    stranger: httpx.AsyncClient, peers: Peers, issuer: Issuer, header: dict[str, object]
) -> None:
    token = issuer.token()
    await refused(await get_me(stranger, unsigned(token, header, token.split(".")[2])), peers)


async def test_the_public_key_is_no_shared_secret(stranger: httpx.AsyncClient, peers: Peers, issuer: Issuer) -> None:
    """RFC 8725 § 2.1: HS256 with the RSA public key as secret."""
    public = issuer.keys[0].as_bytes(private=False)
    signed = unsigned(issuer.token(), {"alg": "HS256", "kid": "first"}).rstrip(".")
    signature = base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), "sha256")).rstrip(b"=").decode()
    await refused(await get_me(stranger, f"{signed}.{signature}"), peers)


async def test_a_changed_token_is_refused(stranger: httpx.AsyncClient, peers: Peers, issuer: Issuer) -> None:
    head, content, signature = issuer.token("mia").split(".")
    other = issuer.token("another").split(".")[1]
    await refused(await get_me(stranger, f"{head}.{other}.{signature}"), peers)
    await refused(await get_me(stranger, f"{head}.{content}.{signature[:-4]}AAAA"), peers)
    await refused(await get_me(stranger, f"{head}.{content}."), peers)


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer x", "Basic bWlhOm1pYQ==", "Bearer a.b", "Bearer a.b.c", "Bearer !.!.!",
     "Bearer e30.e30.e30", "Bearer " + "a." * 3, "Bearer " + "a" * 9000, "Bearer W10.W10.x", "a.b.c"],
)  # fmt: skip
async def test_what_is_no_token_is_refused(stranger: httpx.AsyncClient, peers: Peers, authorization: str) -> None:
    await refused(await stranger.get(ME, headers={"authorization": authorization}), peers)


async def test_a_new_key_is_learnt_and_another_issuers_key_is_not(
    peers: Peers, nats_server: NatsServer, tmp_path: Path
) -> None:
    """The set is fetched again for an unknown key, but not for every token that invents one."""
    issuer = Issuer()
    async with fresh_gateway(nats_server, [issuer], tmp_path) as client:
        assert (await get_me(client, issuer.token())).status_code == 200
        assert issuer.fetches == 1
        for number in range(20):
            peers.forget()
            await refused(await get_me(client, issuer.token(key=rsa(f"invented-{number % 2}"))), peers)
        assert issuer.fetches == 1, "a minute ago it was fetched; nobody makes us flood the issuer"
    issuer.keys = [p256("second"), issuer.keys[0]]
    async with fresh_gateway(nats_server, [issuer], tmp_path) as client:
        assert (await get_me(client, issuer.token(algorithm="ES256"))).status_code == 200
        foreign = p256("second")
        peers.forget()
        await refused(await get_me(client, issuer.token(key=foreign, algorithm="ES256")), peers)
        await refused(await get_me(client, issuer.token(key=rsa("second"))), peers)
    issuer.stop()


async def test_issuers_stand_side_by_side_and_none_speaks_for_another(
    peers: Peers, nats_server: NatsServer, tmp_path: Path
) -> None:
    ours, theirs = Issuer(), Issuer()
    async with fresh_gateway(nats_server, [ours, theirs], tmp_path) as client:
        for issuer in (ours, theirs):
            assert (await get_me(client, issuer.token())).status_code == 200
            actor = peers.calls[-1][1].actor
            assert actor is not None
            assert actor.issuer == issuer.url
        peers.forget()
        await refused(await get_me(client, theirs.token(iss=ours.url)), peers)
    ours.stop()
    theirs.stop()


async def test_an_issuer_that_is_away_is_a_503_and_known_tokens_go_on(
    peers: Peers, nats_server: NatsServer, tmp_path: Path
) -> None:
    away, present = Issuer(), Issuer()
    async with fresh_gateway(nats_server, [away, present], tmp_path) as client:
        assert (await get_me(client, present.token())).status_code == 200
        away.stop()
        peers.forget()
        answer = await get_me(client, away.token())
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/sign-in-unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert not peers.calls
        present.stop()
        assert (await get_me(client, present.token("jan"))).status_code == 200
    assert not peers.silent


def test_issuers_are_named_with_audience_and_key_set() -> None:
    good = GatewaySettings(issuers=("https://id.example|fallnetz|https://id.example/jwks",))
    assert issuers(good)[0].audience == "fallnetz"
    for entry in (
        "service|a|https://x.example/",
        "https://id.example",
        "http://id.example|a|http://id.example/jwks",
        "||",
    ):
        with pytest.raises(SettingsError, match="FALLNETZ_GATEWAY_ISSUERS"):
            issuers(GatewaySettings(issuers=(entry,)))
