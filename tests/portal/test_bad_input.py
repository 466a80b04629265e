"""Whatever comes to the portal's door is answered with a page that says what to do, never a fault (promise 11).

Over plain sockets: browsers and HTTP libraries do not send such things.
"""

import random
import select
import socket
from collections.abc import Callable, Iterator

import pytest

from services.cli.installation import topology
from services.cli.installation.running import Installation
from tests.portal.beside import Beside, Server
from tests.portal.sockets import NOTHING, PATIENCE, Said, answer, ask, connected, request
from tests.portal.visitor import Visitor
from tests.world import OFFICE, WORLD

USER = OFFICE.representative.user
HOME = f"/n/{WORLD.network}"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module", autouse=True)
def slow_head(installation: Installation) -> Iterator[socket.socket]:
    """A head that never ends, begun before the other tests so that its patience runs out beside them."""
    with connected(installation.portal) as connection:
        connection.settimeout(PATIENCE + 5)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        yield connection


@pytest.fixture
def token(stranger: Visitor) -> str:
    """Of a page's form, so that a body is not refused for want of one."""
    stranger.get("/")
    return stranger.hidden()["_token"]


@pytest.fixture
def browser(stranger: Visitor, token: str) -> dict[str, str]:
    """Headers of a browser that has seen a page (with its token came a cookie) and sends a form from it."""
    return {
        "Cookie": f"fallnetz-visitor={stranger.cookie('fallnetz-visitor')}",
        "Sec-Fetch-Site": "same-origin", "Content-Type": FORM, "Accept-Language": "en",
    }  # fmt: skip


def form(installation: Installation, headers: dict[str, str], body: bytes, **more: str) -> Said:
    return ask(installation.portal, request("POST", "/language", {**headers, **more}, body), "POST")


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_long_is_refused_without_being_read(
    installation: Installation, browser: dict[str, str], announced: bool
) -> None:
    """Of an announced length at once, though nothing of it has come; else as soon as it is too long."""
    length = {"Content-Length": "50000000"} if announced else {"Transfer-Encoding": "chunked"}
    with connected(installation.portal) as connection:
        connection.sendall(request("POST", f"{HOME}/desk/register", {**browser, **length}))
        if not announced:
            for _ in range(260):
                connection.sendall(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
        said = answer(connection, "POST")
    assert said.status == 413
    assert "Send a smaller file or a shorter text." in said.body
    assert said.designed


@pytest.fixture(scope="module")
def hasty(edge: Beside) -> Iterator[dict[str, str]]:
    """Gateway and portal that wait only a second for a body."""
    patience = {"BODY_TIMEOUT_SECONDS": "1"}
    gateway = Server(topology.gateway(edge.installation.state), edge.folder, **patience)
    portal = edge.another_portal("hasty", **patience)
    gateway.start()
    portal.start()
    yield {"gateway": gateway.url, "portal": portal.url}
    portal.stop()
    gateway.stop()


@pytest.mark.parametrize("which", ["portal", "gateway"])
def test_whoever_sends_a_body_byte_by_byte_is_cut_off_and_holds_up_nobody(
    hasty: dict[str, str], browser: dict[str, str], which: str
) -> None:
    path = "/language" if which == "portal" else f"/api/v1/networks/{WORLD.network}/applications"
    headers = {**browser, "Content-Length": "1000"} | (
        {"Content-Type": "application/json"} if which == "gateway" else {}
    )
    slow = [socket.create_connection(("127.0.0.1", int(hasty[which].rpartition(":")[2])), PATIENCE) for _ in range(60)]
    try:
        for connection in slow:
            connection.sendall(request("POST", path, headers) + b"{")
        assert ask(hasty[which], request("GET", "/", {"Accept": "text/html"})).status == 200
        cut: list[socket.socket] = []
        for _ in range(100):  # each sends on until it is answered
            cut, _, _ = select.select(slow, [], [], 0.1)
            for connection in slow:
                if connection not in cut:
                    connection.sendall(b" ")
            if len(cut) == len(slow):
                break
        said = [answer(connection, "POST") for connection in slow]
    finally:
        for connection in slow:
            connection.close()
    assert {one.status for one in said} == {408}
    if which == "portal":
        assert all(one.designed and "It did not arrive in time." in one.body for one in said)


def part(name: str, value: bytes, more: str = "") -> bytes:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"


MULTIPART = {
    "no boundary": (b"x", ""),
    "an empty boundary": (b"--\r\n\r\n", '; boundary=""'),
    "an unclosed boundary": (b"x", '; boundary="'),
    "no end": (part("a", b"b"), "; boundary=x"),
    "nothing": (b"", "; boundary=x"),
    "parts without a head": (b"--x\r\n\r\n" * 300_000 + b"--x--", "; boundary=x"),
    "40,000 parts": (part("a", b"") * 40_000 + b"--x--", "; boundary=x"),
    "400,000 heads of a part": (b"--x\r\n" + b"A: b\r\n" * 400_000 + b"\r\n--x--", "; boundary=x"),
    "a head of 2 MB": (part("a" * 2_000_000, b"") + b"--x--", "; boundary=x"),
    "nested": (b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 9_000, "; boundary=x"),
    "bad UTF-8": (part("language", b"\xff\xfe") + b"--x--", "; boundary=x"),
    "NUL": (part("language", b"d\0a") + b"--x--", "; boundary=x"),
}


@pytest.mark.parametrize("kind", MULTIPART)
def test_a_malformed_multipart_form_is_refused_at_once(
    installation: Installation, browser: dict[str, str], token: str, kind: str
) -> None:
    """It holds up nobody: parsers that look back for each line take minutes over some of these."""
    body, boundary = MULTIPART[kind]
    body = part("_token", token.encode()) + body if boundary.endswith("=x") else body
    said = form(installation, browser, body, **{"Content-Type": f"multipart/form-data{boundary}"})
    assert said.status == 403
    assert said.designed


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"language=%ff%fe", FORM), (b"language=\xff", FORM), (b"language=%00", FORM), (b"%00=da", FORM),
        (b"\xff\xfel\0a\0", f"{FORM}; charset=utf-16"), (b"a=1&" * 600, FORM), (b"&" * 2_000_000, FORM),
        (b"{}", "application/json"), (b"<a/>", "text/xml"),
        (b"language=da", "; ;=;"), (b"language=da", "\xe4"), (b"language=da", ""),
    ],
)  # fmt: skip
def test_a_body_in_another_form_is_refused(
    installation: Installation, browser: dict[str, str], token: str, body: bytes, kind: str
) -> None:
    body = b"_token=" + token.encode() + b"&" + body if kind == FORM else body
    said = form(installation, browser, body, **{"Content-Type": kind})
    assert said.status == 403
    assert said.designed
    assert "fallnetz-language" not in said.head


HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize(
    "head",
    [b"\r\n\r\n", b"\0\0\0\0", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02",
     HEAD + b"Host: b\r\n\r\n",
     HEAD + b"A\r\n\r\n", HEAD + b"Content-Length: -1\r\n\r\n",
     HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"],
)  # fmt: skip
def test_what_is_no_http_is_refused_or_cut_off(installation: Installation, head: bytes) -> None:
    with connected(installation.portal) as connection:
        connection.sendall(head)
        connection.shutdown(socket.SHUT_WR)
        said = answer(connection)
    assert said is NOTHING or 200 <= said.status < 500


_TREATS = (b"\0", b"\xff", b"\xc3\x28", b"%00", b"%0d%0a", b"..", b"/", b"?", b"#", b"%", b"\\", b"'", b'"', b"<", b"{",
           b"&", b"=", b"x" * 300, "ß\u202e€".encode(), b"9" * 400, b"-1", b"\x1b[31m")  # fmt: skip


def test_nothing_that_is_sent_makes_a_fault(installation: Installation, signed_in: Callable[..., Visitor]) -> None:
    """Bytes changed anywhere in real requests of somebody who is signed in; the seed is in the failure."""
    visitor = signed_in(USER)
    visitor.get(f"{HOME}/members")
    cookie = {"Cookie": f"fallnetz={visitor.cookie()}", "Sec-Fetch-Site": "same-origin", "Content-Type": FORM}
    body = f"_token={visitor.hidden()['_token']}&_key=key-1&language=en&next=%2Fprivacy".encode()
    requests = [
        request("GET", f"{HOME}/members?q=haus&on=2026-12-07&cursor=abc", cookie),
        request("GET", f"{HOME}/network/charter.toml?version=1", cookie),
        request("GET", "/sign-in/start?provider=x&next=%2Fprivacy", cookie),
        request("GET", "/sign-in/callback?state=abc&code=def", cookie),
        request("POST", "/language", cookie, body),
        request("POST", f"{HOME}/search", cookie, body + b"&q=haus&cursor=abc"),
    ]
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for number in range(400):
        raw = mutated(requests[number % len(requests)], chance)
        said = ask(installation.portal, raw)
        assert said.status < 500, f"seed {seed}, {number}: {raw!r}"


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """One to three changes anywhere; the length is announced rightly, so that the body arrives."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    parts = [bytearray(lines[0]), bytearray(b"\r\n".join(lines[1:])), bytearray(body)]
    for _ in range(chance.randint(1, 3)):
        one = parts[chance.choice((0, 0, 1, 2, 2)) if body else chance.choice((0, 0, 1))]
        place = chance.randrange(len(one) + 1)
        match chance.randrange(3):
            case 0:
                one[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                one[place:place] = chance.choice(_TREATS)
            case _:
                del one[place : place + chance.randint(1, 10)]
    length = b"Content-Length: %d" % len(parts[2])
    return (
        bytes(parts[0])
        + b"\r\n"
        + bytes(parts[1])
        + b"\r\n"
        + length
        + b"\r\nConnection: close\r\n\r\n"
        + bytes(parts[2])
    )
