"""Addresses that membership answers."""

from contracts.membership import admission, ballots, desk, leaving, members, networks, profiles
from contracts.membership.access import Scope
from services.gateway.route import API, NETWORK, Created, Route, by_application, by_id, by_version

BALLOT_MADE = Created(f"{NETWORK}/ballots/{{id}}", by_id)
APPLICATION = f"{NETWORK}/applications/{{application}}"
EXCLUSION = f"{NETWORK}/exclusions/{{exclusion}}"

ROUTES: tuple[Route, ...] = (
    Route(
        "GET", f"{API}/me", members.WHO_AM_I, "People",
        "Who is signed in, and for which members", scope=Scope.DIRECTORY,
    ),
    # Networks
    Route(
        "POST", f"{API}/networks", networks.FOUND_NETWORK, "Networks", "Found a network on its charter",
        created=Created(f"{API}/networks/{{id}}", by_id),
    ),
    Route("GET", f"{API}/networks", networks.LIST_NETWORKS, "Networks", "List the networks", scope=Scope.DIRECTORY),
    Route("GET", NETWORK, networks.GET_NETWORK, "Networks", "Show a network", scope=Scope.DIRECTORY),
    Route(
        "GET", f"{NETWORK}/charter", networks.GET_CHARTER, "Networks",
        "Show the charter, as text and in sentences", scope=Scope.DIRECTORY,
    ),
    Route(
        "POST", f"{NETWORK}/charter", networks.ADOPT_CHARTER, "Networks", "Adopt a new version of the charter",
        created=Created(f"{NETWORK}/charter?version={{version}}", by_version),
    ),
    Route(
        "POST", f"{NETWORK}/clock", networks.ADVANCE_CLOCK, "Networks",
        "Advance a sandbox network's test clock (G6)", scope=Scope.SANDBOX,
    ),
    Route("POST", f"{NETWORK}/office", networks.APPOINT_OFFICE, "Networks", "Appoint the coordinating office (O1)"),
    Route(
        "GET", f"{NETWORK}/tasks", networks.LIST_TASKS, "Networks",
        "List what waits for the office", scope=Scope.PROCEDURES,
    ),
    Route("GET", f"{NETWORK}/journal", networks.EXPORT_JOURNAL, "Networks", "Export the network's journal"),
    Route(
        "GET", f"{NETWORK}/application-form", admission.GET_FORM, "Admission",
        "Show what an applicant has to know", public=True, scope=Scope.DIRECTORY,
    ),
    # Members
    Route(
        "GET", f"{NETWORK}/members", members.LIST_MEMBERS, "Members",
        "List the directory as of a day (W3)", scope=Scope.DIRECTORY,
    ),
    Route(
        "POST", f"{NETWORK}/members/import", members.IMPORT_REGISTER, "Members", "Import the register from CSV",
        timeout_seconds=30,
    ),
    Route(
        "GET", f"{NETWORK}/members/{{member}}", members.GET_MEMBER, "Members",
        "Show a member", scope=Scope.DIRECTORY,
    ),
    Route(
        "POST", f"{NETWORK}/members/{{member}}/representations", members.NAME_PERSON, "Members",
        "Name the representative or deputy (O3)",
    ),
    Route(
        "PUT", f"{NETWORK}/members/{{member}}", profiles.EDIT_MEMBER, "Members", "Change a member's profile",
    ),
    Route(
        "GET", f"{NETWORK}/members/{{member}}/history", profiles.GET_HISTORY, "Members", "Show a member's history (W3)",
        scope=Scope.DIRECTORY,
    ),
    Route(
        "GET", f"{NETWORK}/offers", profiles.LIST_OFFERS, "Members", "List offers of help (W3)", scope=Scope.DIRECTORY,
    ),
    Route(
        "POST", f"{NETWORK}/members/{{member}}/offers", profiles.ADD_OFFER, "Members", "Add an offer",
        created=Created(f"{NETWORK}/offers/{{id}}", by_id),
    ),
    Route("GET", f"{NETWORK}/offers/{{offer}}", profiles.GET_OFFER, "Members", "Show an offer", scope=Scope.DIRECTORY),
    Route("PUT", f"{NETWORK}/offers/{{offer}}", profiles.EDIT_OFFER, "Members", "Change an offer"),
    Route("DELETE", f"{NETWORK}/offers/{{offer}}", profiles.END_OFFER, "Members", "End an offer"),
    # Every day
    Route(
        "GET", f"{NETWORK}/inbox", desk.LIST_INBOX, "Every day", "List what needs an answer, by deadline (P3)",
        scope=Scope.PROCEDURES,
    ),
    Route(
        "GET", f"{NETWORK}/procedures", desk.LIST_PROCEDURES, "Every day",
        "List procedures with their next step (P7)", scope=Scope.PROCEDURES,
    ),
    Route(
        "GET", f"{NETWORK}/missing-receipts", desk.LIST_MISSING_RECEIPTS, "Every day",
        "List whom open ballots have not reached (T2)", scope=Scope.PROCEDURES,
    ),
    Route("GET", f"{NETWORK}/search", desk.SEARCH, "Every day", "Search (P9)", scope=Scope.PROCEDURES),
    # Admission
    Route(
        "POST", f"{NETWORK}/applications", admission.APPLY, "Admission", "Apply for admission (A1)",
        created=Created(f"{NETWORK}/applications/{{id}}", by_application), public=True, narrow=True,
    ),
    Route(
        "GET", f"{NETWORK}/applications", admission.LIST_APPLICATIONS, "Admission",
        "List applications", scope=Scope.PROCEDURES,
    ),
    Route(
        "GET", APPLICATION, admission.GET_APPLICATION, "Admission",
        "Show an application", public=True, scope=Scope.PROCEDURES, link=True,
    ),
    Route(
        "POST", f"{APPLICATION}/question", admission.ASK_APPLICANT, "Admission",
        "Ask the applicant back (A2)", scope=Scope.PROCEDURES_WRITE,
    ),
    Route(
        "POST", f"{APPLICATION}/supplement", admission.SUPPLEMENT_APPLICATION, "Admission",
        "Answer the office's question",
        public=True, link=True,
    ),
    Route(
        "POST", f"{APPLICATION}/recorded-answer", admission.RECORD_ANSWER, "Admission",
        "Record an answer that came by telephone, letter, mail or in person (A2)", scope=Scope.PROCEDURES_WRITE,
    ),
    Route(
        "POST", f"{APPLICATION}/decline", admission.DECLINE_APPLICATION, "Admission",
        "Decline after the check (A2)", scope=Scope.PROCEDURES_WRITE,
    ),
    Route(
        "POST", f"{APPLICATION}/announcement", admission.ANNOUNCE_APPLICATION, "Admission",
        "Put it to all members (A2)",
        created=BALLOT_MADE,
    ),
    Route(
        "POST", f"{APPLICATION}/welcome", admission.WELCOME_APPLICANT, "Admission",
        "Record that the office has signed",
    ),
    Route(
        "POST", f"{APPLICATION}/countersignature", admission.RECORD_COUNTERSIGNATURE, "Admission",
        "Record that the applicant's signed copy has come (A4)", scope=Scope.PROCEDURES_WRITE,
    ),
    Route(
        "POST", f"{APPLICATION}/withdrawal", admission.WITHDRAW_APPLICATION, "Admission",
        "Withdraw an application (A6)",
        public=True, link=True,
    ),
    # Leaving
    Route("POST", f"{NETWORK}/resignations", leaving.RESIGN, "Leaving", "Declare a member's resignation (L1)"),
    Route(
        "POST", f"{NETWORK}/exclusions", leaving.REQUEST_EXCLUSION, "Leaving", "Ask for a member's exclusion (L2)",
        created=Created(f"{NETWORK}/exclusions/{{id}}", by_id),
    ),
    Route(
        "GET", f"{NETWORK}/exclusions", leaving.LIST_EXCLUSIONS, "Leaving",
        "List exclusions", scope=Scope.PROCEDURES,
    ),
    Route("GET", EXCLUSION, leaving.GET_EXCLUSION, "Leaving", "Show an exclusion", scope=Scope.PROCEDURES, link=True),
    Route(
        "POST", f"{EXCLUSION}/announcement", leaving.ANNOUNCE_EXCLUSION, "Leaving", "Put it to all members (L2)",
        created=BALLOT_MADE,
    ),
    Route("POST", f"{EXCLUSION}/withdrawal", leaving.WITHDRAW_EXCLUSION, "Leaving", "Withdraw the request"),
    Route(
        "POST", f"{EXCLUSION}/receipt", leaving.RECORD_EXCLUSION_RECEIPT, "Leaving",
        "Record how the message reached the member concerned (L2)",
    ),
    # Ballots
    Route("GET", f"{NETWORK}/ballots", ballots.LIST_BALLOTS, "Ballots", "List ballots", scope=Scope.PROCEDURES),
    Route(
        "GET", f"{NETWORK}/ballots/{{ballot}}", ballots.GET_BALLOT, "Ballots",
        "Show a ballot, its windows and tally", scope=Scope.PROCEDURES, link=True,
    ),
    Route(
        "POST", f"{NETWORK}/ballots/{{ballot}}/votes", ballots.CAST_VOTE, "Ballots",
        "Cast or change a vote (B4)", link=True,
    ),
    Route(
        "POST", f"{NETWORK}/ballots/{{ballot}}/receipts", ballots.RECORD_RECEIPT, "Ballots",
        "Record a receipt (T2)", scope=Scope.PROCEDURES_WRITE,
    ),
    Route(
        "GET", f"{NETWORK}/ballots/{{ballot}}/record", ballots.GET_RECORD, "Ballots",
        "Export the record (B6)", scope=Scope.PROCEDURES,
    ),
)  # fmt: skip
