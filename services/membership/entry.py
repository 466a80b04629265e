"""What people type, checked where it enters and never again (stored rows are trusted).

Each check gives back the value as it is to be stored. Refusals are 422 and name the field, never its content.
"""

import re
import unicodedata
from datetime import UTC, date, datetime

from contracts.membership.members import PersonDetails
from contracts.request import Refused
from contracts.texts import marked as _

LONGEST_NAME = 200
LONGEST_TEXT = 5_000
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@(?:[^\s@<>()\[\],;:\"\\.]{1,63}\.)+[^\s@<>()\[\],;:\"\\.]{2,63}\Z")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")
_EARLIEST, _LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
SERVICES = "service"
"""Issuer of calls between services: the gateway authenticates nobody under it, and nobody can be named with it."""
KEYS, LINKS = "key", "link"
"""Issuers of those who come with an API key or with an e-mail's link; nobody can be named with them either."""


_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of writing: with them a text reads otherwise than it is."""
_LONGEST_KEY_BYTES = 1_000
"""What an index entry holds on PostgreSQL, with room to spare."""


def plain(value: str, also: str = "") -> bool:
    """Whether a text is free of control characters (but those in `also`) and of turns of direction."""
    return not any(
        c in _TURNS or (unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in also) for c in value
    )


def says_something(value: str) -> bool:
    """Whether there is a letter or digit in it, not only marks and invisible characters."""
    return any(c.isalnum() for c in value)


def _checked(value: str, field: str, longest: int, also: str) -> str:
    if not plain(value, also):
        raise Refused("text-not-allowed", "Leave out control characters.", status=422, field=field)
    if not says_something(value):
        raise Refused("text-empty", "Fill in this field.", status=422, field=field)
    if len(value) > longest:
        detail = "Use at most {most} characters."
        raise Refused("text-too-long", detail, status=422, field=field, words={"most": longest})
    return value


def line(value: str, field: str, longest: int = LONGEST_NAME) -> str:
    """One line of text, composed (NFC), runs of spaces made one."""
    if not plain(value):
        raise Refused("text-not-allowed", "Leave out line breaks and control characters.", status=422, field=field)
    return _checked(" ".join(unicodedata.normalize("NFC", value).split()), field, longest, "")


def text(value: str, field: str, longest: int = LONGEST_TEXT) -> str:
    """Several lines of text, composed (NFC)."""
    composed = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
    return _checked(composed, field, longest, "\n\t")


def visible(value: str) -> str:
    """A text as people see it: characters of one width, and nothing that shows nothing (soft hyphens, joiners)."""
    return "".join(c for c in unicodedata.normalize("NFKC", value) if unicodedata.category(c) != "Cf")


def name_key(name: str) -> str:
    """Names that people take for the same have the same key: case, width, spaces and what nobody sees do not tell
    members apart."""
    return " ".join(visible(visible(name).casefold()).split())


def indexable(name: str) -> bool:
    """Whether the name's key fits into an index: one character may stand for a whole sentence."""
    return len(name_key(name).encode()) <= _LONGEST_KEY_BYTES


def name(value: str, field: str) -> str:
    """An organisation's name: one line whose key fits into an index."""
    checked = line(value, field)
    if not indexable(checked):
        raise Refused("text-too-long", "Write this name shorter.", status=422, field=field)
    return checked


def moment(value: datetime, field: str) -> datetime:
    """An instant in UTC. Raises Refused `time-without-zone` or `time-out-of-range`."""
    if value.tzinfo is None:
        detail = "Give the time with its offset, as 2026-12-11T10:00:00+01:00."
        raise Refused("time-without-zone", detail, status=422, field=field)
    try:
        instant = value.astimezone(UTC)
    except OverflowError:
        instant = None
    if instant is None or not _EARLIEST <= instant < _LATEST:
        raise Refused("time-out-of-range", "Give a time between 1970 and 2199.", status=422, field=field)
    return instant


def day(value: date, field: str) -> date:
    """A calendar day. Raises Refused `time-out-of-range`."""
    if not _EARLIEST.date() <= value < _LATEST.date():
        raise Refused("time-out-of-range", "Give a day between 1970 and 2199.", status=422, field=field)
    return value


def possible(identifier: str) -> bool:
    """Whether this can be an id, or the hexadecimal digest of something."""
    return _IDENTIFIER.match(identifier) is not None


def known(identifier: str, kind: str) -> str:
    """An id as it stands in an address. What cannot be an id is not looked up: Refused `<kind>-not-found` (404)."""
    if not possible(identifier):
        raise not_found(kind)
    return identifier


def not_found(kind: str) -> Refused:
    """The refusal for an id that nothing has."""
    detail = _NOT_FOUND.get(kind, "There is nothing of this kind with this id in this network.")
    return Refused(f"{kind}-not-found", detail, status=404)


_NOT_FOUND = {
    "member": _("There is no such member in this network."),
    "ballot": _("There is no such ballot in this network."),
    "application": _("There is no such application in this network."),
    "exclusion": _("There is no such exclusion in this network."),
}


def email(value: str, field: str) -> str:
    """One address. What could carry a second header line or recipient is refused: `email-malformed`."""
    address = value.strip()
    if len(address) > 254 or not _EMAIL.match(address) or not plain(address):
        raise Refused("email-malformed", "Give one e-mail address, as name@example.org.", status=422, field=field)
    return address


def person(details: PersonDetails, field: str) -> PersonDetails:
    """A person's details. An address that could carry a second header line or recipient is refused."""
    name = line(details.name, f"{field}/name")
    address = email(details.email, f"{field}/email")
    if (details.issuer is None) != (details.subject is None):
        detail = "Give issuer and subject of the sign-in together, or neither."
        raise Refused("sign-in-incomplete", detail, status=422, field=f"{field}/issuer")
    issuer, subject = details.issuer, details.subject
    if issuer is not None and subject is not None:
        issuer, subject = sign_in(issuer, subject, field)
    return PersonDetails(name=name, email=address, language=details.language, issuer=issuer, subject=subject)


def issuer(value: str, field: str) -> str:
    """An identity provider's name, as in the claim `iss`. Raises Refused `sign-in-reserved`."""
    name = line(value, field, 255)
    if name in (SERVICES, KEYS, LINKS):
        raise Refused("sign-in-reserved", "Nobody signs in under this issuer.", status=422, field=field)
    return name


def sign_in(issuer_: str, subject: str, field: str) -> tuple[str, str]:
    """Issuer and subject of a person or machine."""
    return issuer(issuer_, f"{field}/issuer"), line(subject, f"{field}/subject", 255)
