"""Promise 9, for what stays open: a network's stream of changes brings its own and nothing of any other."""

import asyncio
import json
import re
from typing import Any

import httpx
import pytest
from msgspec import Struct

from services.cli.api import Api
from tests.security.actors import actors
from tests.security.conftest import Scene
from tests.security.networks import found_in

pytestmark = pytest.mark.timeout(120)

READERS = ("representative", "deputy", "office", "key", "personal key", "machine", "operator")
_POSITION = re.compile(r"^id: (\d+)$", re.MULTILINE)
_PATIENCE = 30


class Read(Struct, frozen=True):
    head: str
    body: str

    @property
    def ids(self) -> set[str]:
        """Of everything that its events are about."""
        events = [json.loads(line[6:]) for line in self.body.splitlines() if line.startswith("data: ")]
        return {str(one) for event in events for one in event["about"].values()}


def newest(scene: Scene, network: str, headers: dict[str, str]) -> int:
    """Where the feed stands for this reader."""
    answer = httpx.get(f"{scene.gateway.url}/api/v1/networks/{network}/changes?newest=true", headers=headers)
    return int(answer.json()["last"])


async def read(scene: Scene, network: str, headers: dict[str, str], last: int, more: asyncio.Event) -> Read:
    """The stream from its beginning to `last`, and, once something has happened, what it brings of that."""
    url = f"{scene.gateway.url}/api/v1/networks/{network}/changes/stream?after=0"
    body = ""
    async with (
        asyncio.timeout(_PATIENCE),
        httpx.AsyncClient(timeout=_PATIENCE) as client,
        client.stream("GET", url, headers=headers | {"accept": "text/event-stream"}) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        async for part in answer.aiter_text():
            body += part
            reached = max((int(one) for one in _POSITION.findall(body)), default=0)
            if reached >= last:
                more.set()
            if reached > last:
                break
    return Read(str(answer.headers), body)


def happen(scene: Scene) -> None:
    """Something that members are told of, in both networks: each member changes what it says of itself."""
    for tag, user in (("b", "wohnbau"), ("a", "diakonie")):
        net, own = scene.nets[tag], scene.api.of(user)
        _edit(own, f"/networks/{net.id}/members/{net.members['member']}", net.id)


def _edit(own: Api, path: str, website: str) -> None:
    found = own.get(path)
    profile: dict[str, Any] = {"address": found["address"], "website": f"https://{website}.example"}
    own.put(path, profile, version=found["version"])


async def all_read(scene: Scene) -> dict[str, Read]:
    """Every reader's stream of the first network, all open at once while something happens in both."""
    net, who = scene.nets["a"], actors(scene)
    caught_up = {name: asyncio.Event() for name in READERS}
    streams = {
        name: asyncio.create_task(read(scene, net.id, who[name], newest(scene, net.id, who[name]), caught_up[name]))
        for name in READERS
    }
    await asyncio.gather(*(one.wait() for one in caught_up.values()))
    await asyncio.to_thread(happen, scene)
    return dict(zip(streams, await asyncio.gather(*streams.values()), strict=True))


def test_a_stream_brings_its_own_network_and_nothing_of_another(scene: Scene) -> None:
    one, other = scene.nets["a"], scene.nets["b"]
    own, foreign = _ids(scene, one.id), _ids(scene, other.id)
    assert not own & foreign
    wrong = []
    for name, found in asyncio.run(all_read(scene)).items():
        text = found.head + found.body
        assert found.ids, f"{name} read nothing"
        assert found.ids & own, f"{name} read nothing of the network"
        wrong += [f"{name}: {leaked}" for leaked in found_in(text)]  # events carry ids and no words
        wrong += [f"{name}: {leaked}" for leaked in foreign | {other.id} if leaked in text]
    assert not wrong, "\n".join(wrong)


def _ids(scene: Scene, network: str) -> set[str]:
    """Everything that the network's feed was ever about, as an operator sees it, and its members."""
    operator = scene.api.of("betrieb")
    found = {str(member["id"]) for member in operator.items(f"/networks/{network}/members")}
    after = 0
    while True:
        part = operator.get(f"/networks/{network}/changes", after=after, limit=500)
        found |= {str(one) for change in part["changes"] for one in change["about"].values()}
        if part["next"] is None:
            return found - {network}
        after = part["next"]
