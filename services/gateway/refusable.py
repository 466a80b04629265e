"""Which refusals a route can answer with, for the API's description: the gateway's own exactly, by what the route
takes; a service's by the part of the domain that the route belongs to."""

import re
from functools import cache

from services.gateway import parameters
from services.gateway.refusals import problem_types
from services.gateway.route import Route

_EVERY = (
    "parameter-invalid", "header-invalid", "version-unknown", "not-signed-in", "not-acceptable", "too-many-requests",
    "internal-error", "service-unavailable", "overloaded", "storage-unavailable", "database-busy", "stopping",
    "sign-in-unavailable", "answer-too-large", "deadline-exceeded", "key-unknown",
)  # fmt: skip
_WRITING = (
    "body-too-slow", "body-too-large", "too-large", "idempotency-key-reused", "idempotency-key-invalid",
    "time-out-of-range",
)  # fmt: skip
_WITH_BODY = (
    "body-malformed", "malformed", "body-invalid", "unsupported-content-type", "text-not-allowed", "text-empty",
    "text-too-long", "time-without-zone", "moment-without-zone", "email-malformed",
)  # fmt: skip
_RIGHTS = ("not-authorised", "member-not-chosen", "sign-in-of-a-machine", "link-of-former-member",
    "link-of-former-person",
)  # fmt: skip
_NOT_ANSWERED = frozenset({"not-found", "method-not-allowed", "unknown-method", "listener-unknown", "still-unreadable"})
"""Of addresses that don't exist, and between processes."""

_AREAS: tuple[tuple[str, frozenset[str]], ...] = (
    (r"network-|charter-|not-a-sandbox|clock-|calendar-", frozenset({"Networks"})),
    (
        r"member-|not-a-member|already-|name-|since-|day-|sign|register-|phone|website|capacity|too-many-entries|offer-"
        r"|query-|invitation-|issuer-|function-|text-|email-|holds-the-office|sent-a-m",
        frozenset({"Members", "People"}),
    ),
    (r"text-not-allowed|query-", frozenset({"Every day"})),
    (
        r"application-|no-will|field-not|receipt-before-welcome|receipt-after-expiry|receipt-in-future|calendar-|elector"
        r"|receipt-before-question",
        frozenset({"Admission"}),
    ),
    (
        r"exclusion-|holds-|own-exclusion|receipt-before-decision|not-a-member|member-not-found|evidence-|elector"
        r"|receipt-in-future",
        frozenset({"Leaving"}),
    ),
    (
        r"ballot-|elector|not-an-elector|window-|vote-|representative-has|choice-|record-|receipt-|evidence-",
        frozenset({"Ballots"}),
    ),
    (r"notice-|no-preview|no-letter|nobody-", frozenset({"Notices"})),
    (r"link-(?!not-enough)|notice-|key-unknown", frozenset({"Links"})),
    (r"key-|expiry-|scope-needed|too-many-keys|client-", frozenset({"API keys"})),
    (r"change-|changes-", frozenset({"Changes", "Webhooks"})),
    (r"webhook|delivery-", frozenset({"Webhooks"})),
    (r"legal-|quiet-|kind-twice|email-|redirect-|sent-a-m", frozenset({"Settings"})),
)  # fmt: skip
_GATEWAYS = frozenset({
    *_EVERY, *_WRITING, "person-needed", "scope-missing", "precondition-required", "edited-meanwhile",
    "link-not-enough", "body-unexpected", "cursor-malformed", "limit-out-of-range", "applicant-key-missing",
    "link-missing", "too-many-streams", "answer-shown-once", *_RIGHTS, *_WITH_BODY,
})  # fmt: skip
"""What `_own` says of each route."""
_READS = frozenset({400, 401, 403, 404, 410})
"""Statuses with which a service refuses a question; anything else is about a command."""


@cache
def refusals_of(route: Route) -> dict[int, tuple[str, ...]]:
    """Slugs by status, both ascending."""
    found: dict[int, set[str]] = {}
    known = problem_types()
    for slug in {*_own(route), *_domain(route)} & known.keys() - _NOT_ANSWERED:
        found.setdefault(known[slug].status, set()).add(slug)
    if route.path_fields:
        found.setdefault(404, set()).add("not-found")
    return {status: tuple(sorted(found[status])) for status in sorted(found)}


def _own(route: Route) -> set[str]:
    asked = set(route.method.asks.__struct_fields__)
    slugs = {*_EVERY, *_RIGHTS, "person-needed" if route.scope is None else "scope-missing"}
    slugs |= {"not-a-member", "network-not-found"} if "network" in asked else set()
    if route.writes:
        slugs |= {*_WRITING, *(_WITH_BODY if asked & {"body", "csv"} else ("body-unexpected",))}
    if route.takes_version:
        slugs |= {"precondition-required", "edited-meanwhile"}
    if "cursor" in parameters.of(route.method, route.path_fields):
        slugs |= {"cursor-malformed", "limit-out-of-range"}
    if "applicant_key" in asked:
        slugs.add("applicant-key-missing")
    slugs |= {"link-invalid", "link-expired"} if route.link or route.link_beside else {"link-not-enough"}
    slugs |= {"link-missing"} if route.link_beside or "token" in asked else set()
    slugs |= {"too-many-streams"} if route.stream else set()
    slugs |= {"answer-shown-once"} if route.method.shown_once else set()
    return slugs


def _domain(route: Route) -> set[str]:
    """What the owning service may say. A description that names too much does no harm: what stands in no area of its
    own may come from anywhere."""
    return {
        slug
        for slug, kind in problem_types().items()
        if (route.writes or kind.status in _READS) and (not (tags := _tags_of(slug)) or route.tag in tags)
    }


@cache
def _tags_of(slug: str) -> frozenset[str]:
    if slug in _GATEWAYS:
        return frozenset({"none"})
    return frozenset().union(*(tags for expression, tags in _AREAS if re.match(expression, slug)))
