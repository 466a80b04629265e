"""Asks the API whatever anybody may ask, many at once, and keeps the answers."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from services.gateway.examples import CSV, PATH_EXAMPLES, QUERY_EXAMPLES
from services.gateway.openapi import document
from services.gateway.route import Route
from tests.faults.keep_alive import KeepAlive, Sent
from tests.security.actors import actors
from tests.security.conftest import Scene
from tests.security.outcomes import name_of

AT_ONCE = 24
VARIANTS: tuple[str, ...] = ("other network", "other's object", "unknown object", "unknown network")
UNKNOWN = {name: f"{value[:4]}01kzzzzzzzzzzzzzzzzzzzzzzz" for name, value in PATH_EXAMPLES.items()} | {
    "network": "nowhere"
}
DOCUMENT = document("http://127.0.0.1")
Cell = tuple[Route, str, str]
"""Route, actor, variant."""
Named = tuple[str, str, str]


class Answer(Struct, frozen=True):
    status: int
    slug: str
    text: str
    """Head and body."""
    said: str
    """A refusal without the id of its request."""


def ids_for(variant: str, scene: Scene) -> dict[str, str]:
    one, other = scene.nets["a"], scene.nets["b"]
    match variant:
        case "own":
            return one.ids | {"about": one.unannounced}
        case "other network":
            return other.ids
        case "other's object":
            return other.ids | {"network": one.id}
        case "unknown object":
            return UNKNOWN | {"network": one.id}
        case _:
            return one.ids | {"network": "nowhere"}


def request_of(route: Route, who: dict[str, str], ids: dict[str, str]) -> Sent:
    """The route's own example with these ids in it."""
    operation = DOCUMENT["paths"][route.path][route.verb.lower()]
    query = {
        one["name"]: QUERY_EXAMPLES[one["name"]]
        for one in operation.get("parameters", []) if one.get("in") == "query" and one.get("required")
    }  # fmt: skip
    content = operation.get("requestBody", {}).get("content", {})
    headers = {"host": "gateway", "accept-language": "en", "if-match": '"1"', **who}
    raw = b""
    for media_type, body in content.items():
        raw = CSV.encode() if media_type == "text/csv" else json.dumps(body["example"]).encode()
        headers["content-type"] = media_type
        break
    for name, example in PATH_EXAMPLES.items():
        if name != "network":
            raw = raw.replace(example.encode(), ids[name].encode())
            query = {key: value.replace(example, ids[name]) for key, value in query.items()}
    if "about" in query:
        query["about"] = ids.get("about", query["about"])
    target = route.path.format(**ids) + (f"?{urlencode(query)}" if query else "")
    head = f"{route.verb} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return Sent(about=name_of(route), head=head.encode(), body=raw)


async def play(scene: Scene, cells: list[Cell]) -> dict[Named, Answer]:
    who = actors(scene)
    found: dict[Named, Answer] = {}
    waiting = list(reversed(cells))

    async def work() -> None:
        connection = KeepAlive(scene.gateway.url)
        while waiting:
            route, actor, variant = waiting.pop()
            got = await connection.exchange(request_of(route, who[actor], ids_for(variant, scene)))
            found[name_of(route), actor, variant] = _answer(got.status, got.head, got.body)
        await connection.close()

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return found


def _answer(status: int, head: bytes, body: bytes) -> Answer:
    text = f"{head.decode('latin-1')}\n{body.decode()}"
    if status < 400:
        return Answer(status, "", text, "")
    problem: dict[str, Any] = json.loads(body)
    problem.pop("instance")
    return Answer(status, str(problem["type"]).rpartition("/")[2], text, json.dumps(problem, sort_keys=True))
