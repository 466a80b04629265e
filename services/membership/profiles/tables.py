"""Rows of former profiles and of offers. A row's `until` is exclusive; what is present has none."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    bindparam,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql

from contracts.ids import MemberId, NetworkId, OfferId
from contracts.membership.profiles import OfferDetails
from services.chassis.columns import Encoded, Moment
from services.chassis.database import Transaction
from services.membership.schema import metadata

offers = Table(
    "offers",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("network", String(40), nullable=False),
    Column("member", String(80), ForeignKey("members.id"), nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment, comment="NULL: as it is now."),
    Column("ended", Boolean, nullable=False, comment="No other version follows."),
    Column("title_key", Text().with_variant(postgresql.TEXT(collation="C"), "postgresql"), nullable=False),
    Column("details", Encoded(OfferDetails), nullable=False),
    Column("words", Text, nullable=False, comment="All fields, folded for search."),
)
_PRESENT = text("until IS NULL")
Index(
    "offers_present",
    offers.c.network,
    offers.c.title_key,
    offers.c.id,
    sqlite_where=_PRESENT,
    postgresql_where=_PRESENT,
)
Index("offers_in_order", offers.c.network, offers.c.title_key, offers.c.id, offers.c.version)
Index("offers_of_member", offers.c.member, offers.c.title_key, offers.c.id, offers.c.version)
Index("offers_begun", offers.c.member, offers.c.since, offers.c.id, offers.c.version)
Index("offers_over", offers.c.member, offers.c.until, offers.c.id, offers.c.version)

former_profiles = Table(
    "former_profiles",
    metadata,
    Column("member", String(80), ForeignKey("members.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("until", Moment, nullable=False),
    Column("address", Text),
    Column("phone", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("website", Text, nullable=False),
    Column("changed", Encoded(list[str]), nullable=False, comment="What the next version says otherwise."),
)
Index("former_profiles_in_time", former_profiles.c.member, former_profiles.c.until, former_profiles.c.version)


class Offer(Struct, frozen=True, kw_only=True):
    """One version of an offer."""

    id: OfferId
    version: int
    network: NetworkId
    member: MemberId
    added_at: datetime
    since: datetime
    """When this version began."""
    until: datetime | None
    ended: bool
    title_key: str
    details: OfferDetails
    words: str


class FormerProfile(Struct, frozen=True, kw_only=True):
    member: MemberId
    version: int
    until: datetime
    address: str | None
    phone: str
    email: str
    website: str
    changed: list[str]


_present = select(offers).where(
    offers.c.network == bindparam("in_network"), offers.c.id == bindparam("offer"), offers.c.until.is_(None)
)
_lock = _present.with_for_update()
_of_member = select(offers).where(
    offers.c.member == bindparam("of_member"), offers.c.network == bindparam("in_network"), offers.c.until.is_(None)
)
_end = (
    update(offers)
    .where(offers.c.id == bindparam("offer"), offers.c.version == bindparam("of_version"))
    .values(until=bindparam("at"), ended=bindparam("finally"))
)
_former = (
    select(former_profiles)
    .where(former_profiles.c.member.in_(bindparam("ids", expanding=True)), former_profiles.c.until > bindparam("at"))
    .order_by(former_profiles.c.version.desc())
)
_Instant = Moment()
_profiles_before = (
    select(former_profiles)
    .where(
        former_profiles.c.member == bindparam("of_member"),
        tuple_(former_profiles.c.until, former_profiles.c.version)
        < tuple_(bindparam("at", type_=_Instant), bindparam("below")),
    )
    .order_by(former_profiles.c.until.desc(), former_profiles.c.version.desc())
    .limit(bindparam("most"))
)


def _before(moment: Column[Any]) -> Select[Any]:
    return (
        select(offers)
        .where(
            offers.c.member == bindparam("of_member"),
            tuple_(moment, offers.c.id, offers.c.version)
            < tuple_(bindparam("at", type_=_Instant), bindparam("offer"), bindparam("below")),
        )
        .order_by(moment.desc(), offers.c.id.desc(), offers.c.version.desc())
        .limit(bindparam("most"))
    )


_versions_before = _before(offers.c.since)
_endings_before = _before(offers.c.until).where(offers.c.ended)


def _offer(row: Row[Any]) -> Offer:
    return Offer(**{field: getattr(row, field) for field in Offer.__struct_fields__})


def add(tx: Transaction, offer: Offer) -> None:
    """A first or further version."""
    tx.execute(insert(offers), {field: getattr(offer, field) for field in Offer.__struct_fields__})


def end(tx: Transaction, offer: Offer, at: datetime, *, finally_: bool) -> None:
    """The version is not the present one any more; `finally_`: no other follows."""
    until = max(at, offer.since)
    tx.execute(_end, {"offer": offer.id, "of_version": offer.version, "at": until, "finally": finally_})


def find(tx: Transaction, network: NetworkId, offer: str, *, lock: bool = False) -> Offer | None:
    """The present version; with `lock` held until the transaction ends."""
    row = tx.execute(_lock if lock else _present, {"in_network": network, "offer": offer}).first()
    return _offer(row) if row else None


def of_member(tx: Transaction, network: NetworkId, member: MemberId) -> list[Offer]:
    """What a member offers at present."""
    return [_offer(row) for row in tx.execute(_of_member, {"in_network": network, "of_member": member})]


def page(
    tx: Transaction,
    network: NetworkId,
    *,
    member: MemberId | None,
    at: datetime | None,
    words: Sequence[str],
    after: tuple[str, str],
    most: int,
) -> list[Offer]:
    """Offers as they stood at an instant (None: as they are) in the order of their titles, from a position on. Every
    one of the folded `words` occurs in each."""
    asked: Select[Any] = select(offers).where(
        offers.c.network == network, tuple_(offers.c.title_key, offers.c.id) > tuple_(*after)
    )
    if member is not None:
        asked = asked.where(offers.c.member == member)
    if at is None:
        asked = asked.where(offers.c.until.is_(None))
    else:
        asked = asked.where(offers.c.since <= at, or_(offers.c.until.is_(None), offers.c.until > at))
    for word in words:
        asked = asked.where(offers.c.words.contains(word, autoescape=True))
    rows = tx.execute(asked.order_by(offers.c.title_key, offers.c.id).limit(most))
    return [_offer(row) for row in rows]


def keep_former(tx: Transaction, former: FormerProfile) -> None:
    values = {field: getattr(former, field) for field in FormerProfile.__struct_fields__}
    tx.execute(insert(former_profiles), values)


def profiles_at(tx: Transaction, members: Sequence[str], at: datetime) -> dict[MemberId, FormerProfile]:
    """The profiles that these members had at an instant, where they have changed since."""
    rows = tx.execute(_former, {"ids": list(members), "at": at})
    return {row.member: _profile(row) for row in rows}  # the oldest that still stood then comes last


def profile_changes(tx: Transaction, member: MemberId, at: datetime, below: int, most: int) -> list[FormerProfile]:
    """Profiles that ended before an instant, or at it with a lower version; the last one first."""
    asked = {"of_member": member, "at": at, "below": below, "most": most}
    return [_profile(row) for row in tx.execute(_profiles_before, asked)]


def versions_before(tx: Transaction, member: MemberId, at: datetime, offer: str, below: int, most: int) -> list[Offer]:
    """Versions of a member's offers that began before a position, the last one first."""
    asked = {"of_member": member, "at": at, "offer": offer, "below": below, "most": most}
    return [_offer(row) for row in tx.execute(_versions_before, asked)]


def endings_before(tx: Transaction, member: MemberId, at: datetime, offer: str, below: int, most: int) -> list[Offer]:
    """A member's offers that ended before a position, the last one first."""
    asked = {"of_member": member, "at": at, "offer": offer, "below": below, "most": most}
    return [_offer(row) for row in tx.execute(_endings_before, asked)]


def _profile(row: Row[Any]) -> FormerProfile:
    return FormerProfile(**{field: getattr(row, field) for field in FormerProfile.__struct_fields__})
