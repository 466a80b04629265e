"""Rows of mailings: what one fact sends to all members, and how far its notices are (P7).

A row says that there is one; how far it is, is counted from its notices at the moment of asking, so that it cannot be
wrong.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct
from sqlalchemy import Column, Index, String, Table, bindparam, func, select, tuple_

from contracts.ids import NetworkId
from contracts.notifications.notices import Mailing, NoticeState
from contracts.notifications.words import Purpose
from services.chassis.database import Encoded, Moment, Transaction, upsert
from services.notifications.notices.rules import TO_ALL, Addressee, Content, Planned
from services.notifications.notices.tables import notices
from services.notifications.schema import metadata

mailings = Table(
    "mailings",
    metadata,
    Column("source", String(300), primary_key=True, comment="The fact that asked for it."),
    Column("purpose", String(40), primary_key=True),
    Column("network", String(80), nullable=False),
    Column("about", String(80), nullable=False),
    Column("content", Encoded[Content](Content), nullable=False, comment="Of its first notice."),
    Column("created_at", Moment, nullable=False),
)
Index("mailings_of_network", mailings.c.network, mailings.c.created_at, mailings.c.source)

_Instant = Moment()
NEWEST = (datetime(2199, 12, 31, tzinfo=UTC), "")
_FIELDS = {
    NoticeState.CREATED: "waiting", NoticeState.HANDED_OVER: "handed_over", NoticeState.ACCEPTED: "accepted",
    NoticeState.DELIVERED: "delivered", NoticeState.OPENED: "opened", NoticeState.CONFIRMED: "confirmed",
    NoticeState.BOUNCED: "bounced", NoticeState.FAILED: "failed", NoticeState.CANCELLED: "cancelled",
    NoticeState.POSTED: "posted",
}  # fmt: skip
_listed = (
    select(mailings)
    .where(
        mailings.c.network == bindparam("in_network"),
        tuple_(mailings.c.created_at, mailings.c.source)
        < tuple_(bindparam("at", type_=_Instant), bindparam("last")),
    )
    .order_by(mailings.c.created_at.desc(), mailings.c.source.desc())
    .limit(bindparam("most"))
)  # fmt: skip
_counts = (
    select(notices.c.source, notices.c.purpose, notices.c.state, func.count().label("number"))
    .where(
        notices.c.source.in_(bindparam("sources", expanding=True)),
        notices.c.purpose.in_(sorted(str(purpose) for purpose in TO_ALL)),
        notices.c.addressee == str(Addressee.MEMBER),
    )
    .group_by(notices.c.source, notices.c.purpose, notices.c.state)
)


class Found(Struct, frozen=True):
    mailing: Mailing
    source: str


def note(tx: Transaction, network: NetworkId, source: str, planned: Sequence[Planned], now: datetime) -> None:
    """Keeps that a fact sends something to all members; again it changes nothing."""
    first = next((one for one in planned if one.purpose in TO_ALL and one.addressee is Addressee.MEMBER), None)
    if first is None:
        return
    row = {
        "source": source, "purpose": str(first.purpose), "network": network, "about": first.about,
        "content": first.content, "created_at": now,
    }  # fmt: skip
    tx.execute(upsert(mailings, tx.dialect).values(**row).on_conflict_do_nothing(index_elements=["source", "purpose"]))


def listed(
    tx: Transaction, network: NetworkId, about: Sequence[str], before: tuple[datetime, str], most: int
) -> list[Found]:
    """The newest first, from a position on; with `about` only those about one of these."""
    statement = _listed.where(mailings.c.about.in_(about)) if about else _listed
    rows = tx.execute(statement, {"in_network": network, "at": before[0], "last": before[1], "most": most}).all()
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for row in tx.execute(_counts, {"sources": [row.source for row in rows]}) if rows else ():
        counts.setdefault((row.source, row.purpose), {})[_FIELDS[NoticeState(row.state)]] = row.number
    return [
        Found(
            Mailing(
                purpose=Purpose(row.purpose), about=row.about, created_at=row.created_at,
                notices=sum(counts.get((row.source, row.purpose), {}).values()),
                application=row.content.application, concerned=row.content.concerned, edition=row.content.edition,
                **counts.get((row.source, row.purpose), {}),
            ),
            row.source,
        )
        for row in rows
    ]  # fmt: skip
