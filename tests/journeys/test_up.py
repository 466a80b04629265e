"""`fallnetz up`: starts, survives, restarts, refuses and ends as it should."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli import signing_in
from services.cli.api import Api, Rejected
from services.cli.installation import topology
from services.cli.installation.ports import USES, free_ports
from services.cli.installation.running import Installation, start, stop, wait_ready
from services.cli.installation.state import State
from tests.portal.visitor import Visitor
from tests.world import OFFICE, OPERATOR, WORLD

NETWORK = f"/networks/{WORLD.network}"


class Own:
    """An installation that a test may stop, start and hurt."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> Installation:
        self.process = start(self.directory, with_example=True)
        wait_ready(self.process, self.directory)
        return self.installation

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process
        return stop(self.process, how)

    @property
    def installation(self) -> Installation:
        return Installation(State(self.directory))

    def children(self) -> dict[str, int]:
        """Process id of each child, by the last part of what it runs; without one that ends at this moment."""
        assert self.process
        found = {}
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("utf-8").split():
            try:
                words = Path(f"/proc/{pid}/cmdline").read_text("utf-8").split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            name = words[2] if words[1:2] == ["-m"] else words[0]
            found[name.rpartition("/")[2].rpartition(".")[2]] = int(pid)
        return found

    def api(self) -> Api:
        found = self.installation
        return Api(found.url, found.issuer, found.secrets.password)

    def words(self) -> str:
        return (self.directory / "up.log").read_text("utf-8")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    found = Own(tmp_path_factory.mktemp("own") / "state")
    found.start()
    yield found
    found.stop()


