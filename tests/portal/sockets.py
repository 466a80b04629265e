"""The portal's own door as seen from a plain socket: exactly these bytes, and what comes back."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

from msgspec import Struct

from services.portal.door import POLICY

PATIENCE = 15
"""Seconds after which a server that says nothing is taken to hang."""


class Said(Struct, frozen=True):
    """An answer. Status 0: the connection was closed without one."""

    status: int
    head: str
    body: str

    def header(self, name: str) -> str:
        found = [line.partition(":")[2].strip() for line in self.head.splitlines()
                 if line.lower().startswith(f"{name.lower()}:")]  # fmt: skip
        return ", ".join(found)

    @property
    def designed(self) -> bool:
        """A page of ours that says something, under the strict policy."""
        return self.header("content-security-policy") == POLICY and "<h1" in self.body


NOTHING = Said(0, "", "")


@contextmanager
def connected(address: str) -> Iterator[socket.socket]:
    split = urlsplit(address)
    with closing(socket.create_connection((split.hostname or "", split.port or 80), timeout=PATIENCE)) as found:
        yield found


def answer(connection: socket.socket, method: str = "GET") -> Said:
    """What the server says. Raises TimeoutError where it hangs."""
    found = HTTPResponse(connection, method=method)
    try:
        found.begin()
        return Said(found.status, str(found.headers), found.read().decode("utf-8", "replace"))
    except TimeoutError:
        raise
    except (OSError, HTTPException):
        return NOTHING


def request(method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """As bytes; with `Host` and `Content-Length` unless they are given."""
    every = {"Host": "127.0.0.1", **({"Content-Length": str(len(body))} if body else {}), **headers}
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in every.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def ask(address: str, raw: bytes, method: str = "GET") -> Said:
    with connected(address) as connection:
        with suppress(OSError):  # refused while it was still sent
            connection.sendall(raw)
        return answer(connection, method)
