"""Ballots as they concern one member, and how far their electors are: a question each for a whole page."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, and_, bindparam, case, func, literal, or_, select, tuple_

from contracts.ids import BallotId, MemberId, NetworkId
from contracts.membership.ballots import BallotOpened
from contracts.membership.windows import Window
from contracts.membership.words import Choice
from services.chassis.columns import Moment
from services.chassis.database import Transaction
from services.membership.ballots.tables import ballots, electors
from services.membership.ballots.tables_records import votes

_Instant = Moment()
_NEVER = datetime(2199, 12, 31, tzinfo=UTC)
Position = tuple[datetime, datetime, str]
"""End of the member's window (2199-12-31: it does not run yet), opening, id."""
START: Position = (datetime(1970, 1, 2, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC), "")


class Concerning(Struct, frozen=True, kw_only=True):
    """An open ballot, and where one elector stands in it."""

    opened: BallotOpened
    window: Window | None
    """Without its explanation."""
    choice: Choice | None

    @property
    def position(self) -> Position:
        return self.window.ends_at if self.window else _NEVER, self.opened.opened_at, self.opened.ballot


class Progress(Struct, frozen=True, kw_only=True):
    """How far a ballot's electors are; those that left are not counted."""

    electors: int
    answered: int
    without_receipt: int
    """Those that are undeliverable included."""
    undeliverable: int
    due_at: datetime | None
    """When it is decided by the facts so far."""


class Lacking(Struct, frozen=True, kw_only=True):
    """An elector of an open ballot that has no receipt."""

    opened: BallotOpened
    member: MemberId
    place: int
    notified_at: datetime | None
    undeliverable_at: datetime | None


_choice = (
    select(votes.c.choice)
    .where(votes.c.ballot == electors.c.ballot, votes.c.member == electors.c.member, votes.c.late.is_(False))
    .order_by(votes.c.number.desc())
    .limit(1)
    .scalar_subquery()
)
_ends = func.coalesce(electors.c.window_ends_at, literal(_NEVER, type_=_Instant), type_=_Instant)
_concerning = (
    select(
        ballots.c.terms, electors.c.received_at, electors.c.last_day, electors.c.window_ends_at, _choice.label("choice")
    )
    .join(electors, electors.c.ballot == ballots.c.id)
    .where(
        ballots.c.network == bindparam("in_network"),
        ballots.c.open == 1,
        electors.c.member == bindparam("of_member"),
        tuple_(_ends, ballots.c.opened_at, ballots.c.id)
        > tuple_(
            bindparam("ends", type_=_Instant), bindparam("opened", type_=_Instant), bindparam("after")
        ),
    )
    .order_by(_ends, ballots.c.opened_at, ballots.c.id)
    .limit(bindparam("most"))
)  # fmt: skip
_may_answer = and_(
    _choice.is_(None),
    or_(electors.c.window_ends_at.is_(None), electors.c.window_ends_at > bindparam("now", type_=_Instant)),
)
_INBOX = {False: _concerning.where(_may_answer), True: _concerning.where(~_may_answer)}

_answered = (
    select(votes.c.ballot, votes.c.member)
    .where(votes.c.ballot.in_(bindparam("ids", expanding=True)), votes.c.late.is_(False))
    .distinct()
    .subquery("answered")
)


def _counted(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


_missing = electors.c.received_at.is_(None)
_progress = (
    select(
        electors.c.ballot,
        ballots.c.due_at,
        func.count().label("electors"),
        _counted(_answered.c.member.is_not(None)).label("answered"),
        _counted(_missing).label("without_receipt"),
        _counted(and_(_missing, electors.c.undeliverable_at.is_not(None))).label("undeliverable"),
    )
    .join(ballots, ballots.c.id == electors.c.ballot)
    .outerjoin(_answered, and_(_answered.c.ballot == electors.c.ballot, _answered.c.member == electors.c.member))
    .where(electors.c.ballot.in_(bindparam("ids", expanding=True)), electors.c.dropped_at.is_(None))
    .group_by(electors.c.ballot, ballots.c.due_at)
)


_lacking = (
    select(ballots.c.terms, electors.c.member, electors.c.place, electors.c.notified_at, electors.c.undeliverable_at)
    .join(electors, electors.c.ballot == ballots.c.id)
    .where(
        ballots.c.network == bindparam("in_network"),
        ballots.c.open == 1,
        _missing,
        electors.c.dropped_at.is_(None),
        tuple_(ballots.c.opened_at, ballots.c.id, electors.c.place)
        > tuple_(bindparam("opened", type_=_Instant), bindparam("after"), bindparam("place")),
    )
    .order_by(ballots.c.opened_at, ballots.c.id, electors.c.place)
    .limit(bindparam("most"))
)  # fmt: skip


def lacking(
    tx: Transaction, network: NetworkId, ballot: BallotId | None, after: tuple[datetime, str, int], most: int
) -> list[Lacking]:
    """Electors of open ballots (or of one) without receipt, the oldest ballot first, from a position on."""
    opened, last, place = after
    asked = {"in_network": network, "opened": opened, "after": last, "place": place, "most": most}
    statement = _lacking if ballot is None else _lacking.where(ballots.c.id == ballot)
    return [
        Lacking(
            opened=row.terms, member=row.member, place=row.place, notified_at=row.notified_at,
            undeliverable_at=row.undeliverable_at,
        )
        for row in tx.execute(statement, asked)
    ]  # fmt: skip


def inbox(
    tx: Transaction,
    network: NetworkId,
    member: MemberId,
    *,
    waiting: bool,
    now: datetime,
    after: Position,
    most: int,
) -> list[Concerning]:
    """Open ballots in which a member is an elector, by the end of its window, those without window last, the oldest
    first. `waiting` False: those that it may still answer; True: those that go on without it."""
    ends, opened, last = after
    asked = {
        "in_network": network, "of_member": member, "now": now, "ends": ends, "opened": opened, "after": last,
        "most": most,
    }  # fmt: skip
    return [_concerns(row) for row in tx.execute(_INBOX[waiting], asked)]


def _concerns(row: Row[Any]) -> Concerning:
    window = None
    if row.received_at is not None:
        window = Window(received_at=row.received_at, last_day=row.last_day, ends_at=row.window_ends_at, steps=[])
    return Concerning(opened=row.terms, window=window, choice=Choice(row.choice) if row.choice else None)


def progress(tx: Transaction, ids: Sequence[BallotId]) -> dict[BallotId, Progress]:
    """Of these ballots, all in one question."""
    if not ids:
        return {}
    return {
        row.ballot: Progress(
            electors=row.electors, answered=row.answered, without_receipt=row.without_receipt,
            undeliverable=row.undeliverable, due_at=row.due_at,
        )
        for row in tx.execute(_progress, {"ids": list(ids)})
    }  # fmt: skip
