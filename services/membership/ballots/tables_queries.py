"""Which ballots: due ones, a member's open ones, those inside an outage, pages of a list, missing receipts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, or_, select, tuple_

from contracts.ids import BallotId, MemberId, NetworkId
from services.chassis.database import Prepared, Transaction
from services.chassis.deadlines import DueKey, due_keys
from services.chassis.schema import test_clocks
from services.membership.ballots.tables import ballots, electors

_COLUMNS = [column.name for column in ballots.c]
_OPEN_OF_MEMBER = Prepared(
    select(ballots.c.id)
    .join(electors, electors.c.ballot == ballots.c.id)
    .where(
        ballots.c.network == bindparam("in_network"),
        ballots.c.open == 1,
        electors.c.member == bindparam("of_member"),
    )
    .order_by(ballots.c.id)
)
_DURING = Prepared(
    select(ballots.c.network, ballots.c.id)
    .distinct()
    .join(electors, electors.c.ballot == ballots.c.id)
    .where(
        electors.c.window_ends_at > bindparam("away_from"),
        electors.c.received_at < bindparam("away_until"),
        ballots.c.network.not_in(select(test_clocks.c.network)),
    )
    .order_by(ballots.c.id)
)
_PAGE = (
    select(ballots)
    .where(
        ballots.c.network == bindparam("in_network"),
        tuple_(ballots.c.opened_at, ballots.c.id) < tuple_(bindparam("opened", type_=ballots.c.opened_at.type),
                                                           bindparam("after")),
    )
    .order_by(ballots.c.opened_at.desc(), ballots.c.id.desc())
    .limit(bindparam("most"))
)  # fmt: skip
_PAGES = {None: _PAGE, True: _PAGE.where(ballots.c.open == 1), False: _PAGE.where(ballots.c.open == 0)}
_SECRET = select(ballots.c.id).where(
    ballots.c.network == bindparam("in_network"), ballots.c.secret.is_(True), ballots.c.closed.is_(None)
)
_MISSING = (
    select(electors.c.ballot, electors.c.member, electors.c.notified_at, electors.c.undeliverable_at)
    .join(ballots, electors.c.ballot == ballots.c.id)
    .where(
        ballots.c.network == bindparam("in_network"),
        ballots.c.open == 1,
        electors.c.received_at.is_(None),
        electors.c.dropped_at.is_(None),
        or_(electors.c.notified_at.is_not(None), electors.c.undeliverable_at.is_not(None)),
    )
    .order_by(electors.c.ballot, electors.c.place)
)


class MissingReceipt(Struct, frozen=True, kw_only=True):
    """T2: an elector that keeps a ballot open."""

    ballot: BallotId
    member: MemberId
    since: datetime
    undeliverable: bool


def due(tx: Transaction, real_now: datetime, limit: int) -> Sequence[DueKey]:
    """Ballots that are decided by their network's clock and not yet closed."""
    return due_keys(
        tx, key=ballots.c.id, network=ballots.c.network, due_at=ballots.c.due_at, real_now=real_now, limit=limit
    )


def open_of_member(tx: Transaction, network: NetworkId, member: MemberId) -> list[BallotId]:
    """Open ballots in which the member is an elector, in the order in which they are locked."""
    return [BallotId(row[0]) for row in tx.rows(_OPEN_OF_MEMBER, in_network=network, of_member=member)]


def during(tx: Transaction, away_from: datetime, away_until: datetime) -> list[tuple[NetworkId, BallotId]]:
    """Ballots with a window that ran then, open or over, but not those that live by a test clock."""
    rows = tx.rows(_DURING, away_from=away_from, away_until=away_until)
    return [(NetworkId(network), BallotId(ballot)) for network, ballot in rows]


def page(
    tx: Transaction, network: NetworkId, only: bool | None, before: tuple[datetime, str], most: int
) -> list[Mapping[str, Any]]:
    """Rows of ballots, the newest first, from a position on. `only` True: open ones, False: those that are over."""
    found = {"in_network": network, "opened": before[0], "after": before[1], "most": most}
    return [dict(zip(_COLUMNS, row, strict=True)) for row in tx.execute(_PAGES[only], found)]


def missing_receipts(tx: Transaction, network: NetworkId) -> list[MissingReceipt]:
    """Every elector of an open ballot that was told, or could not be told, and has no receipt."""
    return [
        MissingReceipt(
            ballot=row.ballot,
            member=row.member,
            since=row.undeliverable_at or row.notified_at,
            undeliverable=row.undeliverable_at is not None,
        )
        for row in tx.execute(_MISSING, {"in_network": network})
    ]


def sealed(tx: Transaction, network: NetworkId) -> frozenset[BallotId]:
    """Secret ballots that are not closed."""
    return frozenset(BallotId(row.id) for row in tx.execute(_SECRET, {"in_network": network}))
