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
    language: str | None = None
    """The recipient's, where a mail's link is opened; None: the browser's."""


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
    Shown("ballot-decided", "/n/{network}/ballots/{decided_ballot}", "bethel"),
    # Members
    Shown("members", "/n/{network}/members", "wohnbau"),
    Shown("members-as-of", "/n/{network}/members?on=2026-11-05", "wohnbau"),
    Shown("members-wrong-day", "/n/{network}/members?on=2999-01-01", "wohnbau", 422),
    Shown("member", "/n/{network}/members/{member_bethel}", "wohnbau"),
    Shown("member-own", "/n/{network}/members/{member_wohnbau}", "wohnbau"),
    Shown("member-history", "/n/{network}/members/{member_wohnbau}/history", "wohnbau"),
    Shown("member-profile", "/n/{network}/members/{member_wohnbau}/profile", "wohnbau"),
    Shown("member-person", "/n/{network}/members/{member_wohnbau}/people/deputy", "wohnbau"),
    Shown("offers", "/n/{network}/offers", "wohnbau"),
    Shown("offers-none", "/n/{network}/offers?q=nothing+at+all", "wohnbau"),
    Shown("offer-new", "/n/{network}/members/{member_wohnbau}/offers/new", "wohnbau"),
    Shown("offer-edit", "/n/{network}/offers/{offer}", "wohnbau"),
    # Leaving
    Shown("resignation", "/n/{network}/resignation", "wohnbau"),
    Shown("exclusion-new", "/n/{network}/exclusions/new", "wohnbau"),
    Shown("exclusion", "/n/{network}/exclusions/{exclusion}", "bethel"),
    # The network
    Shown("network", "/n/{network}/network", "wohnbau"),
    # From outside, and by the links of mails
    Shown("apply", "/apply/{network}"),
    Shown("apply-organisation", "/apply/{network}/organisation"),
    Shown("apply-contact", "/apply/{network}/contact"),
    Shown("apply-people", "/apply/{network}/people"),
    Shown("apply-sent", "/apply/{network}/sent"),
    Shown("link-unknown", "/l/not-one-of.ours", None, 404),
    Shown("link-elsewhere", "/link/ntc_1", None, 404),
    Shown("link-receipt", "/l/{link_receipt}", language="de"),
    Shown("link-ballot", "/l/{link_ballot}", language="de"),
    Shown("link-application", "/l/{link_application}", language="de"),
    Shown("link-question", "/l/{link_question}", language="de"),
    Shown("link-invitation", "/l/{link_invitation}", language="de"),
    Shown("link-invitation-signed-in", "/l/{link_invitation}", "senne"),
    # The office's desk
    Shown("desk", "/n/{network}/desk", "stadt"),
    Shown("desk-operator", "/n/{network}/desk", "betrieb"),
    Shown("desk-procedures", "/n/{network}/desk/procedures", "stadt"),
    Shown("desk-procedures-none", "/n/{network}/desk/procedures?over=true&kind=admission", "stadt"),
    Shown("desk-application", "/n/{network}/desk/admissions/new", "stadt"),
    Shown("desk-admission", "/n/{network}/desk/admissions/{waiting_application}", "stadt"),
    Shown("desk-admission-asked", "/n/{network}/desk/admissions/{questioned_application}", "stadt"),
    Shown("desk-admission-announced", "/n/{network}/desk/admissions/{application}", "stadt"),
    Shown("desk-question", "/n/{network}/desk/admissions/{waiting_application}/question", "stadt"),
    Shown("desk-decline", "/n/{network}/desk/admissions/{waiting_application}/decline", "stadt"),
    Shown("desk-announcement", "/n/{network}/desk/admissions/{waiting_application}/announcement", "stadt"),
    Shown("desk-welcome", "/n/{network}/desk/admissions/{application}/welcome", "stadt"),
    Shown("desk-countersignature", "/n/{network}/desk/admissions/{application}/countersignature", "stadt"),
    Shown("desk-withdrawal", "/n/{network}/desk/admissions/{application}/withdrawal", "stadt"),
    Shown("desk-exclusion", "/n/{network}/desk/exclusions/{exclusion}", "stadt"),
    Shown("desk-exclusion-receipt", "/n/{network}/desk/exclusions/{exclusion}/receipt", "stadt"),
    Shown("desk-receipts", "/n/{network}/desk/receipts", "stadt"),
    Shown("desk-receipt", "/n/{network}/desk/receipts/{ballot}/{member_diakonie}", "stadt"),
    Shown("desk-notices", "/n/{network}/desk/notices", "stadt"),
    Shown("desk-notices-all", "/n/{network}/desk/notices?all=true", "stadt"),
    Shown("desk-register", "/n/{network}/desk/register", "stadt"),
    Shown("desk-office", "/n/{network}/desk/office", "stadt"),
    Shown("desk-charter", "/n/{network}/desk/charter", "stadt"),
    Shown("desk-clock", "/n/{network}/desk/clock", "stadt"),
    Shown("desk-people", "/n/{network}/desk/people", "stadt"),
    Shown("desk-issuer", "/n/{network}/desk/people/{member_bethel}/issuer", "stadt"),
    # Operators
    Shown("operator-networks", "/operator/networks", "betrieb"),
    Shown("operator-found", "/operator/networks/new", "betrieb"),
    # Search
    Shown("search", "/n/{network}/search", "wohnbau"),
    # Settings
    Shown("settings", "/n/{network}/settings", "wohnbau"),
    Shown("settings-office", "/n/{network}/settings", "stadt"),
    Shown("calendar", "/n/{network}/settings/calendar", "wohnbau"),
    Shown("keys", "/n/{network}/settings/keys", "wohnbau"),
    Shown("key-new", "/n/{network}/settings/keys/new", "wohnbau"),
    Shown("webhooks", "/n/{network}/settings/webhooks", "wohnbau"),
    Shown("webhook", "/n/{network}/settings/webhooks/{webhook}", "wohnbau"),
    Shown("webhook-new", "/n/{network}/settings/webhooks/new", "wohnbau"),
)
