"""A member's history (W3, O3), read from what each feature keeps: the newest first, in the reader's language.

Every source is asked for no more than a page from a position on, and the answers are merged.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from heapq import merge
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from contracts.membership.profiles import MemberEvent
from contracts.membership.words import LeftBecause, Role
from services.chassis import texts
from services.chassis.database import Transaction
from services.chassis.texts import Marked
from services.chassis.texts import marked as _
from services.membership.members import handlers as members
from services.membership.members.handlers import Member
from services.membership.networks import office
from services.membership.networks.handlers import Network
from services.membership.profiles import tables

Position = tuple[datetime, int, str]
"""When, by which source, and where in it: positions fall from page to page."""

_SAID = texts.of("services.membership")
_LEFT = {
    LeftBecause.RESIGNED: _("Left the network by resignation."),
    LeftBecause.EXCLUDED: _("Left the network by exclusion."),
}
_NAMED = {Role.REPRESENTATIVE: _("{name} became representative."), Role.DEPUTY: _("{name} became deputy.")}
_FIELDS = {"address": _("address"), "phone": _("telephone"), "email": _("e-mail"), "website": _("website")}
_OFFERS = {
    "offer-added": _("Offer added: {title}"),
    "offer-edited": _("Offer changed: {title}"),
    "offer-ended": _("Offer ended: {title}"),
}
_JOINED, _OFFICE, _NAMES, _PROFILE, _OFFER, _ENDED, _LEAVES = range(7)
"""Of what happened at the same instant the later source is the newer event."""


_HIGHEST = "~:2147483647"


class Happened(Struct, frozen=True, kw_only=True):
    """One line of the history, before it is said in words."""

    position: Position
    kind: Literal[
        "joined", "left", "representation", "profile", "offer-added", "offer-edited", "offer-ended", "office",
    ]  # fmt: skip
    sentence: Marked
    words: dict[str, str] = {}
    listed: list[str] = []
    """Fields of the profile that changed."""


def told(event: Happened, locale: str) -> MemberEvent:
    words: dict[str, str] = dict(event.words)
    if event.listed:
        words["fields"] = texts.joined(locale, [_SAID.translate(locale, _FIELDS[field]) for field in event.listed])
    return MemberEvent(at=event.position[0], kind=event.kind, text=_SAID.translate(locale, event.sentence, **words))


def before(
    tx: Transaction, network: Network, member: Member, position: Position | None, now: datetime, most: int
) -> list[Happened]:
    """What happened before a position (None: until now), the newest first."""
    limit = position or (now, _LEAVES + 1, "")
    sources = (
        _membership(member),
        _terms(tx, member),
        _functions(tx, network, member, now),
        _profiles(tx, member, limit, most),
        _offers(tx, member, limit, most),
        _endings(tx, member, limit, most),
    )
    found = (
        sorted((event for event in source if event.position < limit), key=_position, reverse=True) for source in sources
    )
    return list(islice(merge(*found, key=_position, reverse=True), most))


def _position(event: Happened) -> Position:
    return event.position


def _membership(member: Member) -> Iterator[Happened]:
    yield Happened(position=(member.joined_at, _JOINED, ""), kind="joined", sentence=_("Joined the network."))
    if member.left_at is not None and member.left_because is not None:
        yield Happened(position=(member.left_at, _LEAVES, ""), kind="left", sentence=_LEFT[member.left_because])


def _terms(tx: Transaction, member: Member) -> Iterator[Happened]:
    taken, given = _("Took over the coordinating office."), _("Gave up the coordinating office.")
    for term in office.terms(tx, member.id):
        yield Happened(position=(term.since, _OFFICE, f"{term.id}+"), kind="office", sentence=taken)
        if term.until is not None:
            yield Happened(position=(term.until, _OFFICE, f"{term.id}-"), kind="office", sentence=given)


def _functions(tx: Transaction, network: Network, member: Member, now: datetime) -> Iterator[Happened]:
    """A function begins with a day in the network's zone, the first ones with the membership."""
    zone = ZoneInfo(network.time_zone)
    for held in members.holders(tx, member.id):
        at = max(datetime.combine(held.since, time.min, tzinfo=zone).astimezone(UTC), member.joined_at)
        if at <= now:
            yield Happened(
                position=(at, _NAMES, f"{held.since}{held.role}"), kind="representation", sentence=_NAMED[held.role],
                words={"name": held.name},
            )  # fmt: skip


def _profiles(tx: Transaction, member: Member, limit: Position, most: int) -> Iterator[Happened]:
    at, key = _bound(limit, _PROFILE)
    for former in tables.profile_changes(tx, member.id, at, _number(key), most):
        yield Happened(
            position=(former.until, _PROFILE, f"{former.version:010d}"), kind="profile",
            sentence=_("Profile changed: {fields}"), listed=former.changed,
        )  # fmt: skip


def _offers(tx: Transaction, member: Member, limit: Position, most: int) -> Iterator[Happened]:
    at, key = _bound(limit, _OFFER)
    for offer in tables.versions_before(tx, member.id, at, *_offer_key(key), most):
        kind: Literal["offer-added", "offer-edited"] = "offer-added" if offer.version == 1 else "offer-edited"
        yield _of_offer(offer, offer.since, _OFFER, kind)


def _endings(tx: Transaction, member: Member, limit: Position, most: int) -> Iterator[Happened]:
    at, key = _bound(limit, _ENDED)
    for offer in tables.endings_before(tx, member.id, at, *_offer_key(key), most):
        if offer.until is not None:
            yield _of_offer(offer, offer.until, _ENDED, "offer-ended")


def _of_offer(
    offer: tables.Offer, at: datetime, source: int, kind: Literal["offer-added", "offer-edited", "offer-ended"]
) -> Happened:
    return Happened(
        position=(at, source, f"{offer.id}:{offer.version:010d}"), kind=kind, sentence=_OFFERS[kind],
        words={"title": offer.details.title},
    )  # fmt: skip


def _bound(limit: Position, source: int) -> tuple[datetime, str]:
    """Where a source goes on: strictly before this instant and key."""
    at, last, key = limit
    if source == last:
        return at, key
    return at, _HIGHEST if source < last else ""


def _number(key: str) -> int:
    """The version in a key: 0 is below all, the highest above all."""
    digits = key.rpartition(":")[2]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) == 10 else 0


def _offer_key(key: str) -> tuple[str, int]:
    return key.partition(":")[0], _number(key)
