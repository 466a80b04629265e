"""Rows of charters: every version with its text, as adopted. Nothing is ever changed here."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Column, Integer, String, Table, Text, bindparam, select

from contracts.ids import NetworkId
from services.chassis.columns import Encoded, Moment
from services.chassis.database import Prepared, Transaction
from services.membership.charter.rules import Charter
from services.membership.schema import metadata

charter_versions = Table(
    "charter_versions",
    metadata,
    Column("network", String(40), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("adopted_at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Column("charter", Encoded(Charter), nullable=False),
)


class AdoptedCharter(Struct, frozen=True, kw_only=True):
    """One version of a network's charter."""

    network: NetworkId
    version: int
    """From 1, without gaps."""
    adopted_at: datetime
    text: str
    charter: Charter


_of_network = select(charter_versions).where(charter_versions.c.network == bindparam("of_network"))
_NEWEST = Prepared(_of_network.order_by(charter_versions.c.version.desc()).limit(1))
_ONE = Prepared(_of_network.where(charter_versions.c.version == bindparam("of_version")))
_ADD = Prepared(charter_versions.insert(), [column.name for column in charter_versions.c])


def newest(tx: Transaction, network: NetworkId) -> AdoptedCharter | None:
    rows = tx.rows(_NEWEST, of_network=network)
    return AdoptedCharter(**_named(rows[0])) if rows else None


def find(tx: Transaction, network: NetworkId, version: int) -> AdoptedCharter | None:
    rows = tx.rows(_ONE, of_network=network, of_version=version)
    return AdoptedCharter(**_named(rows[0])) if rows else None


def add(tx: Transaction, adopted: AdoptedCharter) -> None:
    tx.run(_ADD, **{field: getattr(adopted, field) for field in AdoptedCharter.__struct_fields__})


def _named(row: tuple[object, ...]) -> dict[str, Any]:
    return dict(zip((column.name for column in charter_versions.c), row, strict=True))
