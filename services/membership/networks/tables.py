"""Rows of networks. Name, zone and languages are copied from the charter in force, which stays their source."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Boolean, Column, Integer, Row, String, Table, Text, bindparam, select, update

from contracts.ids import MemberId, NetworkId
from services.chassis.columns import Encoded, Moment
from services.chassis.database import Prepared, Transaction, upsert
from services.membership.schema import metadata

networks = Table(
    "networks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("languages", Encoded(list[str]), nullable=False),
    Column("charter_version", Integer, nullable=False),
    Column("sandbox", Boolean, nullable=False),
    Column("founded_at", Moment, nullable=False),
    Column("office", String(80)),
    Column("office_since", Moment),
    Column("edition", Integer, nullable=False),
    Column("began_at", Moment),
)


class Network(Struct, frozen=True, kw_only=True):
    id: NetworkId
    name: str
    time_zone: str
    region: str
    languages: list[str]
    charter_version: int
    sandbox: bool
    founded_at: datetime
    office: MemberId | None = None
    office_since: datetime | None = None
    """When the office was taken, or fell vacant."""
    edition: int = 0
    """Of the directory last issued (A5)."""
    began_at: datetime | None = None
    """When the first procedure began; from then on nobody joins by the register."""


_one = select(networks).where(networks.c.id == bindparam("network"))
_load = Prepared(_one)
_lock = Prepared(_one.with_for_update())
_page = select(networks).where(networks.c.id > bindparam("after")).order_by(networks.c.id).limit(bindparam("most"))
_here = networks.c.id == bindparam("network_id")
_office = update(networks).where(_here).values(office=bindparam("member"), office_since=bindparam("at"))
_issue = update(networks).where(_here).values(edition=networks.c.edition + 1).returning(networks.c.edition)
_begin = update(networks).where(_here, networks.c.began_at.is_(None)).values(began_at=bindparam("at"))
_charter = (
    update(networks)
    .where(_here)
    .values(
        name=bindparam("new_name"),
        time_zone=bindparam("zone"),
        region=bindparam("new_region"),
        languages=bindparam("new_languages"),
        charter_version=bindparam("version"),
    )
)


_FIELDS = [column.name for column in networks.c]
_add = {
    dialect: Prepared(upsert(networks, dialect).on_conflict_do_nothing(), _FIELDS)
    for dialect in ("sqlite", "postgresql")
}


def _network(row: Row[Any]) -> Network:
    return Network(**{field: getattr(row, field) for field in Network.__struct_fields__})


def find(tx: Transaction, network: str, *, lock: bool = False) -> Network | None:
    rows = tx.rows(_lock if lock else _load, network=network)
    return Network(**dict(zip(_FIELDS, rows[0], strict=True))) if rows else None


def page(tx: Transaction, after: str, most: int) -> list[Network]:
    """In the order of their ids."""
    return [_network(row) for row in tx.execute(_page, {"after": after, "most": most})]


def add(tx: Transaction, network: Network) -> bool:
    """False: the id is taken."""
    values = {field: getattr(network, field) for field in Network.__struct_fields__}
    return tx.run(_add[tx.dialect], **values) == 1


def give_office(tx: Transaction, network: NetworkId, member: MemberId | None, at: datetime) -> None:
    tx.execute(_office, {"network_id": network, "member": member, "at": at})


def next_edition(tx: Transaction, network: NetworkId) -> int:
    return int(tx.execute(_issue, {"network_id": network}).scalar_one())


def begin(tx: Transaction, network: NetworkId, at: datetime) -> None:
    tx.execute(_begin, {"network_id": network, "at": at})


def copy_charter(
    tx: Transaction, network: NetworkId, *, name: str, zone: str, region: str, languages: list[str], version: int
) -> None:
    new = {"new_name": name, "zone": zone, "new_region": region, "new_languages": languages, "version": version}
    tx.execute(_charter, {"network_id": network, **new})
