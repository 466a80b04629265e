"""Who opens which page of the portal and whose form is taken there, for objects of their own network: the table of
promise 9 for the portal.

`may` is who gets on. Whoever else has something to do in the network is refused, or is told of nothing there where they
are among `hidden_from`. Nobody signed in: to the sign-in. Somebody of no member here: not found, as if the network did
not exist.
"""

from typing import Literal

from msgspec import Struct

Outcome = Literal["opens", "sign-in", "refused", "missing", "stale"]
"""A page, or on to another; 303 to the sign-in; 403; 404; 400."""

OWN, PEER, OFFICE, OPERATOR = (frozenset({one}) for one in ("representative", "peer", "office", "operator"))
"""Of the member whose objects they are; another member's deputy in the same network (a deputy may what a representative
may); the office; an operator who speaks for no member."""
MEMBERS = OWN | PEER | OFFICE
INSIDERS = MEMBERS | OPERATOR
PEOPLE = OWN | OFFICE
DESK = OFFICE | OPERATOR
OUTSIDERS = frozenset({"left", "elsewhere's member", "elsewhere's office"})
NOBODY = frozenset({"stranger"})
VISITORS = (*sorted(INSIDERS), *sorted(OUTSIDERS), *NOBODY)


class Rule(Struct, frozen=True, kw_only=True):
    may: frozenset[str] = INSIDERS
    hidden_from: frozenset[str] = frozenset()
    public: Outcome | None = None
    """Nobody is asked who they are, and everybody without the secret of a mail or a calendar gets this."""
    empty: bool = False
    """An empty form does nothing, so that it may be tried by whoever may send it."""

    def outcome(self, visitor: str) -> Outcome:
        """For objects of the first network."""
        if self.public is not None:
            return self.public
        if visitor in self.may:
            return "opens"
        if visitor in NOBODY:
            return "sign-in"
        return "missing" if visitor in OUTSIDERS | self.hidden_from else "refused"


def page(may: frozenset[str] = INSIDERS, hidden_from: frozenset[str] = frozenset()) -> Rule:
    return Rule(may=may, hidden_from=hidden_from)


def form(may: frozenset[str] = INSIDERS, hidden_from: frozenset[str] = frozenset()) -> Rule:
    """Whose empty form is answered with what is missing in it."""
    return Rule(may=may, hidden_from=hidden_from, empty=True)


def deed(may: frozenset[str] = INSIDERS, hidden_from: frozenset[str] = frozenset()) -> Rule:
    """What happens at once, whatever the form holds."""
    return Rule(may=may, hidden_from=hidden_from)


EVERYBODY = Rule(public="opens", empty=True)
SECRET = Rule(public="missing", empty=True)
"""Opens with what a mail or a calendar's address brought, to this browser alone."""
SIGNED_IN = INSIDERS | OUTSIDERS
N = "/n/{network}"
MEMBER, OFFER, BALLOT = f"{N}/members/{{member}}", f"{N}/offers/{{offer}}", f"{N}/ballots/{{ballot}}"
EXCLUSION, LINK = f"{N}/exclusions/{{exclusion}}", "/link/{notice}"
WEBHOOK, KEYS = f"{N}/settings/webhooks/{{webhook}}", f"{N}/settings/keys"
D = f"{N}/desk"
ADMISSION, EXPULSION = f"{D}/admissions/{{application}}", f"{D}/exclusions/{{exclusion}}"
STEPS = ("question", "recorded-answer", "decline", "announcement", "welcome", "countersignature", "withdrawal")

