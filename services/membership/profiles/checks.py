"""A profile and an offer as people type them, checked where they enter. Refusals are 422 and name the field."""

import re
from urllib.parse import urlsplit

import msgspec

from contracts.membership.profiles import MemberProfile, OfferDetails
from contracts.request import Refused
from services.membership import entry

LONGEST = 500
MOST_ENTRIES = 30
MOST_PLACES = 1_000_000
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.\-–]{2,38}\Z")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})\Z")


def profile(body: MemberProfile) -> MemberProfile:
    """The profile as it is to be stored. Raises Refused: what `entry` refuses, `phone-malformed`, `email-malformed`,
    `website-malformed`."""
    return MemberProfile(
        address=_text(body.address, "/address"), phone=_phone(body.phone, "/phone"),
        email=entry.email(body.email, "/email") if body.email.strip() else "",
        website=_website(body.website, "/website"),
    )  # fmt: skip


def offer(body: OfferDetails) -> OfferDetails:
    """The offer as it is to be stored. Raises Refused: what `entry` refuses, `too-many-entries`,
    `capacity-out-of-range`."""
    if body.capacity is not None and not 0 <= body.capacity <= MOST_PLACES:
        detail = "Give the number of places from 0 to {most}, or leave it out."
        raise Refused("capacity-out-of-range", detail, status=422, field="/capacity", words={"most": MOST_PLACES})
    return OfferDetails(
        title=entry.line(body.title, "/title", LONGEST), service=entry.line(body.service, "/service", LONGEST),
        target_groups=_lines(body.target_groups, "/target_groups"), capacity=body.capacity,
        area=_text(body.area, "/area"), opening_hours=_text(body.opening_hours, "/opening_hours"),
        languages=_lines(body.languages, "/languages"), contact=_text(body.contact, "/contact"),
    )  # fmt: skip


def texts(details: OfferDetails) -> str:
    """All that an offer says, for search."""
    return " ".join(str(value) for value in _flat(msgspec.to_builtins(details)) if value is not None)


def _flat(details: dict[str, object]) -> list[object]:
    found: list[object] = []
    for value in details.values():
        found += value if isinstance(value, list) else [value]
    return found


def _text(value: str, field: str) -> str:
    """Several lines, or nothing."""
    return entry.text(value, field, LONGEST) if value.strip() else ""


def _lines(values: list[str], field: str) -> list[str]:
    """One line each, every one once, in the given order."""
    if len(values) > MOST_ENTRIES:
        detail = "Give at most {most} entries."
        raise Refused("too-many-entries", detail, status=422, field=field, words={"most": MOST_ENTRIES})
    return list(dict.fromkeys(entry.line(value, f"{field}/{place}", LONGEST) for place, value in enumerate(values)))


def _phone(value: str, field: str) -> str:
    number = " ".join(value.split(" ")).strip()
    if number and not _PHONE.match(number):
        detail = "Give a telephone number in digits, as +49 521 51-0, or leave it empty."
        raise Refused("phone-malformed", detail, status=422, field=field)
    return number


def _website(value: str, field: str) -> str:
    address = value.strip(" ")
    if not address:
        return ""
    if len(address) > LONGEST or not address.isascii() or not address.isprintable() or not _safe(address):
        detail = "Give an address that begins with https://, as https://www.example.org, or leave it empty."
        raise Refused("website-malformed", detail, status=422, field=field)
    return address


def _safe(address: str) -> bool:
    """An address over TLS, of a named host, without a sign-in in it or anything that ends an attribute."""
    if any(c in address for c in " \"'<>\\`{}|^"):
        return False
    try:
        found = urlsplit(address)
        return (
            found.scheme == "https"
            and found.username is None
            and found.password is None
            and (found.port is None or found.port > 0)
            and _HOST.match(found.hostname or "") is not None
        )
    except ValueError:
        return False
