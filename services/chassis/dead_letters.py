"""Facts that could not be applied: kept with their cause, listed, and applied again by command."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import bindparam, select, update

from services.chassis import clock, ids, schema
from services.chassis.decoding import FAULTS, cause
from services.chassis.listeners import Listeners, apply_once
from services.chassis.problems import Refused
from services.chassis.transaction import Transaction

_letters = schema.dead_letters
_FIND = select(_letters).where(
    _letters.c.listener == bindparam("listener"), _letters.c.message_id == bindparam("message_id")
)
_GET = select(_letters).where(_letters.c.id == bindparam("letter"))
_REPLAYED = update(_letters).where(_letters.c.id == bindparam("letter"))


class DeadLetter(Struct, frozen=True, kw_only=True):
    """One row, without the body."""

    id: str
    listener: str
    message_id: str
    type: str
    cause: str
    deliveries: int
    died_at: datetime
    replayed_at: datetime | None


def words(error: Exception) -> str:
    """Why a message is unreadable, without its content."""
    if type(error) is ValueError:
        return f"unreadable: {error}"  # our own sentences: contracts.event and Listeners.read
    return f"unreadable: {cause(error)}"


def keep(
    tx: Transaction, listener: str, subject: str, headers: dict[str, str], body: bytes, why: str, deliveries: int
) -> str:
    """Stores a message that is given up, once for each listener and message. Gives back the row's id."""
    message_id = _message_id(subject, headers, body)
    row = {
        "subject": subject[:400],
        "headers": json.dumps(headers),
        "body": body,
        "cause": why,
        "deliveries": deliveries,
        "died_at": clock.now(),
        "replayed_at": None,
    }
    known = tx.execute(_FIND, {"listener": listener, "message_id": message_id}).first()
    if known is not None:
        tx.execute(_REPLAYED.values(**row), {"letter": known.id})
        return str(known.id)
    letter = ids.new("dead")
    tx.execute(_letters.insert().values(id=letter, listener=listener, message_id=message_id, **row))
    return letter


def is_kept(tx: Transaction, listener: str, subject: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether the message lies here and waits."""
    row = tx.execute(_FIND, {"listener": listener, "message_id": _message_id(subject, headers, body)}).first()
    return row is not None and row.replayed_at is None


def withdraw(tx: Transaction, listener: str, message_id: str) -> None:
    """The message could be applied after all."""
    row = tx.execute(_FIND, {"listener": listener, "message_id": message_id}).first()
    if row is not None:
        tx.execute(_REPLAYED.values(replayed_at=clock.now()), {"letter": row.id})


def _message_id(subject: str, headers: dict[str, str], body: bytes) -> str:
    """The sender's identity of the message, or one made from its content where that is unreadable."""
    source, number = headers.get("ce-source"), headers.get("ce-id")
    if source and number and len(source) + len(number) < 290:
        return f"{source}#{number}"
    content = json.dumps([subject, headers]).encode() + body
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def list_dead_letters(tx: Transaction, *, listener: str | None = None, replayed: bool = False) -> list[DeadLetter]:
    """The letters that wait, oldest first; with `replayed` also those that were applied since."""
    query = select(_letters).order_by(_letters.c.died_at, _letters.c.id)
    if listener is not None:
        query = query.where(_letters.c.listener == listener)
    if not replayed:
        query = query.where(_letters.c.replayed_at.is_(None))
    return [
        DeadLetter(
            id=row.id,
            listener=row.listener,
            message_id=row.message_id,
            type=json.loads(row.headers).get("ce-type", ""),
            cause=row.cause,
            deliveries=row.deliveries,
            died_at=row.died_at,
            replayed_at=row.replayed_at,
        )
        for row in tx.execute(query)
    ]


def replay_dead_letter(tx: Transaction, letter: str, groups: Sequence[Listeners], now: datetime) -> bool:
    """Applies a letter again, with its inbox row, in the caller's transaction. False: it had been applied already.

    Raises Refused `not-found`, `listener-unknown` or `still-unreadable`, and whatever the listener raises: then nothing
    has changed and the letter stays.
    """
    row = tx.execute(_GET, {"letter": letter}).first()
    if row is None:
        raise Refused("not-found", "There is no dead letter with this id.", status=404)
    group = next((group for group in groups if group.name == row.listener), None)
    if group is None:
        raise Refused("listener-unknown", "This service has no listener of that name any more.", status=404)
    try:
        entry, event, fact = group.read(row.subject, json.loads(row.headers), row.body)
    except (ValueError, *FAULTS) as error:
        detail = "The message cannot be read now either ({cause})."
        raise Refused("still-unreadable", detail, status=422, words={"cause": words(error)}) from None
    fresh = apply_once(tx, group.name, entry, event, fact)
    tx.execute(_REPLAYED.values(replayed_at=now), {"letter": letter})
    return fresh
