"""The ports of an installation: consecutive numbers from a base, so that several can run on one machine."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path
from typing import TextIO

from msgspec import Struct

DEFAULT_BASE = 8400
USES = (
    "gateway",
    "identity",
    "mailbox",
    "smtp",
    "nats",
    "nats_monitor",
    "membership_health",
    "notifications_health",
    "bounces",
    "portal",
    "portal_health",
)


class PortsTaken(Exception):
    """Somebody else listens already. `str()` says where and what to do."""


class Ports(Struct, frozen=True):
    """All on the loopback interface."""

    base: int

    def of(self, use: str) -> int:
        """The port of one of `USES`."""
        return self.base + USES.index(use)

    def address(self, use: str) -> str:
        """`http://127.0.0.1:8400`"""
        return f"http://127.0.0.1:{self.of(use)}"

    def demand_free(self) -> None:
        """Raises PortsTaken naming every port on which somebody listens."""
        taken = [f"{self.of(use)} ({use.replace('_', ' ')})" for use in USES if listening(self.of(use))]
        if taken:
            raise PortsTaken(
                f"port {', '.join(taken)} is in use. End the other program (is another `fallnetz up` running?) or "
                f"choose other ports with --port-base, which takes {len(USES)} from there."
            )


def listening(port: int) -> bool:
    """Whether a server could not bind the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def free_ports(start: int = 20_000, end: int = 32_000) -> Ports:
    """A base from which all ports are free, below the range from which the kernel gives ports to clients. It stays
    this process's until it ends: two that look at the same time are not given the same ports."""
    bases = range(start, end - len(USES) + 1, len(USES))
    first = os.getpid() * 37 % len(bases)  # so that many at once do not all ask for the same
    for base in [*bases[first:], *bases[:first]]:
        ports = Ports(base)
        if _reserved(base) and not any(listening(ports.of(use)) for use in USES):
            return ports
    raise PortsTaken("no free ports are left on this machine")


_reservations: list[TextIO] = []  # open as long as the process lives: the kernel ends a lock with its file


def _reserved(base: int) -> bool:
    directory = Path(tempfile.gettempdir()) / f"fallnetz-ports-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    reservation = (directory / str(base)).open("w")
    try:
        fcntl.flock(reservation, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        reservation.close()
        return False
    _reservations.append(reservation)
    return True
