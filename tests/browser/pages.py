"""Every page of the portal: one line each. From here the screenshots, axe and the narrow screen take them.

A page that is built gets its line here; `{network}`, `{ballot}` … are the ids of `scene.py`.
"""

from collections.abc import Callable

from msgspec import Struct
from playwright.sync_api import Page

from tests.world import SENNE, WORLD

Steps = tuple[tuple[str, str | None], ...]
FIRST_CHOICE, BUTTON = "main input[type=radio]", "main form button:not([formaction])"
MOMENT: Steps = (("#received_day", "2026-12-07"), ("#received_time", "10:00"))
PRECISE, FREE = ("#id", "#charter"), (None, "text", "search")
"""Fields that take no free text, and the types of those that do."""
CHARTER = WORLD.charter_text.replace("window_days = 14", "window_days = 21")


class Shown(Struct, frozen=True):
    name: str
    """Of the picture."""
    path: str
    user: str | None = None
    """Who is signed in."""
    status: int = 200
    language: str | None = None
    """The recipient's, where a mail's link is opened; None: the browser's."""
    steps: Steps = ()
    """What is done first at `path`: the selectors of fields with what is entered (`on` ticks), and of what is pressed
    (None). Nothing that would change the scene."""

    def go_on(self, page: Page, write: Callable[[str, bool], str] | None = None) -> int | None:
        """Takes the steps on the page at `path`. Gives the last answer's status; None: there are none. `write` makes
        something else of what is entered as free text; told whether it may have several lines."""
        status = None
        for selector, entered in self.steps:
            field = page.locator(selector).first
            if entered is None:
                with page.expect_navigation() as found:
                    field.click()
                status = found.value.status
            elif entered == "on":
                field.check()
            elif field.get_attribute("type") == "file":
                field.set_input_files({"name": "file", "mimeType": "text/plain", "buffer": entered.encode()})
            else:
                free = write is not None and selector not in PRECISE and field.get_attribute("type") in FREE
                several = field.get_attribute("rows") is not None
                field.fill(write(entered, several) if free and write else entered)
        return status


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
    Shown("strange-address", "/n/{network}/ballots?over=perhaps", "stadt", 400),
    Shown("sign-in-stale", "/sign-in/callback?error=access_denied", None, 400),
    # Every day
    Shown("inbox", "/n/{network}", "wohnbau"),
    Shown("inbox-answered", "/n/{network}", "bethel"),
    # Ballots
    Shown("ballots", "/n/{network}/ballots", "wohnbau"),
    Shown("ballots-over", "/n/{network}/ballots?over=true", "wohnbau"),
    Shown("ballot-answer", "/n/{network}/ballots/{ballot}", "wohnbau"),
    Shown("ballot-answered", "/n/{network}/ballots/{ballot}", "bethel"),
    Shown("ballot-confirm", "/n/{network}/ballots/{ballot}", "diakonie"),
    Shown(
        "ballot-check",
        "/n/{network}/ballots/{ballot}",
        "wohnbau",
        steps=((FIRST_CHOICE, "on"), ("#reason", "We know their work."), (BUTTON, None)),
    ),
    Shown("ballot-nothing-chosen", "/n/{network}/ballots/{ballot}", "wohnbau", 422, steps=((BUTTON, None),)),
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
    Shown("resignation-check", "/n/{network}/resignation", "wohnbau", steps=(("form.p-row button", None),)),
    Shown(
        "exclusion-check",
        "/n/{network}/exclusions/new?member={member_bethel}",
        "wohnbau",
        steps=(("#reason", "Nobody has come for two years."), (BUTTON, None)),
    ),
    Shown("exclusion-new", "/n/{network}/exclusions/new", "wohnbau"),
    Shown("exclusion", "/n/{network}/exclusions/{exclusion}", "bethel"),
    # The network
    Shown("network", "/n/{network}/network", "wohnbau"),
    # From outside, and by the links of mails
    Shown("apply", "/apply/{network}"),
    Shown("apply-organisation", "/apply/{network}/organisation"),
    Shown("apply-contact", "/apply/{network}/contact"),
    Shown("apply-people", "/apply/{network}/people"),
    Shown("apply-wrong", "/apply/{network}/organisation", None, 422, steps=((BUTTON, None),)),
    Shown(
        "apply-check",
        "/apply/{network}/organisation",
        steps=(
            ("#name", SENNE.name),
            (FIRST_CHOICE, "on"),
            ("#address", SENNE.address),
            (BUTTON, None),
            ("#contact_name", SENNE.representative.name),
            ("#contact_email", SENNE.representative.email),
            (FIRST_CHOICE, "on"),
            (BUTTON, None),
            ("#representative_is_contact", "on"),
            ("#deputy_name", SENNE.deputy.name),
            ("#deputy_email", SENNE.deputy.email),
            (BUTTON, None),
        ),
    ),
    Shown("apply-sent", "/apply/{network}/sent"),
    Shown("link-unknown", "/l/not-one-of.ours", None, 404),
    Shown("link-elsewhere", "/link/ntc_1", None, 404),
    Shown("link-receipt", "/l/{link_receipt}", language="de"),
    Shown("link-ballot", "/l/{link_ballot}", language="de"),
    Shown(
        "link-check",
        "/l/{link_ballot}",
        language="de",
        steps=((FIRST_CHOICE, "on"), ("form[action$='/answer'] button", None)),
    ),
    Shown("link-withdrawal", "/l/{link_question}", language="de", steps=(("a[href$='/withdrawal']", None),)),
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
    Shown("desk-answer", "/n/{network}/desk/admissions/{questioned_application}/recorded-answer", "stadt"),
    Shown(
        "desk-answer-check",
        "/n/{network}/desk/admissions/{questioned_application}/recorded-answer",
        "stadt",
        steps=(
            ("#answer", "Since the spring of 2024."),
            (FIRST_CHOICE, "on"),
            ("#told_by", "Helga Sander"),
            ("#told_day", "2026-12-07"),
            ("#told_time", "10:00"),
            (BUTTON, None),
        ),
    ),
    Shown("desk-question", "/n/{network}/desk/admissions/{waiting_application}/question", "stadt"),
    Shown("desk-decline", "/n/{network}/desk/admissions/{waiting_application}/decline", "stadt"),
    Shown("desk-announcement", "/n/{network}/desk/admissions/{waiting_application}/announcement", "stadt"),
    Shown(
        "desk-decline-check",
        "/n/{network}/desk/admissions/{waiting_application}/decline",
        "stadt",
        steps=(("#reason", "It does not work in our field."), (BUTTON, None)),
    ),
    Shown("desk-admission-passed", "/n/{network}/desk/admissions/{passed_application}", "stadt"),
    Shown("desk-welcome", "/n/{network}/desk/admissions/{passed_application}/welcome", "stadt"),
    Shown("desk-admission-welcomed", "/n/{network}/desk/admissions/{welcomed_application}", "stadt"),
    Shown("desk-countersignature", "/n/{network}/desk/admissions/{welcomed_application}/countersignature", "stadt"),
    Shown(
        "desk-countersignature-check",
        "/n/{network}/desk/admissions/{welcomed_application}/countersignature",
        "stadt",
        steps=(*MOMENT, (BUTTON, None)),
    ),
    Shown("desk-withdrawal", "/n/{network}/desk/admissions/{application}/withdrawal", "stadt"),
    Shown("desk-exclusion", "/n/{network}/desk/exclusions/{exclusion}", "stadt"),
    Shown("desk-exclusion-receipt", "/n/{network}/desk/exclusions/{exclusion}/receipt", "stadt"),
    Shown("desk-receipts", "/n/{network}/desk/receipts", "stadt"),
    Shown(
        "desk-receipts-check",
        "/n/{network}/desk/receipts?all=true",
        "stadt",
        steps=((FIRST_CHOICE, "on"), *MOMENT, ("#reason", "Handed over at the meeting"), (BUTTON, None)),
    ),
    Shown("desk-receipts-wrong", "/n/{network}/desk/receipts", "stadt", 422, steps=((BUTTON, None),)),
    Shown("desk-receipt", "/n/{network}/desk/receipts/{ballot}/{member_diakonie}", "stadt"),
    Shown(
        "desk-receipt-check",
        "/n/{network}/desk/receipts/{ballot}/{member_diakonie}",
        "stadt",
        steps=((FIRST_CHOICE, "on"), *MOMENT, ("#reason", "Registered letter"), (BUTTON, None)),
    ),
    Shown(
        "desk-receipt-wrong",
        "/n/{network}/desk/receipts/{ballot}/{member_diakonie}",
        "stadt",
        422,
        steps=((BUTTON, None),),
    ),
    Shown("desk-letters", "/n/{network}/desk/letters", "stadt"),
    Shown("desk-mailings", "/n/{network}/desk/mailings", "stadt"),
    Shown("desk-notices", "/n/{network}/desk/notices", "stadt"),
    Shown("desk-notices-all", "/n/{network}/desk/notices?all=true", "stadt"),
    Shown("desk-register", "/n/{network}/desk/register", "stadt"),
    Shown(
        "desk-register-report",
        "/n/{network}/desk/register",
        "stadt",
        steps=(("#register", "name,kind\nKirchenkreis Bielefeld,church\n=Kirche,church\n"), (BUTTON, None)),
    ),
    Shown("desk-office", "/n/{network}/desk/office", "stadt"),
    Shown("desk-office-check", "/n/{network}/desk/office", "stadt", steps=((FIRST_CHOICE, "on"), (BUTTON, None))),
    Shown("desk-charter", "/n/{network}/desk/charter", "stadt"),
    Shown("desk-charter-check", "/n/{network}/desk/charter", "stadt", steps=(("#charter", CHARTER), (BUTTON, None))),
    Shown("desk-clock", "/n/{network}/desk/clock", "stadt"),
    Shown("desk-people", "/n/{network}/desk/people", "stadt"),
    Shown("desk-issuer", "/n/{network}/desk/people/{member_bethel}/issuer", "stadt"),
    # Operators
    Shown("operator-networks", "/operator/networks", "betrieb"),
    Shown("operator-found", "/operator/networks/new", "betrieb"),
    Shown(
        "operator-found-check",
        "/operator/networks/new",
        "betrieb",
        steps=(("#id", "network-to-be"), ("#kind-2", "on"), ("#charter", WORLD.charter_text), (BUTTON, None)),
    ),
    # Search
    Shown("search", "/n/{network}/search", "wohnbau"),
    Shown("search-found", "/n/{network}/search", "wohnbau", steps=(("#q", "Bielefeld"), (".p-search button", None))),
    Shown("search-none", "/n/{network}/search", "wohnbau", steps=(("#q", "zzzzzz"), (".p-search button", None))),
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
