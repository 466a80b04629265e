"""Who may use which address of the API, for objects of their own network: the one table of promise 9.

Everybody who is not named is refused, and nobody reaches an object of a network in which they have nothing to do.
"""

PERSONS = frozenset({"representative", "deputy", "office"})
KEYS = frozenset({"key", "personal key", "machine"})
"""With every scope, of the member. What a key may do is also told by the route's scope."""
OPERATOR = frozenset({"operator"})
OFFICE = frozenset({"office"})
READERS = PERSONS | KEYS | OPERATOR
APPLICANT = frozenset({"applicant", "applicant's link"})
BALLOT_LINK = frozenset({"ballot's link"})
SIGNED_IN = PERSONS | OPERATOR | {"left", "elsewhere's office", "elsewhere's member", "wrong issuer for its member"}
"""Whoever has a good token, whatever for."""
KEYS_OF_BOTH = KEYS | {"elsewhere's key"}
STRANGERS = frozenset({"stranger"})
EVERYBODY = frozenset({"*"})
"""Nobody is asked who they are."""

N = "/api/v1/networks/{network}"
MEMBER, APPLICATION, EXCLUSION = (
    f"{N}/members/{{member}}",
    f"{N}/applications/{{application}}",
    f"{N}/exclusions/{{exclusion}}",
)
BALLOT, NOTICE, OFFER = f"{N}/ballots/{{ballot}}", f"{N}/notices/{{notice}}", f"{N}/offers/{{offer}}"
WEBHOOK, KEY = f"{N}/webhooks/{{webhook}}", f"{N}/keys/{{key}}"

MAY: dict[str, frozenset[str]] = {
    "GET /api/v1/me": SIGNED_IN | KEYS_OF_BOTH,
    "PUT /api/v1/me": SIGNED_IN - OPERATOR - {"wrong issuer for its member"},
    "POST /api/v1/invitation": frozenset(),
    "GET /api/v1/link": frozenset({"applicant's link", "ballot's link", "elsewhere's link"}),
    "POST /api/v1/link/confirmation": frozenset({"applicant's link", "ballot's link", "elsewhere's link"}),
    "POST /api/v1/networks": OPERATOR,
    "GET /api/v1/networks": SIGNED_IN | KEYS_OF_BOTH,
    f"GET {N}": READERS,
    f"GET {N}/charter": READERS,
    f"POST {N}/charter": OFFICE | OPERATOR,
    f"POST {N}/clock": OFFICE | OPERATOR,
    f"POST {N}/office": OFFICE | OPERATOR,
    f"GET {N}/tasks": OFFICE | OPERATOR,
    f"GET {N}/journal": OPERATOR | OFFICE,
    f"GET {N}/application-form": EVERYBODY,
    f"GET {N}/members": READERS,
    f"POST {N}/members/import": OFFICE | OPERATOR,
    f"GET {MEMBER}": READERS,
    f"PUT {MEMBER}": PERSONS,
    f"GET {MEMBER}/history": READERS,
    f"POST {MEMBER}/representations": PERSONS | OPERATOR,
    f"POST {MEMBER}/invitations": PERSONS | OPERATOR,
    f"PUT {MEMBER}/issuer": OFFICE | OPERATOR,
    f"POST {MEMBER}/offers": PERSONS,
    f"GET {N}/offers": READERS,
    f"GET {OFFER}": READERS,
    f"PUT {OFFER}": PERSONS,
    f"DELETE {OFFER}": PERSONS,
    f"GET {N}/inbox": PERSONS | KEYS,
    f"GET {N}/procedures": OFFICE | OPERATOR,
    f"GET {N}/missing-receipts": OFFICE | OPERATOR,
    f"GET {N}/search": READERS,
    f"POST {N}/applications": EVERYBODY,
    f"GET {N}/applications": READERS,
    f"GET {APPLICATION}": READERS | APPLICANT | BALLOT_LINK,
    f"POST {APPLICATION}/question": OFFICE,
    f"POST {APPLICATION}/supplement": APPLICANT,
    f"POST {APPLICATION}/recorded-answer": OFFICE,
    f"POST {APPLICATION}/decline": OFFICE,
    f"POST {APPLICATION}/announcement": OFFICE,
    f"POST {APPLICATION}/welcome": OFFICE,
    f"POST {APPLICATION}/countersignature": OFFICE,
    f"POST {APPLICATION}/withdrawal": APPLICANT | OFFICE,
    f"POST {N}/resignations": PERSONS,
    f"POST {N}/exclusions": PERSONS,
    f"GET {N}/exclusions": READERS,
    f"GET {EXCLUSION}": READERS,
    f"POST {EXCLUSION}/announcement": OFFICE,
    f"POST {EXCLUSION}/withdrawal": PERSONS,
    f"POST {EXCLUSION}/receipt": OFFICE,
    f"GET {N}/ballots": READERS,
    f"GET {BALLOT}": READERS | BALLOT_LINK,
    f"POST {BALLOT}/votes": PERSONS | BALLOT_LINK,
    f"POST {BALLOT}/receipts": OFFICE,
    f"GET {BALLOT}/record": READERS,
    f"GET {N}/notices": READERS,
    f"GET {NOTICE}": READERS,
    f"GET {N}/mailings": OFFICE | OPERATOR,
    f"POST {NOTICE}/resend": OFFICE,
    f"GET {NOTICE}/letter": OFFICE,
    f"POST {NOTICE}/posting": OFFICE,
    f"POST {NOTICE}/opening": PERSONS - OFFICE,
    f"GET {N}/changes": READERS,
    f"GET {N}/changes/stream": READERS,
    f"GET {N}/keys": PERSONS,
    f"POST {N}/keys": PERSONS,
    f"GET {KEY}": PERSONS - OFFICE,
    f"DELETE {KEY}": PERSONS - OFFICE,
    f"GET {N}/webhooks": PERSONS | KEYS,
    f"POST {N}/webhooks": PERSONS | KEYS,
    f"GET {WEBHOOK}": (PERSONS | KEYS) - OFFICE,
    f"PUT {WEBHOOK}": (PERSONS | KEYS) - OFFICE,
    f"DELETE {WEBHOOK}": (PERSONS | KEYS) - OFFICE,
    f"POST {WEBHOOK}/secret": (PERSONS | KEYS) - OFFICE,
    f"POST {WEBHOOK}/test": (PERSONS | KEYS) - OFFICE,
    f"GET {WEBHOOK}/deliveries": (PERSONS | KEYS) - OFFICE,
    f"POST {WEBHOOK}/deliveries/{{delivery}}/redelivery": (PERSONS | KEYS) - OFFICE,
    f"GET {N}/preferences": PERSONS,
    f"PUT {N}/preferences": PERSONS,
    f"GET {N}/previews": OFFICE,
}  # fmt: skip

