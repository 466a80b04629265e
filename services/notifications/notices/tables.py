"""Rows of notices, their steps and attempts. No name and no address: those are asked for when a notice is sent.

`due_at` is real time and says when the worker takes the notice (NULL: nothing to send). Whoever takes it holds a lease
with a rising fence; every later write of that sending compares the fence, so that a copy that slept can do no harm.
Moments of the law's kind (`created_at`, steps) are the network's.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    update,
)

from contracts.ids import MemberId, NetworkId, NoticeId
from contracts.notifications.notices import NoticeState, NoticeStep
from contracts.notifications.words import Purpose
from services.chassis.database import Encoded, Moment, Prepared, Transaction, upsert
from services.notifications.notices.rules import BALLOT_NOTICES, Addressee, Content
from services.notifications.notices.rules_life import UNDELIVERED, Standing, Step, Stored
from services.notifications.notices.rules_reminders import Stop
from services.notifications.schema import metadata

notices = Table(
    "notices",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("network", String(80), nullable=False),
    Column("source", String(300), nullable=False, comment="The fact or reminder that asked for it."),
    Column("purpose", String(40), nullable=False),
    Column("about", String(80), nullable=False),
    Column("member", String(80)),
    Column("recipient", String(80), nullable=False, comment="The member, or what it is about where there is none."),
    Column("addressee", String(20), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("content", Encoded[Content](Content), nullable=False),
    Column("reminder_of", String(80)),
    Column("state", String(20), nullable=False),
    Column("sending", Integer, nullable=False, default=0),
    Column("seen_in", Integer, nullable=False, default=0),
    Column("created_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("language", String(10)),
    Column("failure", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", Moment),
    Column("first_tried_at", Moment, comment="Real time, of the present sending."),
    Column("leased_until", Moment),
    Column("fence", Integer, nullable=False, default=0),
    Column("role", String(20), comment="Of the recipient, as it was sent."),
    UniqueConstraint("source", "purpose", "recipient", "addressee", name="notices_never_twice"),
)
_QUEUED = text("due_at IS NOT NULL")
Index("notices_due", notices.c.due_at, sqlite_where=_QUEUED, postgresql_where=_QUEUED)
Index("notices_of_network", notices.c.network, notices.c.id)
Index("notices_about", notices.c.about, notices.c.member, notices.c.id)
Index("notices_of_member", notices.c.network, notices.c.member, notices.c.id)
_UNDELIVERED = text("state IN ('bounced', 'failed')")
Index(
    "notices_undelivered",
    notices.c.network,
    notices.c.id,
    sqlite_where=_UNDELIVERED,
    postgresql_where=_UNDELIVERED,
)

steps = Table(
    "steps",
    metadata,
    Column("notice", String(80), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("sending", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    Column("evidence", Text, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("notice", String(80), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sending", Integer, nullable=False),
    Column("begun_at", Moment, nullable=False, comment="Real time, just before the message goes over the wire."),
    Column("ended_at", Moment),
    Column("result", String(200), comment="NULL: in doubt."),
)

_FIND = select(notices).where(notices.c.id == bindparam("id"))
_STEPS = Prepared(
    select(steps.c.state, steps.c.at, steps.c.evidence, steps.c.sending)
    .where(steps.c.notice == bindparam("notice"))
    .order_by(steps.c.sequence)
)
_ADD_STEP = Prepared(steps.insert(), ["notice", "sequence", "sending", "state", "at", "evidence"])


def add(tx: Transaction, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Adds notices; those that exist already (same source, purpose, recipient, addressee) are left alone. Gives the ids
    of the new ones."""
    if not rows:
        return []
    statement = upsert(notices, tx.dialect).on_conflict_do_nothing(
        index_elements=["source", "purpose", "recipient", "addressee"]
    )
    return [row["id"] for row in rows if tx.execute(statement.values(**row)).rowcount]


def find(tx: Transaction, notice: str, *, lock: bool = False) -> Stored | None:
    """A notice; with `lock` it holds the row until the transaction's end."""
    statement = _FIND.with_for_update() if lock and tx.dialect == "postgresql" else _FIND
    row = tx.execute(statement, {"id": notice}).first()
    return stored(row) if row is not None else None


def ballot_notice(tx: Transaction, ballot: str, member: MemberId) -> NoticeId | None:
    """The notice that brought a ballot to a member's knowledge."""
    statement = select(notices.c.id).where(
        notices.c.about == ballot, notices.c.member == member, notices.c.purpose.in_([str(p) for p in BALLOT_NOTICES])
    )
    return tx.execute(statement).scalar()


def unsent(tx: Transaction, conditions: Sequence[Any]) -> list[Stored]:
    """Notices that were not given to a channel yet, locked, where the conditions hold."""
    statement = select(notices).where(notices.c.state == NoticeState.CREATED, *conditions).order_by(notices.c.id)
    if tx.dialect == "postgresql":
        statement = statement.with_for_update()
    return [stored(row) for row in tx.execute(statement)]


def reminders_matching(stop: Stop) -> list[Any]:
    """Conditions for `unsent`: the reminders that a stop makes needless, the deputy's and the office's included."""
    of_kind = notices.c.purpose.in_([str(purpose) for purpose in stop.purposes])
    conditions = [notices.c.about == stop.about, of_kind]
    return [*conditions, notices.c.member == stop.member] if stop.member is not None else conditions


def about_it(about: str) -> list[Any]:
    """Conditions for `unsent`: whatever is about one thing."""
    return [notices.c.about == about]


