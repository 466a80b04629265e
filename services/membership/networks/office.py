"""The coordinating office (O1): exactly one member holds it, or it is vacant and a choice is due (L4)."""

from datetime import datetime

from contracts.ids import MemberId, NetworkId
from contracts.membership.networks import OfficeAppointed, OfficeVacated
from services.chassis import journal
from services.chassis.database import Transaction
from services.membership.networks import tables, tables_office
from services.membership.networks.tables_office import Term

__all__ = ["Term", "give", "holder", "terms", "vacate"]


def give(tx: Transaction, network: NetworkId, member: MemberId, now: datetime, actor: str) -> None:
    """The caller holds the network's lock and knows that `member` is present. Repeating it changes nothing."""
    row = tables.find(tx, network)
    if row is None or row.office == member:
        return
    _change(tx, network, member, now)
    fact = OfficeAppointed(network=network, member=member)
    journal.record(tx, network=network, record=network, facts=[fact], now=now, actor=actor)


def vacate(tx: Transaction, network: NetworkId, member: MemberId, now: datetime, actor: str) -> None:
    """L4: the member that leaves held the office; it stays vacant until somebody is appointed."""
    row = tables.find(tx, network)
    if row is None or row.office != member:
        return
    _change(tx, network, None, now)
    fact = OfficeVacated(network=network, member=member)
    journal.record(tx, network=network, record=network, facts=[fact], now=now, actor=actor)


def _change(tx: Transaction, network: NetworkId, member: MemberId | None, now: datetime) -> None:
    tables.give_office(tx, network, member, now)
    tables_office.change(tx, network, member, now)


def holder(tx: Transaction, network: NetworkId, at: datetime) -> MemberId | None:
    """Who held the office at an instant; None: it was vacant."""
    return tables_office.holder(tx, network, at)


def terms(tx: Transaction, member: MemberId) -> list[Term]:
    """When a member held the office."""
    return tables_office.of_member(tx, member)
