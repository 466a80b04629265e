"""Every address under /api/v1 and the request on the bus that answers it: the gateway's table of contents.

Names in braces are fields of the contract's request. What else a request wants is read from the body (its field
`body`), the query, or the header `Fallnetz-Applicant-Key`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from contracts import notifications as n
from contracts.membership import admission, ballots, leaving, members, networks
from contracts.request import Method

API = "/api/v1"
_NETWORK = f"{API}/networks/{{network}}"

Verb = Literal["GET", "POST"]
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


class _WithId(msgspec.Struct):
    id: str


class _WithApplication(msgspec.Struct):
    application: _WithId


class _WithVersion(msgspec.Struct):
    version: int


_by_id = msgspec.json.Decoder(_WithId)
_by_application = msgspec.json.Decoder(_WithApplication)
_by_version = msgspec.json.Decoder(_WithVersion)


def _id(answer: bytes) -> dict[str, str]:
    return {"id": _by_id.decode(answer).id}


def _application(answer: bytes) -> dict[str, str]:
    return {"id": _by_application.decode(answer).application.id}


def _version(answer: bytes) -> dict[str, str]:
    return {"version": str(_by_version.decode(answer).version)}


_BALLOT = Created(f"{_NETWORK}/ballots/{{id}}", _id)
_APPLICATION = f"{_NETWORK}/applications/{{application}}"
_EXCLUSION = f"{_NETWORK}/exclusions/{{exclusion}}"

ROUTES: tuple[Route, ...] = (
    Route("GET", f"{API}/me", members.WHO_AM_I, "People", "Who is signed in, and for which members"),
    # Networks
    Route(
        "POST", f"{API}/networks", networks.FOUND_NETWORK, "Networks", "Found a network on its charter",
        created=Created(f"{API}/networks/{{id}}", _id),
    ),
    Route("GET", f"{API}/networks", networks.LIST_NETWORKS, "Networks", "List the networks"),
    Route("GET", _NETWORK, networks.GET_NETWORK, "Networks", "Show a network"),
    Route("GET", f"{_NETWORK}/charter", networks.GET_CHARTER, "Networks", "Show the charter, as text and in sentences"),
    Route(
        "POST", f"{_NETWORK}/charter", networks.ADOPT_CHARTER, "Networks", "Adopt a new version of the charter",
        created=Created(f"{_NETWORK}/charter?version={{version}}", _version),
    ),
    Route(
        "POST", f"{_NETWORK}/clock", networks.ADVANCE_CLOCK, "Networks",
        "Advance a sandbox network's test clock (G6)",
    ),
    Route("POST", f"{_NETWORK}/office", networks.APPOINT_OFFICE, "Networks", "Appoint the coordinating office (O1)"),
    Route("GET", f"{_NETWORK}/tasks", networks.LIST_TASKS, "Networks", "List what waits for the office"),
    Route("GET", f"{_NETWORK}/journal", networks.EXPORT_JOURNAL, "Networks", "Export the network's journal"),
    # Members
    Route("GET", f"{_NETWORK}/members", members.LIST_MEMBERS, "Members", "List the directory as of a day (W3)"),
    Route(
        "POST", f"{_NETWORK}/members/import", members.IMPORT_REGISTER, "Members", "Import the register from CSV",
        timeout_seconds=30,
    ),
    Route("GET", f"{_NETWORK}/members/{{member}}", members.GET_MEMBER, "Members", "Show a member"),
    Route(
        "POST", f"{_NETWORK}/members/{{member}}/representations", members.NAME_PERSON, "Members",
        "Name the representative or deputy (O3)",
    ),
    # Admission
    Route(
        "POST", f"{_NETWORK}/applications", admission.APPLY, "Admission", "Apply for admission (A1)",
        created=Created(f"{_NETWORK}/applications/{{id}}", _application), public=True,
    ),
    Route("GET", f"{_NETWORK}/applications", admission.LIST_APPLICATIONS, "Admission", "List applications"),
    Route("GET", _APPLICATION, admission.GET_APPLICATION, "Admission", "Show an application", public=True),
    Route("POST", f"{_APPLICATION}/question", admission.ASK_APPLICANT, "Admission", "Ask the applicant back (A2)"),
    Route(
        "POST", f"{_APPLICATION}/supplement", admission.SUPPLEMENT_APPLICATION, "Admission",
        "Answer the office's question",
        public=True,
    ),
    Route(
        "POST", f"{_APPLICATION}/decline", admission.DECLINE_APPLICATION, "Admission",
        "Decline after the check (A2)",
    ),
    Route(
        "POST", f"{_APPLICATION}/announcement", admission.ANNOUNCE_APPLICATION, "Admission",
        "Put it to all members (A2)",
        created=_BALLOT,
    ),
    Route(
        "POST", f"{_APPLICATION}/welcome", admission.WELCOME_APPLICANT, "Admission",
        "Record that the office has signed",
    ),
    Route(
        "POST", f"{_APPLICATION}/countersignature", admission.RECORD_COUNTERSIGNATURE, "Admission",
        "Record that the applicant's signed copy has come (A4)",
    ),
    Route(
        "POST", f"{_APPLICATION}/withdrawal", admission.WITHDRAW_APPLICATION, "Admission",
        "Withdraw an application (A6)",
        public=True,
    ),
    # Leaving
    Route("POST", f"{_NETWORK}/resignations", leaving.RESIGN, "Leaving", "Declare a member's resignation (L1)"),
    Route(
        "POST", f"{_NETWORK}/exclusions", leaving.REQUEST_EXCLUSION, "Leaving", "Ask for a member's exclusion (L2)",
        created=Created(f"{_NETWORK}/exclusions/{{id}}", _id),
    ),
    Route("GET", f"{_NETWORK}/exclusions", leaving.LIST_EXCLUSIONS, "Leaving", "List exclusions"),
    Route("GET", _EXCLUSION, leaving.GET_EXCLUSION, "Leaving", "Show an exclusion"),
    Route(
        "POST", f"{_EXCLUSION}/announcement", leaving.ANNOUNCE_EXCLUSION, "Leaving", "Put it to all members (L2)",
        created=_BALLOT,
    ),
    Route("POST", f"{_EXCLUSION}/withdrawal", leaving.WITHDRAW_EXCLUSION, "Leaving", "Withdraw the request"),
    Route(
        "POST", f"{_EXCLUSION}/receipt", leaving.RECORD_EXCLUSION_RECEIPT, "Leaving",
        "Record how the message reached the member concerned (L2)",
    ),
    # Ballots
    Route("GET", f"{_NETWORK}/ballots", ballots.LIST_BALLOTS, "Ballots", "List ballots"),
    Route(
        "GET", f"{_NETWORK}/ballots/{{ballot}}", ballots.GET_BALLOT, "Ballots",
        "Show a ballot, its windows and tally",
    ),
    Route("POST", f"{_NETWORK}/ballots/{{ballot}}/votes", ballots.CAST_VOTE, "Ballots", "Cast or change a vote (B4)"),
    Route(
        "POST", f"{_NETWORK}/ballots/{{ballot}}/receipts", ballots.RECORD_RECEIPT, "Ballots",
        "Record a receipt (T2)",
    ),
    Route("GET", f"{_NETWORK}/ballots/{{ballot}}/record", ballots.GET_RECORD, "Ballots", "Export the record (B6)"),
    # Notices
    Route("GET", f"{_NETWORK}/notices", n.LIST_NOTICES, "Notices", "List notices"),
    Route("GET", f"{_NETWORK}/notices/{{notice}}", n.GET_NOTICE, "Notices", "Show a notice and its steps"),
    Route("POST", f"{_NETWORK}/notices/{{notice}}/resend", n.RESEND_NOTICE, "Notices", "Send it again (N9)"),
    Route(
        "POST", f"{_NETWORK}/notices/{{notice}}/opening", n.OPEN_NOTICE, "Notices",
        "Open a notice as its recipient: evidence of receipt (T3)",
    ),
)  # fmt: skip
