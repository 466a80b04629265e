"""Who asks (G2, N5): API keys, machines and links, what they may be used for, and what they may never be taken for."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from contracts.ids import ApiKeyId, MemberId, NetworkId, NoticeId, PersonId
from contracts.membership.access import KeyHolder, Scope
from contracts.notifications.links import LinkView
from contracts.notifications.words import Purpose
from contracts.request import Actor, Call, Problem
from services.chassis import ids
from services.chassis.settings import SettingsError
from services.gateway.examples import APPLICATION, BALLOT, LINK, PATH_EXAMPLES
from services.gateway.routes import ROUTES
from services.gateway.settings import GatewaySettings, issuers
from tests.gateway.issuer import Issuer
from tests.gateway.peers import Peers

NETWORK = "/api/v1/networks/bielefeld"
BALLOT_PATH = f"{NETWORK}/ballots/{BALLOT}"
VIEW = LinkView(
    network=NetworkId("bielefeld"), notice=NoticeId("not_1"), purpose=Purpose.ADMISSION_BALLOT, about=BALLOT,
    member=MemberId("mem_1"), locale="de", subject_line="x", expires_at=datetime(2099, 1, 1, tzinfo=UTC),
    role="representative", person=PersonId("per_1"),
)  # fmt: skip


def secret() -> str:
    """One that no cache knows yet."""
    return f"fnk_{ids.secret()}"


def holder(*scopes: Scope) -> Callable[[Call], Any]:
    found = KeyHolder(
        id=ApiKeyId("key_1"), network=NetworkId("bielefeld"), member=MemberId("mem_1"), scopes=list(scopes),
        expires_at=datetime(2099, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return lambda _: found


def actor_of_last(peers: Peers) -> Actor | None:
    return peers.calls[-1][1].actor


async def test_an_api_key_acts_as_itself_for_its_member(stranger: httpx.AsyncClient, peers: Peers) -> None:
    peers.replies["find-key"] = holder(Scope.PROCEDURES)
    key = secret()
    answer = await stranger.get(BALLOT_PATH, headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    assert actor_of_last(peers) == Actor(issuer="key", subject="key_1", member=MemberId("mem_1"))
    assert peers.lookups == [("find-key", {"digest": hashlib.sha256(key.encode()).hexdigest(), "client": None})]


async def test_a_key_is_looked_up_once_a_minute_and_not_for_each_request(
    stranger: httpx.AsyncClient, peers: Peers
) -> None:
    peers.replies["find-key"] = holder(Scope.PROCEDURES)
    headers = {"authorization": f"Bearer {secret()}"}
    for _ in range(3):
        assert (await stranger.get(BALLOT_PATH, headers=headers)).status_code == 200
    assert len(peers.lookups) == 1


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.verb} {route.path}")
async def test_a_key_opens_what_its_scopes_name_and_nothing_else(
    stranger: httpx.AsyncClient, peers: Peers, route: Any
) -> None:
    """G2: what has no scope takes a person; what has one takes exactly that one."""
    path = route.path.format(**PATH_EXAMPLES)
    others = [scope for scope in Scope if scope is not route.scope]
    peers.replies["find-key"] = holder(*others)
    content_type = "text/csv" if "import" in route.path else "application/json"
    headers = {"authorization": f"Bearer {secret()}", "content-type": content_type}
    headers |= {"fallnetz-link": LINK} if route.link_beside else {}
    refused = await stranger.request(route.verb, path, headers=headers)
    problem = refused.json()
    if route.scope is None:
        assert (refused.status_code, problem["type"]) == (403, "/problems/person-needed")
    else:
        assert (refused.status_code, problem["type"]) == (403, "/problems/scope-missing")
        assert route.scope.value in problem["detail"]
    assert not peers.calls


async def test_an_unknown_key_is_refused_and_asked_about_once(stranger: httpx.AsyncClient, peers: Peers) -> None:
    headers = {"authorization": f"Bearer {secret()}"}
    for _ in range(3):
        answer = await stranger.get(BALLOT_PATH, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/not-signed-in")
    assert len(peers.lookups) == 1
    assert not peers.calls


async def test_while_membership_is_away_no_key_is_taken_for_a_person(
    stranger: httpx.AsyncClient, peers: Peers, issuer: Issuer
) -> None:
    peers.replies["find-key"] = lambda _: Problem(slug="service-unavailable", detail="Away.", status=503)
    for credential in (secret(), issuer.token("a-machine")):
        answer = await stranger.get(BALLOT_PATH, headers={"authorization": f"Bearer {credential}"})
        assert answer.status_code == 503
    assert not peers.calls


async def test_a_machines_sign_in_is_its_key(stranger: httpx.AsyncClient, peers: Peers, issuer: Issuer) -> None:
    """RFC 6749 § 4.4: the token is a trusted issuer's, the scopes are the key's."""
    peers.replies["find-key"] = holder(Scope.CHANGES)
    headers = {"authorization": f"Bearer {issuer.token('portal-of-the-city')}"}
    assert (await stranger.get(f"{NETWORK}/changes", headers=headers)).status_code == 200
    assert actor_of_last(peers) == Actor(issuer="key", subject="key_1", member=MemberId("mem_1"))
    assert peers.lookups == [
        ("find-key", {"digest": None, "client": {"issuer": issuer.url, "subject": "portal-of-the-city"}})
    ]
    assert (await stranger.get(BALLOT_PATH, headers=headers)).json()["type"] == "/problems/scope-missing"


async def test_that_a_person_is_no_machine_is_remembered(
    stranger: httpx.AsyncClient, peers: Peers, issuer: Issuer
) -> None:
    for _ in range(3):
        headers = {"authorization": f"Bearer {issuer.token('a-person')}"}
        assert (await stranger.get(BALLOT_PATH, headers=headers)).status_code == 200
    assert len(peers.lookups) == 1


async def test_a_key_belongs_to_one_member(stranger: httpx.AsyncClient, peers: Peers) -> None:
    peers.replies["find-key"] = holder(Scope.PROCEDURES)
    headers = {"authorization": f"Bearer {secret()}"}
    for member, status in (("mem_1", 200), ("mem_2", 400)):
        answer = await stranger.get(BALLOT_PATH, headers=headers | {"fallnetz-member": member})
        assert answer.status_code == status


@pytest.mark.parametrize("name", ["key", "link"])
async def test_no_token_claims_to_be_a_key_or_a_link(
    stranger: httpx.AsyncClient, peers: Peers, issuer: Issuer, name: str
) -> None:
    answer = await stranger.get(BALLOT_PATH, headers={"authorization": f"Bearer {issuer.token(iss=name)}"})
    assert answer.status_code == 401
    with pytest.raises(SettingsError):
        issuers(GatewaySettings(issuers=(f"{name}|fallnetz|https://id.example/jwks",)))


# Links ---------------------------------------------------------------------------------------------------------------


async def test_a_link_opens_what_it_is_about(stranger: httpx.AsyncClient, peers: Peers) -> None:
    """N5: the service learns what the link grants, and decides."""
    peers.replies["show-link"] = lambda _: VIEW
    answer = await stranger.get(BALLOT_PATH, headers={"fallnetz-link": f"{LINK}-1"})
    assert answer.status_code == 200
    actor = actor_of_last(peers)
    assert actor is not None
    assert (actor.issuer, actor.subject, actor.member) == ("link", "not_1", "mem_1")
    assert msgspec.to_builtins(actor.link) == {
        "notice": "not_1", "network": "bielefeld", "purpose": "admission-ballot", "about": BALLOT, "member": "mem_1",
        "role": "representative", "person": "per_1",
    }  # fmt: skip


@pytest.mark.parametrize("route", [r for r in ROUTES if not (r.link or r.link_beside)], ids=lambda r: r.verb + r.path)
@pytest.mark.parametrize("signed_in", [False, True])
async def test_a_link_opens_nothing_else(
    stranger: httpx.AsyncClient, peers: Peers, issuer: Issuer, route: Any, signed_in: bool
) -> None:
    headers = {"fallnetz-link": LINK, "content-type": "text/csv" if "import" in route.path else "application/json"}
    headers |= {"authorization": f"Bearer {issuer.token()}"} if signed_in else {}
    answer = await stranger.request(route.verb, route.path.format(**PATH_EXAMPLES), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/link-not-enough")
    assert not peers.calls


@pytest.mark.parametrize(
    ("slug", "status"), [("link-invalid", 404), ("link-expired", 410), ("service-unavailable", 503)]
)
async def test_a_link_that_is_not_good_opens_nothing(
    stranger: httpx.AsyncClient, peers: Peers, slug: str, status: int
) -> None:
    peers.replies["show-link"] = lambda _: Problem(slug=slug, detail="No.", status=status)
    answer = await stranger.get(BALLOT_PATH, headers={"fallnetz-link": f"{LINK}-{slug}"})
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert [subject.split(".")[-2] for subject, _ in peers.calls] == ["show-link"]


@pytest.mark.parametrize("token", ["", "a b", "ä", "x" * 2001, "a/b"])
async def test_what_can_be_no_link_is_refused_before_anybody_is_asked(
    stranger: httpx.AsyncClient, peers: Peers, token: str
) -> None:
    for verb, path in (("GET", BALLOT_PATH), ("GET", "/api/v1/link"), ("POST", "/api/v1/link/confirmation")):
        answer = await stranger.request(verb, path, headers=[(b"fallnetz-link", token.encode())])
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/link-invalid")
    assert not peers.calls


async def test_a_link_is_shown_and_confirmed_by_the_token_in_the_header(
    stranger: httpx.AsyncClient, peers: Peers
) -> None:
    """T3: only the POST confirms; the token stands in no address."""
    headers = {"fallnetz-link": LINK}
    assert (await stranger.get("/api/v1/link", headers=headers)).status_code == 200
    assert peers.body_of_last() == {"token": LINK}
    assert peers.calls[-1][0] == "rpc.installation.local.notifications.show-link.v1"
    assert (await stranger.post("/api/v1/link/confirmation", headers=headers)).status_code == 200
    assert peers.calls[-1][0] == "rpc.installation.local.notifications.confirm-link.v1"
    assert (await stranger.get("/api/v1/link")).json()["type"] == "/problems/link-missing"


@pytest.mark.parametrize("verb", ["GET", "HEAD", "OPTIONS", "PUT"])
async def test_only_a_post_confirms(stranger: httpx.AsyncClient, peers: Peers, verb: str) -> None:
    """N5: whatever opens or prefetches an address is no receipt."""
    for path in ("/api/v1/link", "/api/v1/link/confirmation"):
        await stranger.request(verb, path, headers={"fallnetz-link": LINK})
    assert "confirm-link" not in [subject.split(".")[-2] for subject, _ in peers.calls]


async def test_who_is_signed_in_confirms_as_that_person(client: httpx.AsyncClient, peers: Peers) -> None:
    assert (await client.post("/api/v1/link/confirmation", headers={"fallnetz-link": LINK})).status_code == 200
    actor = actor_of_last(peers)
    assert actor is not None
    assert (actor.subject, actor.link) == ("mia", None)


async def test_an_invitation_takes_the_link_and_the_sign_in(
    stranger: httpx.AsyncClient, client: httpx.AsyncClient, peers: Peers
) -> None:
    """O3."""
    peers.replies["show-link"] = lambda _: msgspec.structs.replace(VIEW, purpose=Purpose.INVITATION)
    link = {"fallnetz-link": f"{LINK}-invitation"}
    assert (await stranger.post("/api/v1/invitation", headers=link)).json()["type"] == "/problems/not-signed-in"
    assert (await client.post("/api/v1/invitation")).json()["type"] == "/problems/link-missing"
    assert not peers.calls
    assert (await client.post("/api/v1/invitation", headers=link)).status_code == 200
    actor = actor_of_last(peers)
    assert actor is not None
    assert actor.link is not None
    assert (actor.subject, actor.link.purpose) == ("mia", "invitation")


# Strangers' keys ------------------------------------------------------------------------------------------------------


async def test_strangers_do_not_share_their_idempotency_keys(stranger: httpx.AsyncClient, peers: Peers) -> None:
    """Else one could learn another's answer, or block it."""
    supplement = f"{NETWORK}/applications/{APPLICATION}/supplement"
    known = []
    for applicant in ("a-1", "a-2", "a-1"):
        headers = {"idempotency-key": "k", "fallnetz-applicant-key": applicant}
        answer = await stranger.post(supplement, json={"answer": "x"}, headers=headers)
        assert answer.headers["idempotency-key"] == "k"
        known.append(peers.calls[-1][1].key)
    assert known[0] == known[2] != known[1]
    assert all(key and "a-1" not in key for key in known)


async def test_a_person_and_a_stranger_never_share_a_key(
    stranger: httpx.AsyncClient, client: httpx.AsyncClient, peers: Peers
) -> None:
    body = {"fallnetz-applicant-key": "a-1", "idempotency-key": "k"}
    withdrawal = f"{NETWORK}/applications/{APPLICATION}/withdrawal"
    await stranger.post(withdrawal, headers=body)
    strangers = peers.calls[-1][1].key
    await client.post(withdrawal, headers=body)
    assert peers.calls[-1][1].key == "k" != strangers
