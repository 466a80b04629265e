"""A webhook leads nowhere but to the public internet (G5): addresses in disguise, names that change their mind."""

from collections.abc import AsyncIterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpcore
import pytest
import pytest_asyncio

from services.notifications.webhooks.addresses import fault, is_public
from services.notifications.webhooks.posting import Network, Poster, resolve
from tests.notifications.peers import certificate
from tests.notifications.receiver import Receiver

pytestmark = pytest.mark.timeout(60)

INNER = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.8", "198.18.0.1", "192.0.2.1", "203.0.113.9", "224.0.0.1", "239.255.255.250",
    "255.255.255.255", "240.0.0.1", "192.88.99.1",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808",
    "64:ff9b:1::1", "2002:7f00:1::", "2001:0:7f00:1::", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1",
    "ff0e::1", "2001:db8::1", "100::1", "3fff::1",
]  # fmt: skip
OUTER = ["8.8.8.8", "93.184.215.14", "172.32.0.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2a00:1450:4001:82b::200e"]


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_not_public_whatever_it_wears(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", OUTER)
def test_a_public_address_is(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://portal.example.org/", "ftp://portal.example.org/", "//portal.example.org", "portal.example.org", "",
        "https://", "https://user@portal.example.org/", "https://user:secret@portal.example.org/",
        "https://portal.example.org/#part", "https://portal.example.org:99999/", "https://portal.example.org:0/",
        "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest",
        "https://portal.example.org/a b", "https://portal.example.org/\r\nHost: x", "https://pörtal.example.org/",
        "https://portal.example.org/" + "x" * 2_000, "https://[fe80::1%25eth0]/", "https://[::1", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_an_address_that_is_none_or_leads_inside_is_refused_at_the_door(url: str) -> None:
    assert fault(url, frozenset()) is not None


def test_a_public_url_is_taken_and_the_operators_own_hosts_may_be_private() -> None:
    assert fault("https://portal.example.org:8443/hooks?for=fallnetz", frozenset()) is None
    assert fault("http://127.0.0.1:9000/", frozenset({"127.0.0.1"})) is None
    assert fault("http://127.0.0.2:9000/", frozenset({"127.0.0.1"})) is not None


class Names:
    """A name server that says something else each time it is asked (rebinding)."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, Path]:
    return certificate(tmp_path_factory.mktemp("tls"), "hooks.example")


@pytest_asyncio.fixture
async def receiver(authority: tuple[object, Path]) -> AsyncIterator[Receiver]:
    made = Receiver()
    await made.start(authority[0])  # type: ignore[arg-type]
    yield made
    await made.stop()


async def test_a_name_that_stands_for_an_inner_address_is_refused_when_connecting(
    receiver: Receiver, authority: tuple[object, Path]
) -> None:
    for answer in (["127.0.0.1"], ["::ffff:127.0.0.1"], ["10.0.0.1", "fe80::1%eth0"]):
        poster = Poster(str(authority[1]), resolve=Names(answer))
        posted = await poster.post(f"https://hooks.example:{receiver.port}/", b"{}", {}, trusted=False)
        assert (posted.failure, posted.status, posted.done) == ("address-not-public", None, False)
    assert receiver.connections == 0


class Connections(httpcore.AsyncMockBackend):
    """Notes where a connection would go."""

    def __init__(self) -> None:
        super().__init__([])
        self.made: list[str] = []

    async def connect_tcp(self, host: str, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        self.made.append(host)
        raise httpcore.ConnectError


async def test_a_name_that_changes_its_mind_between_look_and_connection_gains_nothing() -> None:
    """The name is asked once, and the connection goes to the addresses that were looked at, never to the name."""
    names, connections = Names(["8.8.8.8", "127.0.0.1", "::1", "8.8.4.4"], ["127.0.0.1"]), Connections()
    network = Network(names, trusted=False, inner=connections)
    with pytest.raises(httpcore.ConnectError):
        await network.connect_tcp("hooks.example", 443)
    assert (names.asked, connections.made) == (["hooks.example"], ["8.8.8.8", "8.8.4.4"])


async def test_the_certificate_and_the_host_are_those_of_the_name_not_of_the_address(
    receiver: Receiver, authority: tuple[object, Path]
) -> None:
    poster = Poster(str(authority[1]), resolve=Names(["127.0.0.1"], ["127.0.0.1"]))
    posted = await poster.post(f"https://hooks.example:{receiver.port}/a?b=c", b"{}", {}, trusted=True)
    assert posted.done
    [call] = receiver.calls
    assert (call.name, call.headers["host"]) == ("hooks.example", f"hooks.example:{receiver.port}")
    assert call.path == "/a?b=c"
    other = await poster.post(f"https://other.example:{receiver.port}/", b"{}", {}, trusted=True)
    assert other.failure == "tls"


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
async def test_numbers_in_disguise_are_seen_through_when_connecting(host: str) -> None:
    posted = await Poster().post(f"https://{host}:1/", b"{}", {}, trusted=False)
    assert posted.failure in ("address-not-public", "refused")
    try:
        found = await resolve(host, 1)
    except OSError:
        return
    assert not any(is_public(ip_address(address)) for address in found)
