"""Rows of what people wish. The address to which legal notices are redirected is the only personal datum of this
service; it goes with the membership."""

from collections.abc import Sequence

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, bindparam, delete, select

from contracts.ids import MemberId, NetworkId, PersonId
from contracts.notifications.settings import Preferences
from services.chassis.columns import Moment
from services.chassis.database import Encoded, Prepared, Transaction, upsert
from services.chassis.transaction import Row
from services.notifications.preferences.rules import Wishes
from services.notifications.schema import metadata

preferences = Table(
    "preferences",
    metadata,
    Column("network", String(80), primary_key=True),
    Column("person", String(80), primary_key=True),
    Column("member", String(80), nullable=False),
    Column("version", Integer, nullable=False),
    Column("wishes", Encoded[Preferences](Preferences), nullable=False),
    Column("redirect_asked", Integer, nullable=False, comment="The version that brought the other address."),
    Column("redirect_confirmed", Boolean, nullable=False),
    Column("redirect_sent_at", Moment, comment="Real time; when a link to confirm an address was last asked for."),
)
Index("preferences_of_member", preferences.c.network, preferences.c.member)


_NAMES = ("person", "member", "version", "wishes", "redirect_asked", "redirect_confirmed", "redirect_sent_at")
_COLUMNS = tuple(preferences.c[name] for name in _NAMES)
_FIND = select(*_COLUMNS).where(
    preferences.c.network == bindparam("network"), preferences.c.person == bindparam("person")
)
_READ, _LOCK = Prepared(_FIND), Prepared(_FIND.with_for_update())


def find(tx: Transaction, network: NetworkId, person: PersonId, *, lock: bool = False) -> Wishes:
    found = tx.rows(_LOCK if lock else _READ, network=network, person=person)
    return _wishes(found[0]) if found else Wishes()


def member_of(tx: Transaction, network: NetworkId, person: PersonId) -> MemberId | None:
    """For whom the person speaks; None for whoever never set anything."""
    found = tx.rows(_READ, network=network, person=person)
    return MemberId(found[0][1]) if found else None


def several(tx: Transaction, network: NetworkId, people: Sequence[PersonId]) -> dict[PersonId, Wishes]:
    """Of those who ever set any."""
    statement = select(*_COLUMNS).where(preferences.c.network == network, preferences.c.person.in_(people))
    return {PersonId(row.person): _wishes(tuple(row)) for row in tx.execute(statement)} if people else {}


def save(tx: Transaction, network: NetworkId, person: PersonId, member: MemberId, wishes: Wishes) -> None:
    row = {
        "network": network, "person": person, "member": member, "version": wishes.version,
        "wishes": wishes.preferences, "redirect_asked": wishes.redirect_asked,
        "redirect_confirmed": wishes.redirect_confirmed, "redirect_sent_at": wishes.redirect_sent_at,
    }  # fmt: skip
    given = upsert(preferences, tx.dialect).values(**row)
    changed = {name: given.excluded[name] for name in row if name not in ("network", "person")}
    tx.execute(given.on_conflict_do_update(index_elements=["network", "person"], set_=changed))


def erase_member(tx: Transaction, network: NetworkId, member: MemberId) -> None:
    """What the people of a member that left had wished."""
    tx.execute(delete(preferences).where(preferences.c.network == network, preferences.c.member == member))


def _wishes(row: Row) -> Wishes:
    _, _, version, wishes, asked, confirmed, sent_at = row
    return Wishes(
        version=version, preferences=wishes, redirect_asked=asked, redirect_confirmed=bool(confirmed),
        redirect_sent_at=sent_at,
    )  # fmt: skip
