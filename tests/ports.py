"""Ports for the servers of the tests."""

from services.cli.installation.ports import free_ports


def free_port() -> int:
    """A port that no other test and, unlike one that the kernel picks, no client of any process is given."""
    return free_ports().base
