"""No address, header or entry makes a header, a cookie or an address of its own choosing; unknown methods, hosts and
lengths are refused (promise 11)."""

from collections.abc import Callable, Iterator

import pytest

from services.cli.demo.stage import Stage
from services.cli.installation.running import Installation
from tests.portal.sockets import ask, request
from tests.portal.visitor import Visitor
from tests.world import OFFICE, WORLD

SignIn = Callable[..., Visitor]
USER = OFFICE.representative.user
HOME = f"/n/{WORLD.network}"
EVIL = "evil.example"


@pytest.fixture(scope="module")
def member(installation: Installation) -> Iterator[Visitor]:
    """Somebody of the office who has signed in."""
    with Visitor(installation) as found:
        found.sign_in(USER)
        yield found


CRLF = "%0d%0aSet-Cookie:%20injected=1%0d%0aX-Injected:%201"


@pytest.mark.parametrize(
    "target",
    [f"/?a={CRLF}", f"/sign-in?next=/{CRLF}", f"/sign-in?again=1&next=/{CRLF}", f"/sign-in/start?provider={CRLF}",
     f"/sign-in/callback?state={CRLF}&code={CRLF}&iss={CRLF}", f"{HOME}/members.csv?on={CRLF}",
     f"{HOME}/members.vcf?on={CRLF}", f"{HOME}/members?q={CRLF}&cursor={CRLF}", f"{HOME}/ballots/{CRLF}",
     f"{HOME}/ballots/{CRLF}/record", f"/n/{CRLF}", f"/l/{CRLF}", f"/calendar/{CRLF}.ics", f"/apply/{CRLF}",
     f"{HOME}/network/charter.toml?version={CRLF}", f"/link/{CRLF}", f"/{CRLF}", "/%00", "/n/%00/members",
     "/n/%ff", "/n/%c3%28", f"{HOME}/members?q=%00", f"{HOME}/members/%2e%2e", f"{HOME}/offers?on=%00",
     f"{HOME}/members/..%2f..", f"{HOME}/members/a%3fb=c", f"{HOME}/members/a%23b", "/sign-in?next=/%e2%82%ac"],
)  # fmt: skip
def test_no_header_and_no_cookie_is_made_from_an_address(
    installation: Installation, member: Visitor, target: str
) -> None:
    said = ask(installation.portal, request("GET", target, {"Cookie": f"fallnetz={member.cookie()}"}))
    assert 200 <= said.status < 500
    assert "injected" not in said.head.lower().replace(CRLF.lower(), "")
    assert said.designed or said.status == 303 or target.startswith("/calendar/")


@pytest.mark.parametrize(
    ("path", "entries"),
    [
        ("/language", {"language": "da\r\nSet-Cookie: injected=1", "next": "/"}),
        ("/language", {"language": "da", "next": "/\r\nX-Injected: 1"}),
        ("/language", {"language": "da", "next": f"//{EVIL}"}),
        ("/language", {"language": "da", "next": f"/\\{EVIL}"}),
        ("/language", {"language": "da", "next": f"https://{EVIL}/"}),
        ("/language", {"language": "da", "next": "/€"}),
        (f"{HOME}/settings/language", {"language": "da", "_key": "a\r\nX-Injected: 1"}),
        (f"{HOME}/settings/language", {"language": "da", "_key": "ä€"}),
        (f"{HOME}/settings/language", {"language": "da", "_key": "x" * 70_000}),
        (f"{HOME}/settings/calendar/end", {"feed": "../../members\r\nX-Injected: 1"}),
        (f"{HOME}/settings/keys/revoke", {"id": "../offers?x=1"}),
        (f"{HOME}/ballots/{CRLF}/draft", {"choice": "object"}),
        (f"{HOME}/ballots/%E2%82%AC/draft", {"choice": "object"}),
        ("/sessions/end", {"session": "\r\n"}),
        ("/acting-for", {"network": "\r\nX-Injected: 1", "member": "x"}),
    ],
)
def test_no_header_and_no_cookie_is_made_from_an_entry(member: Visitor, path: str, entries: dict[str, str]) -> None:
    member.get("/privacy")
    said = member.post(path, entries, follow=False)
    assert said.status_code < 500
    assert "injected" not in str(said.headers).lower().replace(CRLF.lower(), "")
    assert EVIL not in said.headers.get("location", "")
    if said.is_redirect:
        assert member.get(said.headers["location"]).status_code < 500


