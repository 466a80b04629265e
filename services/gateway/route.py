"""What a route is: an address under /api/v1 and the request on the bus that answers it. The tables stand beside this
file (`routes_membership`, `routes_access`, `routes_notifications`), joined in `routes`.

Names in braces are fields of the contract's request. What else a request wants is read from the body (its field
`body`), the query, or a header: `Fallnetz-Applicant-Key`, `Fallnetz-Link` (its field `token`), `If-Match` (`version`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec

from contracts.membership.access import Scope
from contracts.request import Method

API = "/api/v1"
NETWORK = f"{API}/networks/{{network}}"

Verb = Literal["GET", "POST", "PUT", "DELETE"]
Locate = Callable[[bytes], dict[str, str]]


@dataclass(frozen=True)
class Created:
    """A command that makes something with an address of its own: 201 and Location."""

    template: str
    named_by: Locate
    """The template's names that stand in the answer."""


@dataclass(frozen=True)
class Route:
    verb: Verb
    path: str
    method: Method[Any, Any]
    tag: str
    summary: str
    created: Created | None = None
    public: bool = False
    """True: also without sign-in. The owning service decides what a stranger may do."""
    timeout_seconds: float | None = None
    """None: the settings' usual time."""
    scope: Scope | None = None
    """What an API key must be allowed to (G2). None: no key, only a person."""
    link: bool = False
    """True: also with a signed link of an e-mail in the header `Fallnetz-Link` (N5)."""
    link_beside: bool = False
    """True: takes a link and a sign-in together, as an invitation does (O3)."""
    stream: bool = False
    """True: the answer is a stream of events (text/event-stream)."""
    narrow: bool = False
    """True: strangers may do this a few times an hour only."""
    deprecated: date | None = None
    """Since when clients should use something else (RFC 9745)."""
    sunset: date | None = None
    """From when on it may be gone (RFC 8594)."""

    @property
    def operation(self) -> str:
        """Its name in the API's description: `castVote`."""
        first, *others = self.method.name.split("-")
        return ("stream" if self.stream else first) + "".join(word.capitalize() for word in others)

    @property
    def writes(self) -> bool:
        return self.verb != "GET"

    @property
    def takes_version(self) -> bool:
        """True: an edit that names the version it was made from, in `If-Match`."""
        return self.writes and "version" in self.method.asks.__struct_fields__

    @property
    def path_fields(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\{(\w+)\}", self.path))


class _WithId(msgspec.Struct):
    id: str


class _WithApplication(msgspec.Struct):
    application: _WithId


class _WithKey(msgspec.Struct):
    key: _WithId


class _WithWebhook(msgspec.Struct):
    webhook: _WithId


class _WithVersion(msgspec.Struct):
    version: int


_ID = msgspec.json.Decoder(_WithId)
_APPLICATION = msgspec.json.Decoder(_WithApplication)
_KEY = msgspec.json.Decoder(_WithKey)
_WEBHOOK = msgspec.json.Decoder(_WithWebhook)
_VERSION = msgspec.json.Decoder(_WithVersion)


def by_id(answer: bytes) -> dict[str, str]:
    return {"id": _ID.decode(answer).id}


def by_application(answer: bytes) -> dict[str, str]:
    return {"id": _APPLICATION.decode(answer).application.id}


def by_version(answer: bytes) -> dict[str, str]:
    return {"version": str(_VERSION.decode(answer).version)}


def by_issued_key(answer: bytes) -> dict[str, str]:
    return {"id": _KEY.decode(answer).key.id}


def by_issued_webhook(answer: bytes) -> dict[str, str]:
    return {"id": _WEBHOOK.decode(answer).webhook.id}
