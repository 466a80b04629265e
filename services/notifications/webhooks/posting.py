"""One attempt over HTTP: to a checked address, without redirects, with an end in time and size.

The name is resolved once, its addresses are checked, and the connection goes to one of these: a name server that says
something else a moment later (rebinding) changes nothing. Certificate and `Host` are those of the name.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from ipaddress import ip_address
from time import monotonic
from typing import Any

import httpcore
from msgspec import Struct

from services.notifications.webhooks.addresses import is_public

SECONDS = 15.0
LONGEST_ANSWER = 65_536
"""Bytes. What it says does not matter, but it must come to an end."""
_MOST_ADDRESSES = 3
_REDIRECTS, _DONE = range(300, 400), range(200, 300)

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host."""


class Posted(Struct, frozen=True, kw_only=True):
    """How an attempt ended."""

    status: int | None = None
    failure: str | None = None
    milliseconds: int = 0
    retry_after: str | None = None
    """What a receiver that is busy or away said of when to come again (RFC 9110 § 10.2.3)."""

    @property
    def done(self) -> bool:
        return self.failure is None and self.status in _DONE


class NotPublicError(Exception):
    """The name stands for no public address."""


async def resolve(host: str, port: int) -> list[str]:
    """As the system does. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[4][0]) for address in found]


class Poster:
    """`ca_file`: certificates to trust beside the system's."""

    def __init__(self, ca_file: str | None = None, resolve: Resolve = resolve, seconds: float = SECONDS) -> None:
        self._tls = ssl.create_default_context()
        if ca_file is not None:
            self._tls.load_verify_locations(ca_file)
        self._resolve = resolve
        self._seconds = seconds

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, trusted: bool) -> Posted:
        """`trusted`: the operator's own host, whose address is not checked. What the other side does raises nothing."""
        began = monotonic()
        status, failure, retry_after = None, None, None
        try:
            async with asyncio.timeout(self._seconds):
                status, retry_after = await self._answer(url, body, headers, Network(self._resolve, trusted=trusted))
        except Exception as error:
            failure = _failure(error)
            if failure is None:
                raise
        if status in _REDIRECTS:
            failure = "redirect"
        took = round((monotonic() - began) * 1000)
        return Posted(status=status, failure=failure, milliseconds=took, retry_after=retry_after)

    async def _answer(
        self, url: str, body: bytes, headers: Mapping[str, str], network: "Network"
    ) -> tuple[int, str | None]:
        """The status, and what stands in Retry-After. Raises _TooLargeError where the answer does not end."""
        pool = httpcore.AsyncConnectionPool(ssl_context=self._tls, network_backend=network, max_connections=1)
        async with pool, pool.stream("POST", url, headers=list(headers.items()), content=body) as answer:
            size = 0
            async for part in answer.aiter_stream():
                size += len(part)
                if size > LONGEST_ANSWER:
                    raise _TooLargeError
            said = next((value for name, value in answer.headers if name.lower() == b"retry-after"), None)
            return int(answer.status), None if said is None else said.decode("latin-1")


class _TooLargeError(Exception):
    pass


class Network(httpcore.AsyncNetworkBackend):
    """Looks at the address at the moment of connecting. Without retries httpcore needs nothing else of it."""

    def __init__(self, resolve: Resolve, *, trusted: bool, inner: httpcore.AsyncNetworkBackend | None = None) -> None:
        self._resolve = resolve
        self._trusted = trusted
        self._inner = inner or httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None, socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:  # fmt: skip
        found = await self._resolve(host, port)
        allowed = [address for address in found if self._trusted or is_public(ip_address(address.partition("%")[0]))]
        if not allowed:
            raise NotPublicError
        *first, last = allowed[:_MOST_ADDRESSES]
        for address in first:
            with contextlib.suppress(httpcore.ConnectError):
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
        return await self._inner.connect_tcp(last, port, timeout, local_address, socket_options)


def _failure(error: Exception) -> str | None:
    """A word for the delivery's log; None: no fault of the other side."""
    match error:
        case NotPublicError():
            return "address-not-public"
        case _TooLargeError():
            return "too-large"
        case httpcore.TimeoutException() | TimeoutError():
            return "timeout"
        case httpcore.ConnectError() if _is_tls(error):
            return "tls"
        case httpcore.NetworkError() | httpcore.ProtocolError() | OSError():
            return "refused"
        case _:
            return None


def _is_tls(error: BaseException) -> bool:
    cause = error.__cause__ or error.__context__
    return cause is not None and (isinstance(cause, ssl.SSLError) or _is_tls(cause))
