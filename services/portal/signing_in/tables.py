"""Rows of sessions, of sign-ins under way and of drafts. What is personal or secret in them is sealed."""

from datetime import datetime
from typing import Any, cast

from msgspec import Struct
from sqlalchemy import Column, Index, LargeBinary, String, Table, Text, bindparam, delete, insert, or_, select, update

from services.chassis.columns import Moment
from services.chassis.database import upsert
from services.chassis.transaction import Prepared, Transaction
from services.portal.schema import metadata

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True, comment="Hex SHA-256 of the cookie's secret."),
    Column("person", String(64), nullable=False, comment="Keyed digest of issuer and subject."),
    Column("agent", String(80), nullable=False, comment="Kind of browser, for the list of one's own sessions."),
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False, comment="However active."),
    Column("tokens", LargeBinary, nullable=False, comment="Sealed JSON."),
    Column("standing", LargeBinary, nullable=False, comment="Sealed JSON."),
    Column("note", Text, comment="JSON: what the next page says once."),
    Index("sessions_by_person", "person"),
    Index("sessions_by_ends_at", "ends_at"),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("state", String(64), primary_key=True, comment="Hex SHA-256 of the state sent to the provider."),
    Column("visitor", String(64), nullable=False, comment="Hex SHA-256 of the browser's own secret."),
    Column("begun_at", Moment, nullable=False),
    Column("sealed", LargeBinary, nullable=False, comment="Provider, nonce, verifier, where to go on."),
    Index("sign_ins_by_begun_at", "begun_at"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("owner", String(64), primary_key=True, comment="Digest of the person or, before sign-in, of the browser."),
    Column("path", String(300), primary_key=True),
    Column("saved_at", Moment, nullable=False),
    Column("sealed", LargeBinary, nullable=False, comment="The form's entries."),
    Index("drafts_by_saved_at", "saved_at"),
)


class SessionRow(Struct, frozen=True, kw_only=True):
    id: str
    person: str
    agent: str
    started_at: datetime
    seen_at: datetime
    ends_at: datetime
    tokens: bytes
    standing: bytes
    note: str | None = None


_SESSION = (
    sessions.c.id, sessions.c.person, sessions.c.agent, sessions.c.started_at, sessions.c.seen_at, sessions.c.ends_at,
    sessions.c.tokens, sessions.c.standing, sessions.c.note,
)  # fmt: skip
_FIND = Prepared(select(*_SESSION).where(sessions.c.digest == bindparam("digest")))


def find(tx: Transaction, digest: str) -> SessionRow | None:
    found = tx.rows(_FIND, digest=digest)
    return _row(found[0]) if found else None


def by_id(tx: Transaction, session: str) -> SessionRow | None:
    found = tx.execute(select(*_SESSION).where(sessions.c.id == session)).first()
    return None if found is None else _row(tuple(found))


def of_person(tx: Transaction, person: str) -> list[SessionRow]:
    found = tx.execute(select(*_SESSION).where(sessions.c.person == person).order_by(sessions.c.seen_at.desc()))
    return [_row(tuple(row)) for row in found]


def hand_over_sessions(tx: Transaction, before: str, person: str) -> None:
    """The same person under another digest."""
    tx.execute(update(sessions).where(sessions.c.person == before).values(person=person))


def _row(found: tuple[object, ...]) -> SessionRow:
    names = ("id", "person", "agent", "started_at", "seen_at", "ends_at", "tokens", "standing", "note")
    return SessionRow(**cast(dict[str, str], dict(zip(names, found, strict=True))))  # type: ignore[arg-type]


def add(tx: Transaction, row: SessionRow, digest: str) -> None:
    values = {name: getattr(row, name) for name in row.__struct_fields__}
    tx.execute(insert(sessions).values(digest=digest, **values))


def change(tx: Transaction, session: str, /, **values: object) -> bool:
    """False: the session has ended meanwhile."""
    return tx.execute(update(sessions).where(sessions.c.id == session).values(**values)).rowcount == 1


def end(tx: Transaction, session: str) -> None:
    tx.execute(delete(sessions).where(sessions.c.id == session))


def end_of_person(tx: Transaction, person: str, session: str) -> bool:
    """Ends one of the person's own sessions; False where it is not theirs."""
    mine = (sessions.c.id == session, sessions.c.person == person)
    return tx.execute(delete(sessions).where(*mine)).rowcount == 1


def begin(tx: Transaction, state: str, visitor: str, sealed: bytes, at: datetime) -> None:
    tx.execute(insert(sign_ins).values(state=state, visitor=visitor, sealed=sealed, begun_at=at))


def take(tx: Transaction, state: str, visitor: str, since: datetime) -> bytes | None:
    """What was kept of a sign-in under way, once."""
    mine = (sign_ins.c.state == state, sign_ins.c.visitor == visitor, sign_ins.c.begun_at > since)
    found = tx.execute(delete(sign_ins).where(*mine).returning(sign_ins.c.sealed)).scalar()
    return cast("bytes | None", found)


def keep_draft(tx: Transaction, owner: str, path: str, sealed: bytes, at: datetime) -> None:
    values = {"owner": owner, "path": path, "sealed": sealed, "saved_at": at}
    statement = upsert(drafts, tx.dialect).values(values)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["owner", "path"],
            set_={"sealed": statement.excluded.sealed, "saved_at": statement.excluded.saved_at},
        )
    )


def draft(tx: Transaction, owner: str, path: str) -> tuple[bytes, datetime] | None:
    mine = (drafts.c.owner == owner, drafts.c.path == path)
    found: Any = tx.execute(select(drafts.c.sealed, drafts.c.saved_at).where(*mine)).first()
    return None if found is None else (found[0], found[1])


def drafts_of(tx: Transaction, owner: str) -> list[tuple[str, bytes, datetime]]:
    columns = (drafts.c.path, drafts.c.sealed, drafts.c.saved_at)
    found: Any = tx.execute(select(*columns).where(drafts.c.owner == owner))
    return [(row[0], row[1], row[2]) for row in found]


def drop_draft(tx: Transaction, owner: str, path: str) -> None:
    tx.execute(delete(drafts).where(drafts.c.owner == owner, drafts.c.path == path))


def sweep(
    tx: Transaction,
    *,
    now: datetime,
    idle_since: datetime,
    forget_before: datetime,
    begun_before: datetime,
    saved_before: datetime,
) -> None:
    """Erases what has ended: nobody needs it any more."""
    ended = or_(sessions.c.ends_at < now, sessions.c.seen_at < idle_since)
    tx.execute(update(sessions).where(ended, sessions.c.tokens != b"").values(tokens=b"", standing=b"", note=None))
    tx.execute(delete(sessions).where(sessions.c.seen_at < forget_before))
    tx.execute(delete(sign_ins).where(sign_ins.c.begun_at < begun_before))
    tx.execute(delete(drafts).where(drafts.c.saved_at < saved_before))
