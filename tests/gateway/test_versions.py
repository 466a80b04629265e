"""Dated versions of the interface, and how a route says farewell (G4)."""

from datetime import date

import httpx

from contracts.membership.ballots import GET_BALLOT
from services.gateway.openapi import document
from services.gateway.route import NETWORK, Route
from services.gateway.versions import LATEST, farewell
from tests.gateway.peers import Peers

PATH = "/api/v1/networks/bielefeld"


async def test_an_answer_names_the_version_that_it_follows(client: httpx.AsyncClient, peers: Peers) -> None:
    for headers in ({}, {"fallnetz-version": LATEST}):
        assert (await client.get(PATH, headers=headers)).headers["fallnetz-version"] == LATEST
    refused = await client.get(f"{PATH}?unknown=1")
    assert (refused.status_code, refused.headers["fallnetz-version"]) == (400, LATEST)


async def test_an_unknown_version_is_refused(client: httpx.AsyncClient, peers: Peers) -> None:
    for asked in ("2020-01-01", "1", "", "latest"):
        answer = await client.get(PATH, headers={"fallnetz-version": asked, "accept-language": "en"})
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/version-unknown")
        assert LATEST in answer.json()["detail"]
    assert not peers.calls


def test_a_deprecated_route_says_since_when_until_when_and_where_to_read_on() -> None:
    """RFC 9745 § 2, RFC 8594 § 3."""
    path = f"{NETWORK}/ballots/{{ballot}}"
    route = Route(
        "GET", path, GET_BALLOT, "Ballots", "Show a ballot", deprecated=date(2027, 1, 1), sunset=date(2027, 7, 1)
    )
    assert dict(farewell(route, route.operation)) == {
        b"deprecation": b"@1798761600",
        b"link": b'</docs#getBallot>; rel="deprecation"; type="text/html"',
        b"sunset": b"Thu, 01 Jul 2027 00:00:00 GMT",
    }
    assert document("", (route,))["paths"][path]["get"]["deprecated"] is True


def test_nothing_is_deprecated_without_saying_until_when() -> None:
    from services.gateway.routes import ROUTES

    assert [route for route in ROUTES if (route.deprecated is None) != (route.sunset is None)] == []
