"""Where the inputs of promise 11 go: a whole installation with a network that is played in, one that may end, and one
that nobody touches."""

import time
from pathlib import Path
from typing import Any

from services.cli.api import Rejected
from tests.browser.scene import prepared
from tests.faults import history
from tests.faults.api_inputs import Target
from tests.faults.form_inputs import Browser, Site, filled, handlers
from tests.faults.form_reading import Reader
from tests.faults.test_installation_kills import processes
from tests.security import journals
from tests.security.actors import actors
from tests.security.conftest import Scene
from tests.security.networks import USERS, found_in
from tests.world import WORLD

_LEAVING = "senne"
_SEEN_BY_MEMBERS = ("members", "offers", "applications", "exclusions", "ballots", "notices", "keys", "webhooks")
_STEPS = ("organisation", "contact", "people", "check")


class Ground:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._readers: list[Reader] = []

    # What is played in

    def spare(self) -> dict[str, str]:
        """Founds a network that may end, with something of everything under way. Ids by the names in braces, and what
        else its scene names."""
        own = self._prepared()
        return self.scene.nets["a"].ids | own | {"member": own["member_diakonie"]}

    def _prepared(self) -> dict[str, str]:
        """Once more where the machine was too busy in the middle of it."""
        for pause in range(12):
            time.sleep(pause)
            try:
                return prepared(self.scene.installation).ids
            except (Rejected, AssertionError) as refused:
                if isinstance(refused, Rejected) and refused.status < 500:
                    raise
        raise AssertionError("the machine is too busy to prepare anything")

    def target(self) -> Target:
        """For the API. Tokens are signed anew each time."""
        own = {name: headers for name, headers in actors(self.scene).items() if not name.startswith("elsewhere")}
        return Target(self.scene.nets["a"].ids, self.spare(), own)

    def site(self) -> Site:
        """For the portal. Everybody signs in anew, and every page is looked at for its forms."""
        self.close()
        net, spare = self.scene.nets["a"], self.spare()
        ids = net.ids | {"role": "deputy", "step": "contact"}
        places = [ids, *_all_of(spare)]
        inside = [self._inside(user, places) for user in (*USERS["a"], WORLD.operator.user)]
        links = [spare[name] for name in sorted(spare) if name.startswith("link_")]
        return Site(
            host=self.scene.installation.portal.removeprefix("http://"),
            ids=ids,
            spare=spare | {"role": "deputy"},
            browsers=inside + [self._outside(link, ids) for link in (None, *links)],
            leaving=self._reader(_LEAVING).browser,
        )

    def _inside(self, user: str, places: list[dict[str, str]]) -> Browser:
        reader = self._reader(user)
        for path in handlers("GET"):
            if path.startswith(("/n/", "/operator", "/sessions")):
                for address in dict.fromkeys(filled(path, ids) for ids in places):
                    reader.look(address)
        return reader.browser

    def _outside(self, link: str | None, ids: dict[str, str]) -> Browser:
        reader = self._reader(None)
        if link:
            reader.look(f"/l/{link}")
        else:
            for step in _STEPS:
                reader.look(f"/apply/{ids['network']}/{step}")
        return reader.browser

    def _reader(self, user: str | None) -> Reader:
        self._readers.append(Reader(self.scene.installation, user))
        return self._readers[-1]

    # What must stay as it was

    def control(self) -> list[Any]:
        """All of the network that nobody touches, as its own people and an operator see it."""
        journals.settled(self.scene)
        net = self.scene.nets["b"]
        own, operator = self.scene.api.of(USERS["b"][1]), self.scene.api.of(WORLD.operator.user)
        path = f"/networks/{net.id}"
        lists = [own.items(f"{path}/{name}") for name in _SEEN_BY_MEMBERS]
        ids = [
            f"/{kind}/{net.ids[kind[:-1]]}" for kind in ("members", "offers", "ballots", "exclusions", "applications")
        ]
        return [
            operator.get(path), own.get(f"{path}/charter"), own.get(f"{path}/preferences"), *lists,
            *(own.get(path + one) for one in ids), operator.items(f"{path}/notices"),
            journals.entries(self.scene, net.id),
        ]  # fmt: skip

    def running(self) -> dict[str, int]:
        """Process ids by name."""
        assert self.scene.gateway.process is not None
        found = processes(self.scene.installation.state.directory)
        return found | {"gateway beside": self.scene.gateway.process.pid}

    def memory(self) -> dict[str, int]:
        """Resident MiB of each of our own processes."""
        return {name: _resident(pid) for name, pid in self.running().items() if name != "nats"}

    def failures_in_logs(self) -> list[str]:
        """Faults, and words that are nobody's business in a log."""
        wrong = []
        for log in self.scene.logs:
            for line in log.read_text("utf-8", "replace").splitlines():
                if "request-failed" in line or "Traceback" in line or " ended (" in line:
                    wrong.append(f"{log.name}: {line[:500]}")
                if found_in(line) and "mailbox" not in log.name:
                    wrong.append(f"{log.name} names: {line[:500]}")
        return wrong

    def dead_letters(self) -> list[tuple[object, ...]]:
        return history.dead_letters(self.scene.installation.state.directory)

    def close(self) -> None:
        for reader in self._readers:
            reader.close()
        self._readers.clear()


def _all_of(spare: dict[str, str]) -> list[dict[str, str]]:
    """The same network with each of its applications and ballots."""
    variants = [{}, {"application": spare["waiting_application"]}, {"application": spare["questioned_application"]},
                {"ballot": spare["exclusion_ballot"], "role": "representative"}]  # fmt: skip
    return [spare | {"role": "deputy"} | one for one in variants]


def _resident(pid: int) -> int:
    """MiB; proc(5)."""
    with Path(f"/proc/{pid}/status").open() as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS"))