def eventually(look: Callable[[], Any], seconds: float = 30) -> Any:
    """What `look` gives once it gives something, whatever it raises before."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if found := look():
                return found
        except (Rejected, httpx.HTTPError):
            if time.monotonic() > deadline:
                raise
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


def test_the_first_start_founds_the_example_network(own: Own) -> None:
    with own.api() as api:
        members = api.of(OPERATOR.user).items(f"{NETWORK}/members")
        me = api.of(OFFICE.representative.user).get("/me")
    assert {member["name"] for member in members} == {member.name for member in WORLD.members}
    assert all(len(member["representations"]) == 2 for member in members)
    assert [(standing["member_name"], standing["office"]) for standing in me["standings"]] == [(OFFICE.name, True)]


def test_secrets_are_readable_only_by_their_owner(own: Own) -> None:
    private = ["installation.json", "identity-key.json", "nats/nats.conf"]
    modes = {name: stat.S_IMODE((own.directory / name).stat().st_mode) for name in private}
    assert modes == dict.fromkeys(private, 0o600)
    secrets = own.installation.secrets
    shown = [Path(f"/proc/{pid}/cmdline").read_text("utf-8") for pid in own.children().values()]
    logs = "".join(file.read_text("utf-8", "replace") for file in (own.directory / "log").iterdir())
    own_secrets = (secrets.link_key, secrets.session_key, secrets.password, secrets.portal_key, secrets.portal_client)
    for secret in (*own_secrets, *secrets.nats.values()):
        assert not any(secret in words for words in [*shown, logs])


@pytest.mark.parametrize(
    "name", ["membership", "notifications", "gateway", "portal", "identity", "mailbox", "nats-server"]
)
def test_a_killed_child_is_started_again(own: Own, name: str) -> None:
    before = own.children()[name]
    os.kill(before, signal.SIGKILL)
    after = eventually(lambda: pid if (pid := own.children().get(name)) not in (None, before) else None)
    assert after != before
    with own.api() as api:
        assert eventually(lambda: api.of(OPERATOR.user).get(NETWORK))["members"] == 6
    assert f"{name.removesuffix('-server')} ended (by signal SIGKILL)" in own.words()


def test_with_the_broker_away_requests_are_refused_clearly_and_later_work_again(own: Own) -> None:
    with own.api() as api:
        operator = api.of(OPERATOR.user)
        assert eventually(lambda: operator.get(NETWORK))
        broker = own.children()["nats-server"]
        os.kill(broker, signal.SIGSTOP)
        try:
            with pytest.raises(Rejected) as refusal:
                operator.get(NETWORK)
            assert (refusal.value.status, refusal.value.slug) in (
                (503, "service-unavailable"),
                (504, "deadline-exceeded"),
            )
        finally:
            os.kill(broker, signal.SIGCONT)
        assert eventually(lambda: operator.get(NETWORK))["members"] == 6


def test_a_second_installation_with_the_same_state_is_refused(own: Own) -> None:
    assert "another `fallnetz up` is running" in refused_start(own.directory)


def test_a_state_from_before_there_was_a_portal_gets_its_secrets(tmp_path: Path) -> None:
    state = State(tmp_path).open(free_ports().base)
    file = tmp_path / "installation.json"
    kept = json.loads(file.read_text("utf-8"))
    link_key = kept["secrets"]["link_key"]
    del kept["secrets"]["portal_key"], kept["secrets"]["portal_client"]
    file.write_text(json.dumps(kept), "utf-8")
    assert state.open().secrets.portal_key
    assert state.secrets.link_key == link_key


def test_state_survives_a_restart(own: Own) -> None:
    with own.api() as api:
        before = api.of(OPERATOR.user).items(f"{NETWORK}/members")
    children = own.children()
    assert own.stop() == 0
    assert not [pid for pid in children.values() if Path(f"/proc/{pid}").exists()]
    own.start()
    with own.api() as api:
        assert api.of(OPERATOR.user).items(f"{NETWORK}/members") == before
        assert api.of(OFFICE.representative.user).get("/me")["standings"]


def test_ctrl_c_ends_everything_in_order(own: Own) -> None:
    """Open pages and a partner's stream of changes keep nobody waiting."""
    children = own.children()
    assert len(children) == 7
    installation = own.installation
    token = signing_in.token(installation.issuer, OPERATOR.user, installation.secrets.password)
    partner = httpx.Client(base_url=installation.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    with Visitor(installation) as visitor, partner:
        visitor.sign_in(OFFICE.representative.user)
        page, feed = f"/live/{WORLD.network}", f"/api/v1{NETWORK}/changes/stream"
        with visitor.http.stream("GET", page) as live, partner.stream("GET", feed) as changes:
            lines = [stream.iter_lines() for stream in (live, changes)]
            assert all(next(one) for one in lines)
            assert own.stop(signal.SIGINT) == 0
            for one in lines:
                list(one)  # ended, and not broken off: an incomplete body would raise
    assert "was killed" not in own.words()
    assert not [pid for pid in children.values() if Path(f"/proc/{pid}").exists()]
    assert "Error" not in own.words().rpartition("Stopping")[2]
    own.start()


def test_children_die_with_a_parent_that_is_killed(own: Own) -> None:
    children = own.children()
    own.stop(signal.SIGKILL)
    eventually(lambda: not [pid for pid in children.values() if Path(f"/proc/{pid}").exists()], 15)
    own.start()


def test_ports_in_use_are_named_before_anything_starts(tmp_path: Path) -> None:
    ports = free_ports()
    with socket.create_server(("127.0.0.1", ports.of("smtp"))):
        words = refused_start(tmp_path / "state", "--port-base", str(ports.base))
    assert f"port {ports.of('smtp')} (smtp) is in use" in words
    assert "--port-base" in words
    assert not list((tmp_path / "state" / "log").iterdir())


def test_after_ports_in_use_the_same_state_takes_others(tmp_path: Path) -> None:
    """What the refusal advises works: a start that was refused leaves nothing that binds the next."""
    ports = free_ports()
    with socket.create_server(("127.0.0.1", ports.base)):
        refused_start(tmp_path, "--port-base", str(ports.base))
    assert not State(tmp_path).exists
    others = free_ports()
    with socket.create_server(("127.0.0.1", others.base)):
        words = refused_start(tmp_path, "--port-base", str(others.base))
    assert f"port {others.base} (gateway) is in use" in words


@pytest.mark.parametrize("command", [["up"], ["token", "stadt"]])
def test_a_damaged_state_is_named(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "installation.json").write_text("{bad", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "services.cli.app", *command, "--state", str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=20, env=os.environ | {"COLUMNS": "300"},
    )  # fmt: skip
    assert done.returncode == 2
    assert "installation.json is damaged: restore it, or name another --state." in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_other_ports_for_an_existing_state_are_refused(tmp_path: Path) -> None:
    kept, others = free_ports(), free_ports()
    State(tmp_path).open(kept.base)
    words = refused_start(tmp_path, "--port-base", str(others.base))
    assert f"was made with --port-base {kept.base}" in words


def test_a_state_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory", "utf-8")
    assert "cannot be used" in refused_start(tmp_path / "file" / "state")


def refused_start(directory: Path, *options: str) -> str:
    """What `fallnetz up` says before it ends with exit code 1."""
    command = [sys.executable, "-m", "services.cli.app", "up", "--state", str(directory), *options]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=20, env=os.environ | {"COLUMNS": "300"}
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


def test_two_that_look_for_ports_at_the_same_time_are_given_different_ones() -> None:
    look = "from services.cli.installation.ports import free_ports; print(free_ports().base, flush=True); input()"
    command = [sys.executable, "-c", look]
    others = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    bases = [free_ports().base, free_ports().base]
    bases += [int(other.stdout.readline()) for other in others if other.stdout]
    for other in others:
        other.communicate("\n", 10)
    assert len({base + offset for base in bases for offset in range(len(USES))}) == 5 * len(USES)


def test_every_use_of_a_port_has_one_of_its_own() -> None:
    ports = free_ports()
    assert len({ports.of(use) for use in USES}) == len(USES)


def test_the_consumers_that_may_be_used_are_those_that_the_services_have() -> None:
    from services.membership.app import LISTENERS
    from services.notifications.changes.listeners import NAME
    from services.notifications.notices.listeners import listeners

    has = {"membership": {one.name for one in LISTENERS}, "notifications": {listeners.name, NAME}}
    assert {service: set(names) for service, names in topology.DURABLES.items()} == has
