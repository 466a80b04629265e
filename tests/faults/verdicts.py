"""What no answer may be (promise 11), at the API and at the portal."""

import json
import re

from services.gateway.refusals import ProblemDocument, problem_types
from tests.faults.keep_alive import Got, Sent
from tests.faults.mutations import MARK, TAG
from tests.security.networks import found_in

AWAY = frozenset({"deadline-exceeded", "service-unavailable", "overloaded", "database-busy", "stopping"})
"""Says that the machine is busy, not that the input is at fault: the same input must fare better later."""
_BARE = frozenset({400, 408, 413, 414, 431, 501, 505})
"""What the HTTP server itself says of what is no HTTP, without a body."""
_FOR_PROGRAMS = re.compile(rb"\w+ /+(assets|calendar|%63%61%6c%65%6e%64%61%72)/", re.IGNORECASE)
"""What no person looks at: calendar programs and browsers read the status only."""
_FIELDS = frozenset(ProblemDocument.__struct_fields__)
_LEAK = re.compile(rb"Traceback|File \"/|sqlalchemy|msgspec\.|sqlite3\.|<class '")
_CONTROL = "b"
"""The network of which nobody who sends has anything to see, but for operators."""


def busy(got: Got) -> bool:
    """True: worth asking again."""
    if got.status not in {503, 504}:
        return False
    return b'id="main"' in got.body or slug_of(got) in AWAY


def slug_of(got: Got) -> str:
    try:
        return str(json.loads(got.body)["type"]).rpartition("/")[2]
    except (ValueError, KeyError, TypeError):
        return ""


def of_api(sent: Sent, got: Got) -> str:
    """What is wrong with the gateway's answer; "" if nothing is."""
    if got.status == 0:
        return "no answer" if sent.well_formed else ""
    if wrong := _of_both(sent, got):
        return wrong
    if got.status < 400 or sent.verb == b"HEAD":
        return ""
    if not got.body and got.status in _BARE and not sent.well_formed:
        return ""
    return _of_refusal(sent, got)


def _of_both(sent: Sent, got: Got) -> str:
    if got.status >= 500:
        return "a 5xx"
    if b"\nx-injected" in got.head.lower():
        return "a header of the input's own"
    if _LEAK.search(got.body):
        return "inner workings in the answer"
    if not sent.sees_all and (leaked := found_in(f"{got.head!r}{got.body.decode('utf-8', 'replace')}", _CONTROL)):
        return f"words of another network: {leaked[:3]}"
    return ""


def _of_refusal(sent: Sent, got: Got) -> str:
    if got.kind == "text/html" and b"text/html" in sent.head:
        return "" if b"<h1" in got.body and TAG.encode() not in got.body else "no page of ours"
    if got.kind != "application/problem+json":
        return f"a refusal as {got.kind or 'nothing'}"
    problem = json.loads(got.body)
    if problem.keys() - _FIELDS or problem["status"] != got.status or not problem["detail"]:
        return "a malformed problem"
    if slug_of(got) not in problem_types():
        return f"an unknown kind of problem: {slug_of(got)}"
    if leaked := [
        word for word in found_in(got.body.decode()) if MARK not in word
    ]:  # which names the input's own field
        return f"names in a refusal: {leaked[:3]}"
    return ""


def of_portal(sent: Sent, got: Got, origin: str, providers: tuple[str, ...]) -> str:
    """The same for the portal's. `providers`: where else its redirects may lead."""
    if got.status == 0:
        return "no answer" if sent.well_formed else ""
    if wrong := _of_both(sent, got):
        return wrong
    if sent.verb == b"HEAD":
        return ""
    if 300 <= got.status < 400:
        return _of_redirect(got.header("location"), origin, providers)
    if got.status < 400 and got.kind != "text/html":
        return ""
    if got.kind == "text/html" and TAG.encode() in got.body:
        return "markup of the input's own"
    if got.status < 400:
        return ""
    if not got.body:
        foreign = got.status in _BARE and not sent.well_formed
        for_programs = _FOR_PROGRAMS.match(sent.head) is not None
        return "" if foreign or for_programs or got.header("hx-refresh") else "an empty refusal"
    designed = got.kind == "text/html" and b'id="main"' in got.body and bool(got.header("content-security-policy"))
    return "" if designed else "no page of ours"


def _of_redirect(place: str, origin: str, providers: tuple[str, ...]) -> str:
    inside = place.startswith("/") and place[1:2] not in {"/", "\\"}
    return "" if inside or place.startswith((f"{origin}/", *providers)) else f"leads to {place[:80]}"
