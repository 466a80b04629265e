"""Promise 9: no read and no write across members or networks. Every address × whoever may come × whose object."""

import asyncio
import json
import time
from typing import Any

import httpx
import pytest
from msgspec import Struct

from services.gateway.examples import CSV, PATH_EXAMPLES, QUERY_EXAMPLES
from services.gateway.openapi import document
from services.gateway.route import Route
from services.gateway.routes import ROUTES
from tests.security.actors import actors
from tests.security.conftest import Scene
from tests.security.networks import found_in
from tests.security.rights import EVERYBODY, MAY

AT_ONCE = 24
VARIANTS: tuple[str, ...] = ("other network", "other's object", "unknown object", "unknown network")
UNKNOWN = {name: f"{value[:4]}01kzzzzzzzzzzzzzzzzzzzzzzz" for name, value in PATH_EXAMPLES.items()} | {
    "network": "nowhere"
}
DOCUMENT = document("http://127.0.0.1")

pytestmark = pytest.mark.timeout(240)


class Answer(Struct, frozen=True):
    status: int
    slug: str
    text: str
    """Head and body."""


def name_of(route: Route) -> str:
    return f"{route.verb} {route.path}"


NO_CREDENTIAL = {
    "stranger", "applicant", "elsewhere's applicant", "revoked key", "expired key", "other audience", "ID token",
    "foreign issuer", "forged signature",
}  # fmt: skip
OF_OTHER = {
    "elsewhere's office",
    "elsewhere's member",
    "elsewhere's key",
    "operator",
    "elsewhere's link",
    "elsewhere's applicant",
}


def ids_for(variant: str, scene: Scene) -> dict[str, str]:
    one, other = scene.nets["a"], scene.nets["b"]
    match variant:
        case "own":
            return one.ids
        case "other network":
            return other.ids
        case "other's object":
            return other.ids | {"network": one.id}
        case "unknown object":
            return UNKNOWN | {"network": one.id}
        case _:
            return one.ids | {"network": "nowhere"}


def request_of(route: Route, ids: dict[str, str]) -> dict[str, Any]:
    operation = DOCUMENT["paths"][route.path][route.verb.lower()]
    query = {
        one["name"]: QUERY_EXAMPLES[one["name"]]
        for one in operation.get("parameters", []) if one.get("in") == "query" and one.get("required")
    }  # fmt: skip
    content = operation.get("requestBody", {}).get("content", {})
    headers = {"accept-language": "en", "if-match": '"1"'}
    raw = b""
    for media_type, body in content.items():
        raw = CSV.encode() if media_type == "text/csv" else json.dumps(body["example"]).encode()
        headers["content-type"] = media_type
        break
    for name, example in PATH_EXAMPLES.items():
        if name != "network":
            raw = raw.replace(example.encode(), ids[name].encode())
            query = {key: value.replace(example, ids[name]) for key, value in query.items()}
    return {"url": route.path.format(**ids), "params": query, "content": raw or None, "headers": headers}


async def ask(client: httpx.AsyncClient, route: Route, who: dict[str, str], ids: dict[str, str]) -> Answer:
    wanted = request_of(route, ids)
    wanted["headers"] |= who
    url, query = wanted.pop("url"), wanted.pop("params")
    async with client.stream(route.verb, url, params=query, **wanted) as answer:
        streams = answer.headers.get("content-type", "").startswith("text/event-stream")
        body = "" if streams else (await answer.aread()).decode()
    slug = ""
    if answer.is_error:
        slug = str(json.loads(body).get("type", "")).rpartition("/")[2]
    return Answer(answer.status_code, slug, f"{answer.headers}\n{body}")


async def play(scene: Scene, cells: list[tuple[Route, str, str]]) -> dict[tuple[str, str, str], Answer]:
    who = actors(scene)
    found: dict[tuple[str, str, str], Answer] = {}
    waiting = list(reversed(cells))
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=scene.gateway.url, timeout=30, limits=limits) as client:

        async def work() -> None:
            while waiting:
                route, actor, variant = waiting.pop()
                answer = await ask(client, route, who[actor], ids_for(variant, scene))
                found[name_of(route), actor, variant] = answer

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return found


def may(route: Route, actor: str) -> bool:
    allowed = MAY[name_of(route)]
    return allowed == EVERYBODY or actor in allowed


def refuses(answer: Answer) -> bool:
    return answer.status in {401, 403, 404, 410} or answer.slug in {"link-missing", "applicant-key-missing"}


def test_every_address_has_a_rule() -> None:
    """A new route without a rule fails here."""
    known = {name_of(route) for route in ROUTES}
    missing = [f"say in tests/security/rights.py who may: {name}" for name in sorted(known - MAY.keys())]
    assert not missing, missing
    assert not MAY.keys() - known, "these addresses are gone: take them out of tests/security/rights.py"


@pytest.fixture(scope="module")
def refused(scene: Scene) -> dict[tuple[str, str, str], Answer]:
    """Everything that must be refused, asked at once."""
    who = actors(scene)
    cells = [(route, actor, "own") for route in ROUTES for actor in who if not may(route, actor)]
    cells += [
        (route, actor, variant)
        for route in ROUTES if "network" in route.path_fields and MAY[name_of(route)] != EVERYBODY
        for actor in who for variant in VARIANTS
        if not (variant == "other network" and actor in OF_OTHER)
        and not (variant == "unknown network" and actor == "operator")  # sees empty lists, and there is nothing
        and not (variant in {"other's object", "unknown object"} and len(route.path_fields) == 1)
    ]  # fmt: skip
    before = settled(scene)
    found = asyncio.run(play(scene, cells))
    _journals.extend((before, journal(scene)))
    return found


