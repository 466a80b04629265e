"""Promise 11: no input gives a 5xx, at the API or at the portal, and none does harm.

Every route and every form of a real installation, bent in places. `make test` plays some thousands; `FAULTS=large` a
million, or for `FAULTS_MINUTES`. Each run prints its seed; `FAULTS_SEED` repeats it, with `FAULTS_FIRST` from one input
on, and `FAULTS_INPUTS` says how many.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults import verdicts
from tests.faults.api_inputs import ApiInputs
from tests.faults.form_inputs import FormInputs
from tests.faults.ground import Ground
from tests.faults.playing import LARGE, SEED, Play
from tests.security.conftest import set_up

API_INPUTS = int(os.environ.get("FAULTS_INPUTS", 900_000 if LARGE else 3_000))
FORM_INPUTS = int(os.environ.get("FAULTS_INPUTS", 100_000 if LARGE else 800))
API_CHAPTER, FORM_CHAPTER = 30_000, 5_000
"""After so many inputs people sign in anew and another network is founded that may end."""
GROWTH, ROOM = 1.5, 60
"""How much more memory a process may need at the end than after the first part: factor, and MiB on top."""

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0 if LARGE else 240)]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with set_up(tmp_path_factory.mktemp("inputs")) as scene:
        found = Ground(scene)
        yield found
        found.close()


@pytest.fixture(scope="module")
def before(ground: Ground) -> dict[str, Any]:
    return {"control": ground.control(), "running": ground.running()}


def test_no_input_of_the_api_is_a_fault(ground: Ground, before: dict[str, Any]) -> None:
    play = Play("API", ground.scene.gateway.url, verdicts.of_api, API_INPUTS)
    memory: list[dict[str, int]] = []
    while not play.over:
        play.part(ApiInputs(SEED, ground.target()).made, API_CHAPTER)
        memory.append(ground.memory())
    expect_health(ground, play, memory)


def test_no_input_of_the_portal_is_a_fault(ground: Ground, before: dict[str, Any]) -> None:
    origin, issuer = ground.scene.installation.portal, ground.scene.installation.issuer
    play = Play("portal", origin, lambda sent, got: verdicts.of_portal(sent, got, origin, (issuer,)), FORM_INPUTS)
    memory: list[dict[str, int]] = []
    while not play.over:
        inputs = FormInputs(SEED, ground.site())
        play.part(inputs.made, FORM_CHAPTER)
        memory.append(ground.memory())
    expect_health(ground, play, memory)


def test_nothing_has_become_of_a_network_that_nobody_touched(ground: Ground, before: dict[str, Any]) -> None:
    assert ground.control() == before["control"]
    assert ground.running() == before["running"], "a process ended and was started again"
    assert ground.dead_letters() == []
    assert ground.failures_in_logs() == []


def expect_health(ground: Ground, play: Play, memory: list[dict[str, int]]) -> None:
    print(play)  # noqa: T201 - the figure of promise 11
    print(f"memory in MiB: {memory[0]} … {memory[-1]}")  # noqa: T201
    assert not play.findings, "\n".join(play.findings)
    swollen = {name: (memory[0].get(name), now) for name, now in memory[-1].items()
               if now > memory[0].get(name, now) * GROWTH + ROOM}  # fmt: skip
    assert not swollen, f"MiB after the first part and at the end: {swollen}"