# What else decides what a refusal says
LINKED = frozenset({"GET /api/v1/link", "POST /api/v1/link/confirmation"})
"""About the link itself, which must come along."""
APPLICANTS_OWN = frozenset({f"GET {APPLICATION}", f"POST {APPLICATION}/supplement", f"POST {APPLICATION}/withdrawal"})
"""Also for whoever holds an application's key."""
OF_ONES_OWN_MEMBER = frozenset({
    f"PUT {MEMBER}", f"POST {MEMBER}/representations", f"POST {MEMBER}/invitations", f"POST {MEMBER}/offers",
})  # fmt: skip
"""Whoever speaks for one member has no right at any other, whether or not it exists."""
NOT_FOR_OPERATORS = (f"{N}/webhooks", f"{N}/preferences", f"{N}/previews", f"{APPLICATION}/supplement")
"""Operators have nothing to do there, in no network."""
KEPT_BY_MEMBERS = (WEBHOOK, KEY)
"""To everybody else these do not exist, to the office neither."""
FOUND_FIRST: dict[str, frozenset[str]] = {
    f"POST {NOTICE}/resend": PERSONS | OPERATOR,
    f"POST {NOTICE}/opening": PERSONS | OPERATOR,
    f"PUT {OFFER}": OPERATOR,
    f"DELETE {OFFER}": OPERATOR,
    f"POST {EXCLUSION}/announcement": OPERATOR,
    f"POST {EXCLUSION}/receipt": OPERATOR,
}
"""Who may see such objects anyway is told that there is none, before that this is not theirs to do."""
FOR_UNDELIVERED = frozenset({f"GET {NOTICE}/letter", f"POST {NOTICE}/resend", f"POST {NOTICE}/posting"})
"""The office may, and is told (409) that this notice did arrive. tests/notifications plays those that did not."""
