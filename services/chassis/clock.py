"""The moment: the system's, and that of sandbox networks, whose test clock stands still until it is advanced."""

from datetime import UTC, datetime
from typing import cast

from sqlalchemy import bindparam, select

from contracts.ids import NetworkId
from services.chassis.database import upsert
from services.chassis.schema import test_clocks
from services.chassis.transaction import Prepared, Transaction

_FIND = Prepared(select(test_clocks.c.moment).where(test_clocks.c.network == bindparam("network")))


def now() -> datetime:
    """The system's moment, UTC. Nothing else reads the system clock."""
    return datetime.now(UTC)


def moment(tx: Transaction, network: NetworkId, real: datetime) -> datetime:
    """What counts as now in a network: its test clock if it has one, else `real`."""
    found = tx.rows(_FIND, network=network)
    return cast(datetime, found[0][0]) if found else real


def set_test_clock(tx: Transaction, network: NetworkId, moment: datetime) -> None:
    """Gives a network a test clock or moves it. Whether it may move there is the owner's rule, not the clock's."""
    values = {"network": network, "moment": moment}
    statement = upsert(test_clocks, tx.dialect).values(values)
    tx.execute(statement.on_conflict_do_update(index_elements=["network"], set_={"moment": statement.excluded.moment}))
