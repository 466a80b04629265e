"""How often who may ask (G4): told in headers, counted for each key, person and stranger's address."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from contracts.request import Problem
from services.chassis.clients import client_address, household, trusted_networks
from services.chassis.nats_server import NatsServer
from services.chassis.settings import SettingsError
from services.gateway.examples import LINK
from services.gateway.limits import Buckets
from tests.gateway.conftest import Gateway
from tests.gateway.issuer import Issuer
from tests.gateway.peers import Peers
from tests.gateway.test_credentials import VIEW, holder, secret

NETWORK = "/api/v1/networks/bielefeld"
APPLICATIONS = f"{NETWORK}/applications"
APPLICATION = {
    "name": "Verein", "field_of_work": "x", "address": "y", "will_to_cooperate": True,
    **{role: {"name": "a", "email": "a@example.org"} for role in ("contact", "representative", "deputy")},
}  # fmt: skip
_POLICY = re.compile(r'"[a-z-]+";q=[1-9]\d*;w=[1-9]\d*')
_LIMIT = re.compile(r'"(?P<name>[a-z-]+)";r=(?P<left>\d+);t=(?P<seconds>\d+)')


@asynccontextmanager
async def limited(
    nats: NatsServer, issuer: Issuer, folder: Path, **settings: int | str
) -> AsyncIterator[httpx.AsyncClient]:
    named = {f"FALLNETZ_GATEWAY_{name.upper()}": str(value) for name, value in settings.items()}
    gateway = Gateway(nats.url, [issuer], folder / "log", **named)
    await gateway.start()
    async with httpx.AsyncClient(base_url=gateway.url, timeout=20) as client:
        yield client
    assert gateway.stop() == 0


def signed_in(issuer: Issuer, subject: str) -> dict[str, str]:
    return {"authorization": f"Bearer {issuer.token(subject)}"}


def left(answer: httpx.Response) -> int:
    assert _POLICY.fullmatch(answer.headers["ratelimit-policy"])
    found = _LIMIT.fullmatch(answer.headers["ratelimit"])
    assert found
    return int(found["left"])


async def test_a_quota_is_told_with_each_answer_and_then_refused(
    peers: Peers, nats_server: NatsServer, issuer: Issuer, tmp_path: Path
) -> None:
    async with limited(nats_server, issuer, tmp_path, reads_per_minute=3) as client:
        mia = signed_in(issuer, "mia")
        answers = [await client.get(NETWORK, headers=mia) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert [left(answer) for answer in answers] == [2, 1, 0]
        assert answers[0].headers["ratelimit-policy"] == '"read";q=3;w=60'
        peers.forget()
        refused = await client.get(NETWORK, headers=mia)
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 20
        assert left(refused) == 0
        assert not peers.calls
        jan = await client.get(NETWORK, headers=signed_in(issuer, "jan"))
        assert (jan.status_code, left(jan)) == (200, 2), "each person has a quota of their own"


async def test_a_services_refusal_tells_what_is_left_too(client: httpx.AsyncClient, peers: Peers) -> None:
    peers.replies["get-network"] = lambda _: Problem(slug="network-not-found", detail="No.", status=404)
    answer = await client.get(NETWORK)
    assert answer.status_code == 404
    assert left(answer) > 0


async def test_reads_and_writes_are_counted_apart_and_each_key_for_itself(
    peers: Peers, nats_server: NatsServer, issuer: Issuer, tmp_path: Path
) -> None:
    from contracts.membership.access import Scope

    peers.replies["find-key"] = holder(Scope.DIRECTORY, Scope.SANDBOX)
    async with limited(nats_server, issuer, tmp_path, reads_per_minute=1, writes_per_minute=1) as client:
        key = {"authorization": f"Bearer {secret()}"}
        assert (await client.get(NETWORK, headers=key)).status_code == 200
        assert (await client.get(NETWORK, headers=key)).status_code == 429
        moment = {"moment": "2026-12-11T10:00:00Z"}
        assert (await client.post(f"{NETWORK}/clock", json=moment, headers=key)).status_code == 200
        assert (await client.post(f"{NETWORK}/clock", json=moment, headers=key)).status_code == 429


async def test_strangers_apply_a_few_times_an_hour_from_one_address(
    peers: Peers, nats_server: NatsServer, issuer: Issuer, tmp_path: Path
) -> None:
    """Behind the portal the address is the one that the portal names; nobody else is believed."""
    async with limited(nats_server, issuer, tmp_path, applications_per_hour=2, trusted_proxies="127.0.0.1") as client:

        async def apply(**headers: str) -> int:
            return (await client.post(APPLICATIONS, json=APPLICATION, headers=headers)).status_code

        first = {"x-forwarded-for": "203.0.113.9"}
        assert [await apply(**first) for _ in range(3)] == [201, 201, 429]
        assert await apply(**{"x-forwarded-for": "198.51.100.1, 203.0.113.9"}) == 429, (
            "a client's own words don't count"
        )
        assert await apply(**{"x-forwarded-for": "203.0.113.10"}) == 201
        assert await apply(**signed_in(issuer, "mia"), **first) == 201, "who is signed in is no stranger"
        shown = await client.get(f"{NETWORK}/application-form", headers=first)
        assert shown.status_code == 200


async def test_who_guesses_credentials_is_stopped_and_who_has_good_ones_is_not(
    peers: Peers, nats_server: NatsServer, issuer: Issuer, tmp_path: Path
) -> None:
    async with limited(nats_server, issuer, tmp_path, sign_in_failures_per_minute=3) as client:
        mia = signed_in(issuer, "mia")
        assert (await client.get(NETWORK, headers=mia)).status_code == 200
        guesses = itertools.cycle([{"authorization": "Bearer a.b.c"}, {"authorization": f"Bearer {secret()}"}])
        statuses = [(await client.get(NETWORK, headers=next(guesses))).status_code for _ in range(5)]
        assert statuses == [401, 401, 401, 429, 429]
        peers.forget()
        assert (await client.get(NETWORK, headers={"authorization": f"Bearer {secret()}"})).status_code == 429
        ballot = f"{NETWORK}/ballots/bal_1"
        assert (await client.get(ballot, headers={"fallnetz-link": LINK})).status_code == 429
        assert not peers.lookups
        assert (await client.get(NETWORK, headers=mia)).status_code == 200


async def test_a_link_that_is_no_link_counts_as_a_guess(
    peers: Peers, nats_server: NatsServer, issuer: Issuer, tmp_path: Path
) -> None:
    peers.replies["show-link"] = lambda _: Problem(slug="link-invalid", detail="No.", status=404)
    async with limited(nats_server, issuer, tmp_path, sign_in_failures_per_minute=2) as client:
        ballot = f"{NETWORK}/ballots/bal_1"
        statuses = [(await client.get(ballot, headers={"fallnetz-link": f"x{n}"})).status_code for n in range(3)]
        assert statuses == [404, 404, 429]
        peers.replies["show-link"] = lambda _: VIEW


async def test_no_limit_means_no_header(peers: Peers, nats_server: NatsServer, issuer: Issuer, tmp_path: Path) -> None:
    async with limited(nats_server, issuer, tmp_path, reads_per_minute=0) as client:
        answers = await asyncio.gather(*(client.get(NETWORK, headers=signed_in(issuer, "mia")) for _ in range(20)))
        assert {answer.status_code for answer in answers} == {200}
        assert "ratelimit" not in answers[0].headers


# The bucket itself ----------------------------------------------------------------------------------------------------


def test_a_bucket_refills_evenly_and_never_beyond_its_quota() -> None:
    buckets = Buckets("read", 60, 60)
    mia = ("i", "mia")
    for _ in range(60):
        assert buckets.take(mia, 100.0).taken
    empty = buckets.take(mia, 100.0)
    assert (empty.taken, empty.remaining, empty.full_in, empty.next_in) == (False, 0, 60, 1)
    assert not buckets.take(mia, 100.5).taken
    assert buckets.take(mia, 101.6).taken
    assert buckets.take(mia, 100_000.0).remaining == 59


def test_buckets_stay_bounded_and_those_in_use_are_kept() -> None:
    buckets = Buckets("read", 10, 3600)
    for number in range(300_000):
        buckets.take(("", f"10.{number}"), 1.0)
        if number % 1000 == 0:
            buckets.take(("", "often"), 1.0)
    assert len(buckets) <= 50_001
    assert not buckets.take(("", "often"), 1.0).taken


@pytest.mark.parametrize(
    ("direct", "forwarded", "found"),
    [
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("10.0.0.7", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.7", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.7", "1.1.1.1, 203.0.113.9, 10.0.0.8", "203.0.113.9"),
        ("10.0.0.7", "nonsense", "10.0.0.7"),
        ("10.0.0.7", "203.0.113.9, <script>", "10.0.0.7"),
        ("10.0.0.7", "", "10.0.0.7"),
        ("10.0.0.7", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.7", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.7", "203.0.113.9," * 500 + "198.51.100.4", "198.51.100.4"),
    ],
)
def test_of_forwarded_addresses_only_those_of_trusted_proxies_are_believed(
    direct: str, forwarded: str, found: str
) -> None:
    trusted = trusted_networks(("10.0.0.0/8",), "PROXIES")
    headers = {b"x-forwarded-for": forwarded.encode()} if forwarded else {}
    assert household(client_address({"client": (direct, 1)}, headers, trusted)) == found


def test_a_malformed_proxy_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        trusted_networks(("10.0.0.0/8", "portal.example"), "FALLNETZ_GATEWAY_TRUSTED_PROXIES")