_journals: list[dict[str, int]] = []
"""Before the refusals and after them."""


def settled(scene: Scene) -> dict[str, int]:
    """The journals' ends, once what the last commands have set going is done."""
    before = journal(scene)
    for _ in range(20):
        time.sleep(1)
        if (now := journal(scene)) == before:
            return now
        before = now
    raise AssertionError("the installation never came to rest")


def journal(scene: Scene) -> dict[str, int]:
    operator = scene.api.of("betrieb")
    return {
        net.id: operator.get(f"/networks/{net.id}/journal", limit=200)["entries"][-1]["position"]
        for net in scene.nets.values()
    }


def test_whoever_may_not_is_refused(refused: dict[tuple[str, str, str], Answer]) -> None:
    wrong = [
        f"{cell}: {answer.status} {answer.slug}"
        for cell, answer in refused.items()
        if not refuses(answer)
    ]  # fmt: skip
    print(f"{len(refused)} refusals")  # noqa: T201 - the figure of promise 9
    assert not wrong, "\n".join(wrong)


def test_refusals_leave_nothing_in_a_journal(refused: dict[tuple[str, str, str], Answer]) -> None:
    before, after = _journals
    assert before == after


def test_no_refusal_says_a_word_of_anybody(refused: dict[tuple[str, str, str], Answer]) -> None:
    wrong = [f"{cell}: {found_in(answer.text)}" for cell, answer in refused.items() if found_in(answer.text)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("one", "other"), [("other's object", "unknown object"), ("other network", "unknown network")])
def test_what_others_have_and_what_nobody_has_are_refused_alike(
    refused: dict[tuple[str, str, str], Answer], one: str, other: str
) -> None:
    wrong = []
    for (route, actor, variant), answer in refused.items():
        twin = refused.get((route, actor, other))
        if variant != one or twin is None or actor == "operator":
            continue
        if (answer.status, answer.slug) != (twin.status, twin.slug):
            wrong.append(f"{route}, {actor}: {one} {answer.status} {answer.slug}, {other} {twin.status} {twin.slug}")
    assert not wrong, "\n".join(wrong)


READS = [route for route in ROUTES if route.verb == "GET"]
WRITES = [route for route in ROUTES if route.verb != "GET"]


def test_whoever_may_read_reads_their_own_network_and_no_word_of_the_other(scene: Scene, refused: Any) -> None:
    """Lists, search, counts, exports, feeds."""
    cells = [
        (route, actor, "own")
        for route in READS
        for actor in actors(scene)
        if may(route, actor) and (MAY[name_of(route)] != EVERYBODY or actor == "stranger")
    ]
    found = asyncio.run(play(scene, cells))
    both = {"operator"}
    other = {"elsewhere's office", "elsewhere's member", "elsewhere's key", "elsewhere's link"}
    wrong = [f"{cell}: {a.status} {a.slug}" for cell, a in found.items() if a.status != 200 and refuses(a)]
    for (route, actor, _), answer in found.items():
        tag = "a" if actor in other and "{network}" not in route else "b"
        if actor not in both and (leaked := found_in(answer.text, tag)):
            wrong.append(f"{route}, {actor}: {leaked}")
    assert not wrong, "\n".join(wrong)


def test_nothing_of_it_stands_in_logs_on_the_bus_or_in_webhooks(scene: Scene, refused: Any) -> None:
    texts = {log.name: log.read_text("utf-8", "replace") for log in scene.logs if "mailbox" not in log.name}
    wrong = [f"{name}: {sorted(set(found_in(text)))}" for name, text in texts.items() if found_in(text)]
    stored = b"".join(p.read_bytes() for p in (scene.installation.state.directory / "nats").rglob("*") if p.is_file())
    assert scene.nets["a"].ids["ballot"].encode() in stored, "the events are not where this test looks"
    if leaked := found_in(stored.decode("latin-1")):
        wrong.append(f"the bus: {sorted(set(leaked))}")
    for tag, receiver in scene.receivers.items():
        assert receiver.got, "no webhook came"
        other = scene.nets["b" if tag == "a" else "a"]
        for _path, headers, body in receiver.got:
            wrong += [f"webhook of {tag}: {one}" for one in found_in(headers + body)]
            wrong += [f"webhook of {tag}: {one}" for one in other.ids.values() if one in body]
    assert not wrong, "\n".join(wrong)


def test_mails_speak_of_their_own_network_only(scene: Scene, refused: Any) -> None:
    with httpx.Client(base_url=scene.installation.mailbox) as mailbox:
        messages = mailbox.get("/api/messages").json()["messages"]
    seen = dict.fromkeys(scene.nets, 0)
    for message in messages:
        tags = {canary[2] for canary in found_in(json.dumps(message))}
        assert len(tags) < 2, message
        for tag in tags:
            seen[tag] += 1
    assert all(seen.values())