FORWARDED = (
    "X-Forwarded-Host", "X-Forwarded-Server", "X-Forwarded-For", "X-Forwarded-Prefix", "Forwarded", "X-Original-URL",
    "X-Rewrite-URL",
)  # fmt: skip
HOSTS = (EVIL, f"{EVIL}:99999", f"{EVIL}/x", f"{EVIL}\t", f"user@{EVIL}", "[::1", "", "x" * 5000, "127.0.0.1, " + EVIL)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("target", ["/", "/sign-in?again=1", "/nowhere", HOME])
def test_no_page_believes_the_host_that_a_request_names(installation: Installation, target: str, host: str) -> None:
    headers = {"Host": host, "X-Forwarded-Proto": "javascript", **dict.fromkeys(FORWARDED, EVIL)}
    said = ask(installation.portal, request("GET", target, headers))
    assert said.status < 500
    assert EVIL not in said.head + said.body
    assert said.header("location").startswith("/") or not said.header("location")


def test_addresses_in_pages_and_mails_come_from_the_settings(
    installation: Installation, stage: Stage, signed_in: SignIn
) -> None:
    """The way back from the provider, a calendar's address, and the links of an invitation."""
    evil = {"Host": EVIL, "X-Forwarded-Host": EVIL, "Sec-Fetch-Site": "same-origin"}
    start = f"/sign-in/start?provider={installation.issuer}"
    with Visitor(installation) as stranger:
        there = stranger.get(start, follow=False, **evil).headers["location"]
        assert there.startswith(installation.issuer)
        assert EVIL not in there
    office = signed_in(USER)
    home = f"/n/{stage.network}"
    fields = office.hidden(office.get(f"{home}/settings/calendar").text)
    page = office.send(f"{home}/settings/calendar", fields, **evil)
    assert f"{installation.portal}/calendar/" in page.text
    assert EVIL not in page.text
    email = f"new-{stage.network}@gfs.example"
    office.get(f"{home}/members/{stage.member('gfs')}/people/deputy")
    person = {"_token": office.hidden()["_token"], "name": "Robin", "email": email, "language": "en"}
    office.send(f"{home}/members/{stage.member('gfs')}/people/deputy", person, **evil)
    mail = stage.eventually("the invitation", lambda: next(iter(stage.mails(email)), None))
    assert stage.token(mail)
    assert EVIL not in str(mail)


@pytest.mark.parametrize("length", [3_000, 30_000, 300_000, 5_000_000])
def test_an_address_of_any_length_is_answered_or_refused(installation: Installation, length: int) -> None:
    """A head beyond 64 KiB is refused by the server itself, before there is a page."""
    for target in ("/" + "x" * length, "/n/" + "x" * length, "/?q=" + "x" * length):
        said = ask(installation.portal, request("GET", target, {}))
        assert said.status in ({200, 303, 404} if length < 60_000 else {0, 400, 414, 431})


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "PROPFIND", "TRACE", "FOO", "get", "X" * 200])
def test_an_unknown_method_is_told_which_ones_there_are(
    installation: Installation, member: Visitor, method: str
) -> None:
    headers = {"Cookie": f"fallnetz={member.cookie()}", "Sec-Fetch-Site": "same-origin", "Content-Type": "text/plain"}
    said = ask(installation.portal, request(method, "/language", headers, b"language=da"))
    assert said.status == 405
    assert said.header("allow") == "GET, HEAD, OPTIONS, POST"
    assert said.designed
