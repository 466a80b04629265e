"""A member changes what the directory says about it. Texts stay in the tables; facts carry ids and versions."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec.structs import replace

from contracts.ids import MemberId, NetworkId, OfferId
from contracts.membership.profiles import MemberProfile, OfferChanged, OfferDetails, ProfileChanged
from contracts.request import Refused
from services.chassis import ids, journal
from services.chassis.database import Transaction
from services.membership import entry
from services.membership.folding import folded
from services.membership.members import handlers as members
from services.membership.members.handlers import Member
from services.membership.profiles import checks, tables
from services.membership.profiles.tables import FormerProfile, Offer

__all__ = ["Offer"]

FIELDS = ("address", "phone", "email", "website")
_LONGEST_KEY = 100
LONGEST_QUERY = 100


def edit(tx: Transaction, member: Member, body: MemberProfile, version: int, now: datetime, actor: str) -> None:
    """`member`: held by the caller. Raises Refused `edited-meanwhile`, and what `checks` refuses. The same profile
    again changes nothing."""
    _same(version, member.version)
    wanted = checks.profile(body)
    changed = [field for field in FIELDS if getattr(wanted, field) != (getattr(member, field) or "")]
    if not changed:
        return
    former = FormerProfile(
        member=member.id, version=member.version, until=now, address=member.address, phone=member.phone,
        email=member.email, website=member.website, changed=changed,
    )  # fmt: skip
    tables.keep_former(tx, former)
    after = replace(
        member, address=wanted.address or None, phone=wanted.phone, email=wanted.email, website=wanted.website,
        version=member.version + 1,
    )  # fmt: skip
    members.describe(tx, after)
    _record(tx, member.network, ProfileChanged(network=member.network, member=member.id), now, actor)


def as_of(tx: Transaction, found: Sequence[Member], at: datetime) -> list[Member]:
    """The members with the profiles that they had at an instant (W3)."""
    former = tables.profiles_at(tx, [member.id for member in found], at)
    return [_with(member, former.get(member.id)) for member in found]


def _with(member: Member, profile: FormerProfile | None) -> Member:
    if profile is None:
        return member
    return replace(
        member, address=profile.address, phone=profile.phone, email=profile.email, website=profile.website,
        version=profile.version,
    )  # fmt: skip


def page(
    tx: Transaction,
    network: NetworkId,
    *,
    member: str | None,
    q: str | None,
    on: date | None,
    now: datetime,
    after: tuple[str, str],
    most: int,
) -> list[Offer]:
    """Offers in the order of their titles, as of the end of a day (None: now). Raises Refused `day-in-future`,
    `query-too-long`."""
    at = members.end_of_day(tx, network, on, now) if on is not None else None
    owner = MemberId(entry.known(member, "member")) if member is not None else None
    return tables.page(tx, network, member=owner, at=at, words=words(q or ""), after=after, most=most)


def with_words(
    tx: Transaction, network: NetworkId, words: Sequence[str], after: tuple[str, str], most: int
) -> list[Offer]:
    """Present offers with all the folded words in any field, in the order of their titles."""
    return tables.page(tx, network, member=None, at=None, words=words, after=after, most=most)


def words(q: str) -> list[str]:
    """What must occur, folded. Raises Refused `query-too-long` (422)."""
    if len(q) > LONGEST_QUERY:
        detail = "Search for at most {most} characters."
        raise Refused("query-too-long", detail, status=422, field="/q", words={"most": LONGEST_QUERY})
    return list(dict.fromkeys(folded(q).split()))


def get(tx: Transaction, network: NetworkId, offer: str, *, lock: bool = False) -> Offer:
    """An offer that stands. Raises Refused `offer-not-found` (404), also for one that has ended."""
    found = tables.find(tx, network, entry.known(offer, "offer"), lock=lock)
    if found is None:
        raise entry.not_found("offer")
    return found


def add(tx: Transaction, member: Member, body: OfferDetails, now: datetime, actor: str) -> Offer:
    """W3. Raises what `checks` refuses."""
    offer = _version(
        Offer(
            id=OfferId(ids.new("off")), version=1, network=member.network, member=member.id, added_at=now, since=now,
            until=None, ended=False, title_key="", details=body, words="",
        ),
        checks.offer(body),
    )  # fmt: skip
    tables.add(tx, offer)
    _tell(tx, offer, now, actor)
    return offer


def edit_offer(tx: Transaction, before: Offer, body: OfferDetails, version: int, now: datetime, actor: str) -> Offer:
    """`before`: held by the caller. Raises Refused `edited-meanwhile`, and what `checks` refuses."""
    _same(version, before.version)
    details = checks.offer(body)
    if details == before.details:
        return before
    tables.end(tx, before, now, finally_=False)
    after = _version(replace(before, version=before.version + 1, since=now), details)
    tables.add(tx, after)
    _tell(tx, after, now, actor)
    return after


def end(tx: Transaction, offer: Offer, version: int, now: datetime, actor: str) -> None:
    """It stays in the history. `offer`: held by the caller. Raises Refused `edited-meanwhile`."""
    _same(version, offer.version)
    _end(tx, offer, now, now, actor)


def end_all(tx: Transaction, member: Member, at: datetime, now: datetime, actor: str) -> None:
    """Who leaves offers nothing in the network any more."""
    for offer in tables.of_member(tx, member.network, member.id):
        _end(tx, offer, at, now, actor)


def _end(tx: Transaction, offer: Offer, at: datetime, now: datetime, actor: str) -> None:
    tables.end(tx, offer, at, finally_=True)
    _tell(tx, offer, now, actor, ended=True)


def _version(offer: Offer, details: OfferDetails) -> Offer:
    return replace(
        offer, details=details, title_key=folded(details.title)[:_LONGEST_KEY], words=folded(checks.texts(details))
    )


def _tell(tx: Transaction, offer: Offer, now: datetime, actor: str, *, ended: bool = False) -> None:
    fact = OfferChanged(network=offer.network, member=offer.member, offer=offer.id, version=offer.version, ended=ended)
    _record(tx, offer.network, fact, now, actor)


def _record(
    tx: Transaction, network: NetworkId, fact: ProfileChanged | OfferChanged, now: datetime, actor: str
) -> None:
    journal.record(tx, network=network, record=network, facts=[fact], now=now, actor=actor)


def _same(read: int, stands: int) -> None:
    """RFC 9110 § 13.1.1: who changes must have read what stands."""
    if read != stands:
        detail = "Somebody else has changed this meanwhile. Read it again and repeat your change."
        raise Refused("edited-meanwhile", detail, status=412)
