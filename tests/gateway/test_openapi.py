"""The API's description (G4): complete, valid, and made of the same tables that answer."""

import re
from typing import Any

import httpx
import jsonschema_rs
import pytest
import schemathesis

from services.gateway.openapi import document
from services.gateway.refusals import problem_types
from services.gateway.route import Route
from services.gateway.routes import ROUTES

DESCRIBED = document("http://127.0.0.1")
COMPONENTS = DESCRIBED["components"]
BETWEEN_PROCESSES = {"listener-unknown", "method-not-allowed", "still-unreadable", "unknown-method"}
_ROUTES = pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.verb} {route.path}")


def operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = DESCRIBED["paths"][route.path][route.verb.lower()]
    return found


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        _, _, kind, name = node["$ref"].split("/")
        node = COMPONENTS[kind][name]
    return node


def slugs(route: Route) -> set[str]:
    return {
        slug
        for response in operation(route)["responses"].values()
        for slug in resolved(response).get("content", {}).get("application/problem+json", {}).get("examples", {})
    }


async def test_the_description_is_served_as_it_is_made(stranger: httpx.AsyncClient) -> None:
    served = (await stranger.get("/openapi.json")).json()
    assert served["openapi"] == "3.1.0"
    assert served["servers"][0]["url"].startswith("http://127.0.0.1:")
    assert served["paths"] == DESCRIBED["paths"]


def test_the_description_is_valid() -> None:
    schemathesis.openapi.from_dict(DESCRIBED).validate()


def test_every_route_is_described_once() -> None:
    operations = {(verb, path): found for path, verbs in DESCRIBED["paths"].items() for verb, found in verbs.items()}
    assert set(operations) == {(route.verb.lower(), route.path) for route in ROUTES}
    names = [found["operationId"] for found in operations.values()]
    assert len(set(names)) == len(names)


@_ROUTES
def test_every_example_fits_its_schema(route: Route) -> None:
    found = operation(route)
    bodies = [found.get("requestBody", {}), next(iter(found["responses"].values()))]
    for body in bodies:
        for content in body.get("content", {}).values():
            jsonschema_rs.validate(content["schema"] | {"components": COMPONENTS}, content["example"])
    for parameter in map(resolved, found["parameters"]):
        if "example" in parameter:
            jsonschema_rs.validate(parameter["schema"], parameter["example"])


@_ROUTES
def test_every_refusal_is_described_under_its_status(route: Route) -> None:
    for status, response in operation(route)["responses"].items():
        content = resolved(response).get("content", {}).get("application/problem+json")
        if int(status) < 400:
            assert content is None
            continue
        assert content is not None
        assert content["examples"]
        for slug in content["examples"]:
            example = COMPONENTS["examples"][slug]["value"]
            jsonschema_rs.validate(content["schema"] | {"components": COMPONENTS}, example)
            assert example["status"] == int(status) == problem_types()[slug].status
            assert example["type"] == f"/problems/{slug}"


@_ROUTES
def test_what_a_route_takes_decides_what_it_refuses(route: Route) -> None:
    found = slugs(route)
    assert {"not-signed-in", "too-many-requests", "internal-error", "service-unavailable", "deadline-exceeded"} <= found
    assert ("precondition-required" in found) == ("edited-meanwhile" in found) == route.takes_version
    assert ("idempotency-key-reused" in found) == route.writes
    assert ("scope-missing" in found) == (route.scope is not None) != ("person-needed" in found)
    assert ("link-not-enough" in found) == (not (route.link or route.link_beside))
    assert ("body-invalid" in found) == ("requestBody" in operation(route))
    assert ("answer-shown-once" in found) == route.method.shown_once


def test_every_kind_of_problem_is_described_somewhere() -> None:
    described = {slug for route in ROUTES for slug in slugs(route)}
    assert set(problem_types()) - described == BETWEEN_PROCESSES


@_ROUTES
def test_the_ways_in_are_described(route: Route) -> None:
    ways = operation(route)["security"]
    assert ({} in ways) == route.public
    assert ({"emailLink": []} in ways) == route.link
    keys = [way["apiKey"] for way in ways if "apiKey" in way]
    assert keys == ([[route.scope.value]] if route.scope else [])
    assert {name for way in ways for name in way} <= set(COMPONENTS["securitySchemes"])


@_ROUTES
def test_headers_are_described(route: Route) -> None:
    found = operation(route)
    asked = {resolved(parameter)["name"] for parameter in found["parameters"]}
    answered = set(next(iter(found["responses"].values()))["headers"])
    assert {"Accept-Language", "X-Request-Id", "Fallnetz-Version"} <= asked
    assert {"RateLimit", "RateLimit-Policy", "X-Request-Id", "Fallnetz-Version"} <= answered
    assert ("Idempotency-Key" in asked) == ("Idempotency-Key" in answered) == route.writes
    assert ("If-Match" in asked) == route.takes_version
    assert ("304" in found["responses"]) == ("If-None-Match" in asked)
    assert ("Last-Event-ID" in asked) == route.stream


async def test_every_reference_leads_somewhere(stranger: httpx.AsyncClient) -> None:
    text = (await stranger.get("/openapi.json")).text
    for reference in set(re.findall(r'"\$ref":"#/([^"]+)"', text)):
        place: Any = DESCRIBED
        for part in reference.split("/"):
            place = place[part]
