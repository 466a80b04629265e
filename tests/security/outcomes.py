"""What must become of each request, by who asks for what: status and slug. With rights.py the whole of promise 9.

An object of another network and one that nobody has give the same outcome, and so do another network and one that does
not exist: whoever may not see a thing does not learn that it is there.
"""

from contracts.membership.access import Scope
from services.gateway.route import Route
from tests.security.rights import (
    APPLICANTS_OWN,
    FOUND_FIRST,
    KEPT_BY_MEMBERS,
    KEYS,
    LINKED,
    MAY,
    NOT_FOR_OPERATORS,
    NOTICE,
    OF_ONES_OWN_MEMBER,
    PERSONS,
)

Outcome = tuple[int, str]
ALLOWED: Outcome = (200, "")
NOT_SIGNED_IN: Outcome = (401, "not-signed-in")
NOT_AUTHORISED: Outcome = (403, "not-authorised")
LINK_MISSING: Outcome = (400, "link-missing")
NOT_THERE: Outcome = (404, "network-not-found")

UNKNOWN_TO_US = frozenset({
    "revoked key", "expired key", "other audience", "ID token", "foreign issuer", "forged signature",
})  # fmt: skip
"""Credentials that are not, or no more, good."""
LINKS = frozenset({"applicant's link", "ballot's link", "elsewhere's link"})
APPLICANTS = frozenset({"applicant", "elsewhere's applicant"})
EVERY_KEY = KEYS | {"key without scope", "elsewhere's key"}
OPENING = f"POST {NOTICE}/opening"
HERE = PERSONS | KEYS | {"operator"}
"""Whoever has to do with the first network."""


def name_of(route: Route) -> str:
    return f"{route.verb} {route.path}"


def outcome(route: Route, actor: str, variant: str) -> Outcome:
    """`variant`: own, other network, other's object, unknown object, unknown network."""
    if may(route, actor) and (variant == "own" or (variant == "other network" and sees_all(route, actor))):
        return ALLOWED
    if actor in UNKNOWN_TO_US:
        return LINK_MISSING if route.link_beside else NOT_SIGNED_IN
    if "*" in MAY[name_of(route)]:
        return NOT_THERE
    if actor == "stranger" or actor in APPLICANTS:
        return _of_strangers(route, actor)
    if actor in LINKS:
        return _of_links(route)
    if route.link_beside or (name_of(route) in LINKED and actor not in EVERY_KEY):
        return LINK_MISSING
    if actor in EVERY_KEY and route.scope is None:
        return (403, "person-needed")
    if actor == "key without scope" and route.scope is not Scope.SANDBOX:
        return (403, "scope-missing")
    if actor not in HERE or (actor != "operator" and variant.endswith("network")):
        return NOT_AUTHORISED
    return _of_those_here(route, actor, variant)


def sees_all(route: Route, actor: str) -> bool:
    """Whether the network makes no difference."""
    return actor == "operator" or "*" in MAY[name_of(route)]


def may(route: Route, actor: str) -> bool:
    allowed = MAY[name_of(route)]
    return "*" in allowed or actor in allowed


def _of_strangers(route: Route, actor: str) -> Outcome:
    if name_of(route) in LINKED:
        return LINK_MISSING
    if name_of(route) in APPLICANTS_OWN:
        return (401, "applicant-key-missing") if actor == "stranger" else NOT_AUTHORISED
    return NOT_SIGNED_IN


def _of_links(route: Route) -> Outcome:
    if route.link_beside:
        return NOT_SIGNED_IN
    return NOT_AUTHORISED if route.path.endswith("/supplement") else (403, "link-not-enough")


def _of_those_here(route: Route, actor: str, variant: str) -> Outcome:
    name = name_of(route)
    if variant == "unknown network":
        return NOT_AUTHORISED if route.path.startswith(NOT_FOR_OPERATORS) else NOT_THERE
    if route.path.startswith(KEPT_BY_MEMBERS) and actor == "office":
        return _not_found(route)
    if name == OPENING and variant in {"own", "other network"}:
        return (403, "notice-of-another-member")
    if variant in {"own", "other network"}:
        return NOT_AUTHORISED
    if actor in FOUND_FIRST.get(name, ()) or (may(route, actor) and not _only_at_their_own(name, actor)):
        return _not_found(route)
    return NOT_AUTHORISED


def _only_at_their_own(name: str, actor: str) -> bool:
    return name in OF_ONES_OWN_MEMBER and actor in {"representative", "deputy"}


def _not_found(route: Route) -> Outcome:
    kind = next(one for one in route.path_fields if one != "network")
    return (404, f"{kind}-not-found")
