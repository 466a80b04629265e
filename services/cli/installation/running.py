"""An installation of one's own for a while: `fallnetz up` as a child, for demo, tests and measurements."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from services.cli.installation.ports import Ports, free_ports
from services.cli.installation.processes import die_with_parent, inherited
from services.cli.installation.state import Secrets, State


class Failed(Exception):
    """`fallnetz up` ended before it was ready. `str()` has its last words."""


class Installation(Struct, frozen=True):
    """One that is running, or ran, with this state."""

    state: State

    @property
    def ports(self) -> Ports:
        return self.state.ports

    @property
    def secrets(self) -> Secrets:
        return self.state.secrets

    @property
    def url(self) -> str:
        """Of the gateway."""
        return self.ports.address("gateway")

    @property
    def portal(self) -> str:
        return self.ports.address("portal")

    @property
    def issuer(self) -> str:
        return self.ports.address("identity")

    @property
    def mailbox(self) -> str:
        return self.ports.address("mailbox")


def start(
    directory: Path, *, with_example: bool = False, ports: Ports | None = None, limits: Mapping[str, str] | None = None
) -> "subprocess.Popen[str]":
    """`fallnetz up` with this state, on free ports where the state has none yet. Its words go to `up.log` there."""
    directory.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "services.cli.app", "up", "--state", str(directory)]
    if not State(directory).exists:
        command += ["--port-base", str((ports or free_ports()).base)]
    command.append("--example" if with_example else "--no-example")
    with (directory / "up.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own command line
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=inherited() | dict(limits or {}),
            start_new_session=True,
            preexec_fn=die_with_parent,
        )


def wait_ready(process: "subprocess.Popen[str]", directory: Path) -> None:
    """Until it says that it is ready. Raises Failed."""
    if process.stdout is None or process.stdout.readline().strip() != "Ready.":
        stop(process)
        words = (directory / "up.log").read_text("utf-8", "replace")[-3000:]
        raise Failed(f"the installation did not start:\n{words}")


def stop(process: "subprocess.Popen[str]", how: signal.Signals = signal.SIGTERM) -> int:
    """Ends it in an orderly way and gives the exit code."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        return process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()
    finally:
        if process.stdout:
            process.stdout.close()


@contextmanager
def running(
    directory: Path, *, with_example: bool = False, limits: Mapping[str, str] | None = None
) -> Iterator[Installation]:
    """A running installation that is stopped at the end; the state stays. `limits`: the gateway's variables of how
    often who may ask."""
    process = start(directory, with_example=with_example, limits=limits)
    try:
        wait_ready(process, directory)
        yield Installation(State(directory))
    finally:
        stop(process)
