"""Every page of the portal: one line each. From here the screenshots, axe and the narrow screen take them.

A page that is built gets its line here; `{network}`, `{ballot}` … are the ids of `scene.py`.
"""

from msgspec import Struct


class Shown(Struct, frozen=True):
    name: str
    """Of the picture."""
    path: str
    user: str | None = None
    """Who is signed in."""
    status: int = 200


PAGES: tuple[Shown, ...] = (
    # Shell
    Shown("welcome", "/"),
    Shown("networks", "/", "betrieb"),
    Shown("sign-in", "/sign-in?again=1"),
    Shown("signed-out", "/signed-out"),
    Shown("sessions", "/sessions", "stadt"),
    Shown("accessibility", "/accessibility"),
    Shown("privacy", "/privacy"),
    Shown("imprint", "/imprint"),
    Shown("missing", "/n/{network}/nothing-here", "stadt", 404),
    # Every day
    Shown("inbox", "/n/{network}", "wohnbau"),
    Shown("inbox-answered", "/n/{network}", "bethel"),
    # Ballots
    Shown("ballots", "/n/{network}/ballots", "wohnbau"),
    Shown("ballots-over", "/n/{network}/ballots?over=true", "wohnbau"),
    Shown("ballot-answer", "/n/{network}/ballots/{ballot}", "wohnbau"),
    Shown("ballot-answered", "/n/{network}/ballots/{ballot}", "bethel"),
    Shown("ballot-confirm", "/n/{network}/ballots/{ballot}", "diakonie"),
    Shown("ballot-receipt", "/n/{network}/ballots/{ballot}/answered", "bethel"),
    Shown("ballot-exclusion", "/n/{network}/ballots/{exclusion_ballot}", "bethel"),
    Shown("ballot-concerned", "/n/{network}/ballots/{exclusion_ballot}", "gfs"),
    # Members
    Shown("members", "/n/{network}/members", "wohnbau"),
    Shown("members-wrong-day", "/n/{network}/members?on=2999-01-01", "wohnbau", 422),
    Shown("member", "/n/{network}/members/{member_bethel}", "wohnbau"),
    Shown("member-own", "/n/{network}/members/{member_wohnbau}", "wohnbau"),
    Shown("member-history", "/n/{network}/members/{member_wohnbau}/history", "wohnbau"),
    Shown("member-profile", "/n/{network}/members/{member_wohnbau}/profile", "wohnbau"),
    Shown("member-person", "/n/{network}/members/{member_wohnbau}/people/deputy", "wohnbau"),
    Shown("offers", "/n/{network}/offers", "wohnbau"),
    Shown("offers-none", "/n/{network}/offers?q=nothing+at+all", "wohnbau"),
    Shown("offer-new", "/n/{network}/members/{member_wohnbau}/offers/new", "wohnbau"),
    # Leaving
    Shown("resignation", "/n/{network}/resignation", "wohnbau"),
    Shown("exclusion-new", "/n/{network}/exclusions/new", "wohnbau"),
    Shown("exclusion", "/n/{network}/exclusions/{exclusion}", "bethel"),
    # The network
    Shown("network", "/n/{network}/network", "wohnbau"),
    Shown("search", "/n/{network}/search", "wohnbau"),
    # Settings
    Shown("settings", "/n/{network}/settings", "wohnbau"),
    Shown("settings-office", "/n/{network}/settings", "stadt"),
    Shown("calendar", "/n/{network}/settings/calendar", "wohnbau"),
    Shown("keys", "/n/{network}/settings/keys", "wohnbau"),
    Shown("key-new", "/n/{network}/settings/keys/new", "wohnbau"),
    Shown("webhooks", "/n/{network}/settings/webhooks", "wohnbau"),
    Shown("webhook-new", "/n/{network}/settings/webhooks/new", "wohnbau"),
)
