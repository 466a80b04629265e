"""Promise 1: nothing acknowledged is lost and no effect is doubled, whichever process is killed or frozen when.

A whole installation as `fallnetz up` starts it; six members vote and change their votes without pause while processes
are killed (SIGKILL) or frozen (SIGSTOP) at random. `FAULTS=large` does it ten thousand times or for `FAULTS_MINUTES`;
`FAULTS_KILLS` sets the number, `FAULTS_SEED` repeats the choices.
"""

import itertools
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli.api import Api, Rejected
from services.cli.demo.admission import SIX
from services.cli.installation.running import Installation, running
from services.cli.installation.seeding import details, found_example
from tests.faults import history
from tests.world import OPERATOR, SENNE, WORLD

pytestmark = pytest.mark.faults

LARGE = os.environ.get("FAULTS") == "large"
VICTIMS = ("nats", "membership", "notifications", "gateway", "mailbox")
NETWORK = "kills"
PATH = f"/networks/{NETWORK}"


def insist(what: Callable[[], Any], seconds: float = 120) -> Any:
    """Repeats a request with its key until there is an answer that is no outage."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return what()
        except Rejected as rejected:
            if rejected.status < 500 or time.monotonic() > deadline:
                raise
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)


class Voter(threading.Thread):
    """Casts and changes one member's vote; remembers what was acknowledged."""

    def __init__(self, api: Api, user: str, ballot: str, ended: threading.Event) -> None:
        super().__init__(name=user, daemon=True)
        self.api, self.user, self.ballot, self.ended = api.of(user), user, ballot, ended
        self.acknowledged: list[str] = []
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            for number, choice in enumerate(itertools.cycle(["object", "no-objection"])):
                if self.ended.is_set():
                    return
                insist(lambda choice=choice, number=number: self.vote(choice, f"{self.user}-{number}"))  # type: ignore[misc]
                self.acknowledged.append(choice)
                time.sleep(0.02)
        except Exception as failure:  # noqa: BLE001 - told by the test's main thread
            self.failure = failure

    def vote(self, choice: str, key: str) -> None:
        self.api.post(f"{PATH}/ballots/{self.ballot}/votes", {"choice": choice}, key=key)


def opened_ballot(api: Api, installation: Installation) -> tuple[str, dict[str, str]]:
    """(ballot, member ids by name): everyone has received the notice, and the windows run."""
    clock = "2026-12-07T09:00:00+01:00"
    members = found_example(api, installation.issuer, WORLD, network=NETWORK, sandbox=True, clock=clock)
    person = details(SENNE.representative, None)
    office = api.of("stadt")
    application = office.post(
        f"{PATH}/applications",
        {
            "name": SENNE.name,
            "field_of_work": SENNE.field_of_work,
            "address": SENNE.address,
            "contact": person,
            "representative": person,
            "deputy": details(SENNE.deputy, None),
            "will_to_cooperate": True,
        },
    )["application"]["id"]
    ballot = office.post(f"{PATH}/applications/{application}/announcement")["id"]
    for member in members.values():
        body = {"member": member, "kind": "letter", "received_at": clock, "reason": "Handed over"}
        office.post(f"{PATH}/ballots/{ballot}/receipts", body)
    return ballot, members


def processes(directory: Path) -> dict[str, int]:
    """Process id of each child of the installation whose state lies there, by what it runs."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_text("utf-8").split("\0")
            parent = (entry / "stat").read_text("utf-8").rpartition(")")[2].split()[1]
            above = Path(f"/proc/{parent}/cmdline").read_text("utf-8").split("\0")
        except OSError:
            continue
        if "up" in above and str(directory) in above:
            name = words[2] if words[1:2] == ["-m"] else words[0]
            found[name.rpartition("/")[2].rpartition(".")[2].removesuffix("-server")] = int(entry.name)
    return found


def hurt(directory: Path, chance: random.Random) -> None:
    """Kills one process, or freezes it for up to three seconds."""
    victim = processes(directory).get(chance.choice(VICTIMS))
    if victim is None:
        return
    try:
        if chance.random() < 0.7:
            os.kill(victim, signal.SIGKILL)
            return
        os.kill(victim, signal.SIGSTOP)
        time.sleep(chance.uniform(0.1, 3.0))
        os.kill(victim, signal.SIGCONT)
    except ProcessLookupError:
        return  # it was just being started again


@pytest.mark.timeout(0 if LARGE else 180)
def test_no_acknowledged_vote_is_lost_and_none_counts_twice(tmp_path: Path) -> None:
    seed = int(os.environ.get("FAULTS_SEED", random.SystemRandom().randrange(2**32)))
    kills = int(os.environ.get("FAULTS_KILLS", 10_000 if LARGE else 8))
    until = time.monotonic() + 60 * float(os.environ.get("FAULTS_MINUTES", "inf"))
    chance = random.Random(seed)
    state = tmp_path / "state"
    print(f"promise 1: FAULTS_SEED={seed}")  # noqa: T201 - to repeat a run that fails
    with (
        running(state) as installation,
        Api(installation.url, installation.issuer, installation.secrets.password) as api,
    ):
        ballot, members = opened_ballot(api, installation)
        ended = threading.Event()
        voters = [Voter(api, user, ballot, ended) for user in SIX]
        for voter in voters:
            voter.start()
        done = 0
        while done < kills and time.monotonic() < until and not any(voter.failure for voter in voters):
            time.sleep(chance.uniform(0.1, 1.2))
            hurt(state, chance)
            done += 1
        ended.set()
        for voter in voters:
            voter.join(130)
            assert voter.failure is None, f"{voter.user}: {voter.failure!r}"
        settle(state)
        seen = insist(lambda: api.of(OPERATOR.user).get(f"{PATH}"))
        assert seen["members"] == 6
        record = insist(lambda: api.of("stadt").get(f"{PATH}/ballots/{ballot}/record"))
        shown = insist(lambda: api.of("stadt").get(f"{PATH}/ballots/{ballot}"))
    compare(state, voters, members, record, shown)
    votes = sum(len(voter.acknowledged) for voter in voters)
    print(f"promise 1: {done} kills and freezes, {votes} acknowledged votes, 0 lost, 0 doubled, FAULTS_SEED={seed}")  # noqa: T201


def settle(state: Path, seconds: float = 60) -> None:
    """Until every fact has reached everyone who listens."""
    deadline = time.monotonic() + seconds
    while left := history.not_taken_in(state):
        assert time.monotonic() < deadline, f"{len(left)} facts did not arrive: {left[:5]}"
        time.sleep(0.2)


def compare(state: Path, voters: list[Voter], members: dict[str, str], record: Any, shown: Any) -> None:
    """The journal holds each acknowledged vote once and in order; the tally follows from the last ones."""
    names = {user: members[organisation.name] for user, organisation in zip(SIX, WORLD.members, strict=True)}
    facts = [entry for entry in record["entries"] if entry["kind"] == "VoteCast"]
    for voter in voters:
        stored = [
            entry["body"].split('"choice":"')[1].split('"')[0] for entry in facts if names[voter.user] in entry["body"]
        ]
        assert stored == voter.acknowledged
    last = [voter.acknowledged[-1] for voter in voters if voter.acknowledged]
    assert shown["tally"]["object"] == last.count("object")
    assert shown["tally"]["no_objection"] == last.count("no-objection")
    assert history.twice(state) == []
    assert history.dead_letters(state) == []