def to_member(network: NetworkId, member: MemberId) -> list[Any]:
    """Conditions for `unsent`: whatever goes to a member, except the message that ends its membership."""
    return [
        notices.c.network == network,
        notices.c.member == member,
        notices.c.purpose != str(Purpose.EXCLUSION_MESSAGE),
    ]


def save(tx: Transaction, notice: str, **changes: Any) -> None:
    tx.execute(update(notices).where(notices.c.id == notice).values(**changes))


def save_fenced(tx: Transaction, notice: str, fence: int, **changes: Any) -> bool:
    """Saves only for the holder of the present lease."""
    mine = and_(notices.c.id == notice, notices.c.fence == fence)
    return tx.execute(update(notices).where(mine).values(**changes)).rowcount == 1


def add_step(tx: Transaction, notice: str, step: Step) -> bool:
    """Stores a step with its evidence. False: exactly this one is stored already."""
    known = tx.rows(_STEPS, notice=notice)
    if any((row[0], row[2], row[3]) == (step.state, step.evidence, step.sending) for row in known):
        return False
    tx.run(
        _ADD_STEP,
        notice=notice,
        sequence=len(known) + 1,
        sending=step.sending,
        state=str(step.state),
        at=step.at,
        evidence=step.evidence,
    )
    return True


def steps_of(tx: Transaction, notice: str) -> list[NoticeStep]:
    return [
        NoticeStep(state=NoticeState(state), at=at, evidence=evidence)
        for state, at, evidence, _ in tx.rows(_STEPS, notice=notice)
    ]


# Sending -------------------------------------------------------------------------------------------------------------


_DUE_NOW = and_(
    notices.c.due_at <= bindparam("real_now", type_=Moment),
    or_(notices.c.leased_until.is_(None), notices.c.leased_until <= bindparam("real_now", type_=Moment)),
)
_ANY_DUE = Prepared(select(notices.c.id).where(_DUE_NOW).limit(1))


def any_due(tx: Transaction, real_now: datetime) -> bool:
    return bool(tx.rows(_ANY_DUE, real_now=real_now))


def claim(tx: Transaction, real_now: datetime, until: datetime, limit: int) -> list[Stored]:
    """Takes due notices, oldest first, for the holder until `until`; nobody else gets them before."""
    due = select(notices.c.id).where(_DUE_NOW).order_by(notices.c.due_at, notices.c.id).limit(limit)
    if tx.dialect == "postgresql":
        due = due.with_for_update(skip_locked=True)
    ids = [row[0] for row in tx.execute(due, {"real_now": real_now})]
    if not ids:
        return []
    leased = {"leased_until": until, "fence": notices.c.fence + 1}
    tx.execute(update(notices).where(notices.c.id.in_(ids)).values(**leased))
    rows = tx.execute(select(notices).where(notices.c.id.in_(ids)).order_by(notices.c.due_at, notices.c.id))
    return [stored(row) for row in rows]


def begin_attempt(tx: Transaction, notice: Stored, real_now: datetime) -> int:
    """Stores that the message is about to go over the wire; gives the attempt's number."""
    count = select(func.count()).select_from(attempts).where(attempts.c.notice == notice.id)
    number = tx.execute(count).scalar_one() + 1
    row = {"notice": notice.id, "number": number, "sending": notice.standing.sending, "begun_at": real_now}
    tx.execute(attempts.insert().values(**row))
    return int(number)


def end_attempt(tx: Transaction, notice: str, number: int, real_now: datetime, result: str) -> None:
    mine = and_(attempts.c.notice == notice, attempts.c.number == number)
    tx.execute(update(attempts).where(mine).values(ended_at=real_now, result=result[:200]))


def in_doubt(tx: Transaction, notice: str) -> list[int]:
    """Attempts of which nobody knows how they ended."""
    statement = select(attempts.c.number).where(attempts.c.notice == notice, attempts.c.ended_at.is_(None))
    return [row[0] for row in tx.execute(statement)]


# Lists ---------------------------------------------------------------------------------------------------------------


def listed(
    tx: Transaction,
    network: NetworkId,
    *,
    members: Sequence[MemberId] | None,
    undelivered: bool,
    about: Sequence[str] = (),
    state: NoticeState | None = None,
    before: str | None,
    limit: int,
) -> list[Stored]:
    """Notices of a network, newest first, of the given members only (None: of all)."""
    statement = select(notices).where(notices.c.network == network).order_by(notices.c.id.desc()).limit(limit)
    if members is not None:
        statement = statement.where(notices.c.member.in_(members))
    if undelivered:
        statement = statement.where(notices.c.state.in_([str(state) for state in UNDELIVERED]))
    if about:
        statement = statement.where(notices.c.about.in_(about))
    if state is not None:
        statement = statement.where(notices.c.state == str(state))
    if before is not None:
        statement = statement.where(notices.c.id < before)
    return [stored(row) for row in tx.execute(statement)]


def stored(row: Row[Any]) -> Stored:
    return Stored(
        id=NoticeId(row.id),
        network=NetworkId(row.network),
        purpose=Purpose(row.purpose),
        about=row.about,
        member=MemberId(row.member) if row.member else None,
        addressee=Addressee(row.addressee),
        channel=row.channel,
        content=row.content,
        reminder_of=NoticeId(row.reminder_of) if row.reminder_of else None,
        standing=Standing(state=NoticeState(row.state), sending=row.sending, seen_in=row.seen_in),
        created_at=row.created_at,
        confirmed_at=row.confirmed_at,
        language=row.language,
        failure=row.failure,
        attempts=row.attempts,
        due_at=row.due_at,
        first_tried_at=row.first_tried_at,
        fence=row.fence,
        role=row.role,
    )
