"""Addresses about access: sign-ins, invitations, API keys, links of e-mails (G2, N5)."""

from contracts.membership import access
from contracts.notifications import links
from services.gateway.route import API, NETWORK, Created, Route, by_issued_key

ROUTES: tuple[Route, ...] = (
    Route("PUT", f"{API}/me", access.EDIT_ME, "People", "Change one's own details"),
    Route(
        "POST", f"{API}/invitation", access.ACCEPT_INVITATION, "People",
        "Accept an invitation with its link (header Fallnetz-Link), signed in (O3)", link_beside=True,
    ),
    Route(
        "POST", f"{NETWORK}/members/{{member}}/invitations", access.INVITE_PERSON, "Members",
        "Send (again) the invitation to whoever holds a function",
    ),
    Route(
        "PUT", f"{NETWORK}/members/{{member}}/issuer", access.BIND_ISSUER, "Members",
        "Bind a member's people to an identity provider of their own (G2)",
    ),
    Route("GET", f"{NETWORK}/keys", access.LIST_KEYS, "API keys", "List keys"),
    Route(
        "POST", f"{NETWORK}/keys", access.ISSUE_KEY, "API keys", "Issue a key; its secret is shown once",
        created=Created(f"{NETWORK}/keys/{{id}}", by_issued_key),
    ),
    Route("GET", f"{NETWORK}/keys/{{key}}", access.GET_KEY, "API keys", "Show a key, without its secret"),
    Route("DELETE", f"{NETWORK}/keys/{{key}}", access.REVOKE_KEY, "API keys", "Revoke a key at once"),
    Route(
        "GET", f"{API}/link", links.SHOW_LINK, "Links",
        "Show what an e-mail's link is about (header Fallnetz-Link); changes nothing", public=True, link=True,
    ),
    Route(
        "POST", f"{API}/link/confirmation", links.CONFIRM_LINK, "Links", "Confirm receipt by an e-mail's link (T3)",
        public=True, link=True,
    ),
)  # fmt: skip
