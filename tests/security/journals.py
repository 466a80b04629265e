"""What both networks' journals say, to see that nothing was written."""

import time
from typing import Any

from tests.security.conftest import Scene

_PART = 200


def entries(scene: Scene, network: str) -> list[Any]:
    """The whole journal, as an operator exports it."""
    operator = scene.api.of("betrieb")
    found: list[Any] = []
    after: dict[str, Any] = {}
    while True:
        part = operator.get(f"/networks/{network}/journal", limit=_PART, **after)
        found += part["entries"]
        if part["next"] is None:
            return found
        after = {"after": part["next"]}


def ends(scene: Scene) -> dict[str, int]:
    """Position of the last entry of each network."""
    return {net.id: entries(scene, net.id)[-1]["position"] for net in scene.nets.values()}


def settled(scene: Scene) -> dict[str, int]:
    """The ends, once what the last commands have set going is done."""
    before = ends(scene)
    for _ in range(20):
        time.sleep(1)
        if (now := ends(scene)) == before:
            return now
        before = now
    raise AssertionError("the installation never came to rest")
