"""Membership's contract: facts, requests and answers, a module for each feature.

Every request that concerns a network derives from `InNetwork`. What a client sends as the body of a POST is the field
`body` of the request, so that the gateway decodes it strictly and adds only ids from the path. Every moment is UTC and
every `*_ends_at` is exclusive: the first instant that no longer belongs to the window.
"""

from contracts.event import Fact
from contracts.membership import access, admission, ballots, contacts, desk, leaving, members, networks, profiles
from contracts.membership.words import SERVICE as SERVICE

FEATURES = (networks, members, profiles, access, contacts, admission, leaving, ballots, desk)
FACTS: tuple[type[Fact], ...] = (
    *networks.FACTS,
    *members.FACTS,
    *profiles.FACTS,
    *access.FACTS,
    *admission.FACTS,
    *leaving.FACTS,
    *ballots.FACTS,
)
"""Every fact that this service publishes."""
