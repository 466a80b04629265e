"""Edits that collide, and answers that have not changed (G4): If-Match, ETag, If-None-Match."""

import json

import httpx
import pytest

from contracts.request import Problem
from services.gateway.examples import PATH_EXAMPLES, example_of
from services.gateway.openapi import document
from services.gateway.route import Route
from services.gateway.routes import ROUTES
from tests.gateway.peers import Peers

EDITS = [route for route in ROUTES if route.takes_version]
NETWORK = "/api/v1/networks/bielefeld"
MEMBER = f"{NETWORK}/members/{PATH_EXAMPLES['member']}"
PROFILE = {"address": "Niederwall 23"}


def content(route: Route) -> bytes:
    described = document("")["paths"][route.path][route.verb.lower()].get("requestBody")
    return json.dumps(described["content"]["application/json"]["example"]).encode() if described else b""


@pytest.mark.parametrize("route", EDITS, ids=lambda route: f"{route.verb} {route.path}")
async def test_an_edit_says_which_version_it_was_made_from(
    client: httpx.AsyncClient, peers: Peers, route: Route
) -> None:
    path = route.path.format(**PATH_EXAMPLES)
    headers = {"content-type": "application/json"}
    blind = await client.request(route.verb, path, content=content(route), headers=headers)
    assert (blind.status_code, blind.json()["type"]) == (428, "/problems/precondition-required")
    assert not peers.calls
    headers["if-match"] = '"41"'
    assert (await client.request(route.verb, path, content=content(route), headers=headers)).status_code == 200
    assert peers.body_of_last()["version"] == 41
    collided = Problem(slug="edited-meanwhile", detail="Somebody was faster.", status=412)
    peers.replies[route.method.name] = lambda _: collided
    assert (await client.request(route.verb, path, content=content(route), headers=headers)).status_code == 412


@pytest.mark.parametrize("tag", ["*", 'W/"3"', "3", '"3', '"a"', '"-1"', '"03"', '"3", "4"', "", '"' + "9" * 400 + '"'])
async def test_any_other_precondition_is_refused(client: httpx.AsyncClient, peers: Peers, tag: str) -> None:
    answer = await client.put(MEMBER, json=PROFILE, headers={"if-match": tag})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/header-invalid")
    assert not peers.calls


async def test_what_can_be_edited_is_tagged_with_its_version(client: httpx.AsyncClient, peers: Peers) -> None:
    for verb, path, body in (
        ("GET", MEMBER, None),
        ("PUT", MEMBER, PROFILE),
        ("GET", f"{NETWORK}/webhooks/whk_1", None),
        ("GET", f"{NETWORK}/preferences", None),
    ):
        answer = await client.request(verb, path, json=body, headers={"if-match": '"1"'})
        assert answer.headers["etag"] == f'"{answer.json()["version"]}"'


async def test_a_version_is_no_proof_that_nothing_changed(client: httpx.AsyncClient, peers: Peers) -> None:
    """A member's version counts its profile only: a new deputy must not be answered with "not modified"."""
    answer = await client.get(MEMBER, headers={"if-none-match": '"1"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')


async def test_what_has_not_changed_is_not_sent_again(client: httpx.AsyncClient, peers: Peers) -> None:
    first = await client.get(f"{NETWORK}/ballots")
    tag = first.headers["etag"]
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await client.get(f"{NETWORK}/ballots", headers={"if-none-match": given})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    peers.replies["list-ballots"] = lambda _: {"items": [], "next": None}
    changed = await client.get(f"{NETWORK}/ballots", headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


async def test_a_command_is_never_answered_with_not_modified(client: httpx.AsyncClient, peers: Peers) -> None:
    answer = await client.post(f"{NETWORK}/office", json={"member": "mem_1"}, headers={"if-none-match": "*"})
    assert answer.status_code == 200
    assert "etag" not in answer.headers


async def test_edits_take_an_idempotency_key_too(client: httpx.AsyncClient, peers: Peers) -> None:
    """Who did not get the answer repeats the edit and is not told that somebody was faster."""
    for verb, path, body in (("PUT", MEMBER, PROFILE), ("DELETE", f"{NETWORK}/offers/off_1", None)):
        answer = await client.request(verb, path, json=body, headers={"if-match": '"1"', "idempotency-key": "k-7"})
        assert answer.headers["idempotency-key"] == "k-7" == peers.calls[-1][1].key


def test_every_editable_view_has_an_example_with_a_version() -> None:
    for route in EDITS:
        if route.verb == "PUT":
            assert isinstance(example_of(route.method.answers)["version"], int)
