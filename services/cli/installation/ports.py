"""The ports of an installation: consecutive numbers from a base, so that several can run on one machine."""

import socket

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
    """A base from which all ports are free now, below the range from which the kernel gives ports to clients."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        first = start + probe.getsockname()[1] % (end - start)
    for offset in range(0, end - start, len(USES)):
        ports = Ports(start + (first - start + offset) % (end - start))
        if not any(listening(ports.of(use)) for use in USES):
            return ports
    raise PortsTaken("no free ports are left on this machine")