RULES: dict[str, Rule] = {
    "GET /": EVERYBODY,
    "POST /language": EVERYBODY,
    "GET /accessibility": EVERYBODY,
    "GET /privacy": EVERYBODY,
    "GET /imprint": EVERYBODY,
    "GET /sign-in": EVERYBODY,
    "GET /sign-in/start": Rule(public="missing"),
    "GET /sign-in/callback": Rule(public="stale"),
    "POST /sign-out": Rule(public="opens"),
    "GET /signed-out": EVERYBODY,
    "GET /sessions": page(SIGNED_IN),
    "POST /sessions/end": form(SIGNED_IN),
    "POST /acting-for": deed(OWN, INSIDERS),
    "GET /live/{network}": EVERYBODY,
    "GET /calendar/{secret}": SECRET,
    "GET /l/{token}": SECRET,
    f"GET {LINK}": SECRET,
    f"POST {LINK}/confirmation": SECRET,
    f"POST {LINK}/acceptance": SECRET,
    f"POST {LINK}/answer": SECRET,
    f"POST {LINK}/correction": SECRET,
    f"POST {LINK}/vote": SECRET,
    f"GET {LINK}/answered": SECRET,
    f"POST {LINK}/supplement": SECRET,
    f"GET {LINK}/withdrawal": SECRET,
    f"POST {LINK}/withdrawal": SECRET,
    "GET /apply/{network}": EVERYBODY,
    "GET /apply/{network}/{step}": EVERYBODY,
    "POST /apply/{network}/{step}": EVERYBODY,
    f"GET {N}": page(),
    f"GET {N}/ballots": page(),
    f"GET {BALLOT}": page(),
    f"POST {BALLOT}/receipt": deed(MEMBERS, INSIDERS),
    f"POST {BALLOT}/draft": form(),
    f"POST {BALLOT}/answer": form(),
    f"POST {BALLOT}/correction": form(),
    f"POST {BALLOT}/vote": form(MEMBERS),
    f"GET {BALLOT}/answered": page(),
    f"GET {BALLOT}/record": page(),
    f"GET {N}/applications/{{application}}": page(),
    f"GET {N}/members": page(),
    f"GET {N}/members.csv": page(),
    f"GET {N}/members.xlsx": page(),
    f"GET {N}/members.vcf": page(),
    f"GET {MEMBER}": page(),
    f"GET {MEMBER}/history": page(),
    f"GET {MEMBER}/profile": page(PEOPLE, INSIDERS),
    f"POST {MEMBER}/profile": form(PEOPLE),
    f"GET {MEMBER}/people/{{role}}": page(PEOPLE | OPERATOR, INSIDERS),
    f"POST {MEMBER}/people/{{role}}": form(PEOPLE | OPERATOR),
    f"POST {MEMBER}/people/{{role}}/invitation": deed(PEOPLE | OPERATOR),
    f"GET {N}/offers": page(),
    f"GET {MEMBER}/offers/new": page(PEOPLE, INSIDERS),
    f"POST {MEMBER}/offers/new": form(PEOPLE),
    f"GET {OFFER}": page(PEOPLE, INSIDERS),
    f"POST {OFFER}": form(PEOPLE),
    f"POST {OFFER}/end": deed(PEOPLE),
    f"GET {N}/resignation": page(MEMBERS, INSIDERS),
    f"POST {N}/resignation": form(MEMBERS, INSIDERS),
    f"POST {N}/resignation/declaration": deed(MEMBERS, INSIDERS),
    f"GET {N}/exclusions/new": page(MEMBERS, INSIDERS),
    f"POST {N}/exclusions/new": form(MEMBERS, INSIDERS),
    f"POST {N}/exclusions/new/correction": form(MEMBERS, INSIDERS),
    f"POST {N}/exclusions/new/draft": form(MEMBERS, INSIDERS),
    f"POST {N}/exclusions/new/request": form(MEMBERS),
    f"GET {EXCLUSION}": page(),
    f"POST {EXCLUSION}/receipt": deed(MEMBERS, INSIDERS),
    f"POST {EXCLUSION}/withdrawal": deed(OWN),
    f"GET {N}/network": page(),
    f"GET {N}/network/charter.toml": page(),
    f"GET {N}/search": page(),
    f"POST {N}/search": form(),
    f"GET {N}/settings": page(),
    f"POST {N}/settings/language": deed(),
    f"POST {N}/settings": form(MEMBERS),
    f"GET {N}/settings/calendar": page(MEMBERS),
    f"POST {N}/settings/calendar": deed(MEMBERS),
    f"POST {N}/settings/calendar/end": deed(OWN, MEMBERS),
    f"GET {KEYS}": page(MEMBERS),
    f"GET {KEYS}/new": page(MEMBERS, INSIDERS),
    f"POST {KEYS}/new": form(MEMBERS),
    f"POST {KEYS}/revoke": deed(OWN, MEMBERS),
    f"GET {N}/settings/webhooks": page(MEMBERS),
    f"GET {N}/settings/webhooks/new": page(MEMBERS, INSIDERS),
    f"POST {N}/settings/webhooks/new": form(MEMBERS),
    f"GET {WEBHOOK}": page(OWN, MEMBERS),
    f"POST {WEBHOOK}": form(OWN, MEMBERS),
    f"POST {WEBHOOK}/secret": deed(OWN, MEMBERS),
    f"POST {WEBHOOK}/test": deed(OWN, MEMBERS),
    f"POST {WEBHOOK}/redelivery": deed(OWN, MEMBERS),
    f"POST {WEBHOOK}/removal": deed(OWN, MEMBERS),
    f"GET {D}": page(DESK),
    f"GET {D}/procedures": page(DESK),
    f"GET {D}/admissions/new": page(OFFICE, INSIDERS),
    f"POST {D}/admissions/new": form(OFFICE, INSIDERS),
    f"GET {ADMISSION}": page(DESK, INSIDERS),
    **{f"GET {ADMISSION}/{step}": page(DESK, INSIDERS) for step in STEPS},
    f"POST {ADMISSION}/question": form(OFFICE),
    f"POST {ADMISSION}/recorded-answer": form(OFFICE, MEMBERS),
    f"POST {ADMISSION}/decline": form(OFFICE),
    f"POST {ADMISSION}/announcement": deed(OFFICE),
    f"POST {ADMISSION}/welcome": deed(OFFICE),
    f"POST {ADMISSION}/countersignature": form(OFFICE),
    f"POST {ADMISSION}/withdrawal": deed(OFFICE),
    f"GET {EXPULSION}": page(DESK, INSIDERS),
    f"GET {EXPULSION}/announcement": page(DESK, INSIDERS),
    f"POST {EXPULSION}/announcement": deed(OFFICE, MEMBERS),
    f"GET {EXPULSION}/withdrawal": page(DESK, INSIDERS),
    f"POST {EXPULSION}/withdrawal": deed(PEOPLE, PEER),
    f"GET {EXPULSION}/receipt": page(DESK, INSIDERS),
    f"POST {EXPULSION}/receipt": form(OFFICE, MEMBERS),
    f"GET {D}/receipts": page(DESK, INSIDERS),
    f"POST {D}/receipts": form(DESK, MEMBERS),
    f"GET {D}/receipts/{{ballot}}/{{member}}": page(DESK, INSIDERS),
    f"POST {D}/receipts/{{ballot}}/{{member}}": form(OFFICE),
    f"GET {D}/notices": page(DESK, INSIDERS),
    f"GET {D}/notices/{{notice}}": page(DESK, INSIDERS),
    f"POST {D}/notices/{{notice}}/resend": deed(OFFICE, PEER),
    f"GET {D}/letters": page(OFFICE, INSIDERS),
    f"POST {D}/letters": form(OFFICE, INSIDERS),
    f"GET {D}/mailings": page(DESK, INSIDERS),
    f"GET {D}/register": page(DESK, INSIDERS),
    f"POST {D}/register": form(DESK),
    f"GET {D}/office": page(DESK, INSIDERS),
    f"POST {D}/office": form(DESK),
    f"GET {D}/charter": page(DESK, INSIDERS),
    f"POST {D}/charter": form(DESK),
    f"GET {D}/clock": page(DESK, INSIDERS),
    f"POST {D}/clock": form(DESK),
    f"GET {D}/people": page(DESK, INSIDERS),
    f"POST {D}/people/{{member}}/invitation": deed(PEOPLE | OPERATOR),
    f"GET {D}/people/{{member}}/issuer": page(DESK, INSIDERS),
    f"POST {D}/people/{{member}}/issuer": form(DESK),
    "GET /operator/networks": page(OPERATOR, INSIDERS),
    "GET /operator/networks/new": page(OPERATOR, INSIDERS),
    "POST /operator/networks/new": form(OPERATOR, INSIDERS),
}  # fmt: skip
