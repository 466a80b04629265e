"""What is counted now and then for the metrics."""

from sqlalchemy import BigInteger, bindparam, func, select, tuple_

from services.chassis.schema import journal, relay_cursor
from services.chassis.transaction import Prepared, Transaction

_CURSOR = Prepared(select(relay_cursor.c.turn, relay_cursor.c.position).limit(1))
_BEHIND = Prepared(
    select(func.count())
    .select_from(journal)
    .where(
        journal.c.route.is_not(None),
        tuple_(journal.c.turn, journal.c.position)
        > tuple_(bindparam("turn_after", type_=BigInteger), bindparam("after", type_=BigInteger)),
    )
)


def backlog(tx: Transaction) -> int:
    """Facts that are recorded but not yet acknowledged by the broker."""
    found = tx.rows(_CURSOR)
    turn, position = found[0] if found else (0, 0)
    return int(tx.rows(_BEHIND, turn_after=turn, after=position)[0][0])
