"""What has already been taken in. The message id is recorded in the transaction of its effect."""

from sqlalchemy import Insert

from services.chassis import clock
from services.chassis.database import upsert
from services.chassis.schema import inbox
from services.chassis.transaction import Prepared, Transaction


def _insert(dialect: str) -> Prepared:
    statement: Insert = upsert(inbox, dialect).on_conflict_do_nothing()
    return Prepared(statement, ["listener", "message_id", "received_at"])


_INSERT = {dialect: _insert(dialect) for dialect in ("sqlite", "postgresql")}


def first(tx: Transaction, message_id: str, listener: str) -> bool:
    """Whether this listener sees the message for the first time. False: do nothing, and acknowledge."""
    values = {"listener": listener, "message_id": message_id, "received_at": clock.now()}
    return tx.run(_INSERT[tx.dialect], **values) == 1
