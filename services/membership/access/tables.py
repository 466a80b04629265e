"""Rows of API keys. Of a secret only its SHA-256 is kept: it has 256 bits of chance, so that no slow hash is needed."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    bindparam,
    func,
    or_,
    select,
    text,
    update,
)

from contracts.ids import ApiKeyId, MemberId, PersonId
from contracts.membership.access import ClientIdentity, Scope
from services.chassis.columns import Encoded, Moment
from services.chassis.database import Prepared, Transaction, upsert
from services.membership.access.rules import Key
from services.membership.schema import metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("network", String(40), nullable=False),
    Column("member", String(80), ForeignKey("members.id"), nullable=False),
    Column("person", String(80), ForeignKey("persons.id"), comment="Whose personal key it is."),
    Column("label", Text, nullable=False),
    Column("scopes", Encoded(list[Scope]), nullable=False),
    Column("hint", String(20), nullable=False),
    Column("digest", String(64), comment="Hex SHA-256 of the secret."),
    Column("client_issuer", Text),
    Column("client_subject", Text),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)
_UNREVOKED = text("revoked_at IS NULL")
Index("api_keys_by_digest", api_keys.c.digest, unique=True)
Index("api_keys_of_member", api_keys.c.member, api_keys.c.id)
Index(
    "api_keys_of_client",
    api_keys.c.client_issuer,
    api_keys.c.client_subject,
    unique=True,
    sqlite_where=_UNREVOKED,
    postgresql_where=_UNREVOKED,
)

_keys = select(api_keys)
_one = _keys.where(api_keys.c.id == bindparam("key"))
_FIND = Prepared(_one)
_LOCK = Prepared(_one.with_for_update())
_BY_DIGEST = Prepared(_keys.where(api_keys.c.digest == bindparam("of_digest")))
_BY_CLIENT = Prepared(
    _keys.where(
        api_keys.c.client_issuer == bindparam("of_issuer"),
        api_keys.c.client_subject == bindparam("of_subject"),
        api_keys.c.revoked_at.is_(None),
    )
)
_page = (
    _keys.where(
        api_keys.c.member == bindparam("of_member"),
        or_(api_keys.c.person.is_(None), api_keys.c.person == bindparam("of_person")),
        or_(bindparam("before") == "", api_keys.c.id < bindparam("before")),
    )
    .order_by(api_keys.c.id.desc())
    .limit(bindparam("most"))
)
_good = (
    select(func.count())
    .select_from(api_keys)
    .where(
        api_keys.c.member == bindparam("of_member"),
        api_keys.c.revoked_at.is_(None),
        api_keys.c.expires_at > bindparam("at", type_=Moment()),
    )
)
_revoke = update(api_keys).where(api_keys.c.id == bindparam("key")).values(revoked_at=bindparam("at"))
_NAMES = [column.name for column in api_keys.c]
_ADD = {
    dialect: Prepared(upsert(api_keys, dialect).on_conflict_do_nothing(), _NAMES)
    for dialect in ("sqlite", "postgresql")
}


def find(tx: Transaction, key: str, *, lock: bool = False) -> Key | None:
    """With `lock` its row is held until the transaction ends."""
    return _first(tx.rows(_LOCK if lock else _FIND, key=key))


def by_digest(tx: Transaction, digest: str) -> Key | None:
    return _first(tx.rows(_BY_DIGEST, of_digest=digest))


def by_client(tx: Transaction, client: ClientIdentity) -> Key | None:
    """The one key of a machine that is not revoked."""
    return _first(tx.rows(_BY_CLIENT, of_issuer=client.issuer, of_subject=client.subject))


def page(tx: Transaction, member: MemberId, person: PersonId, before: str, most: int) -> list[Key]:
    """The member's keys and the person's own, the newest first."""
    asked = {"of_member": member, "of_person": person, "before": before, "most": most}
    return [_key(row) for row in tx.execute(_page, asked)]


def count_good(tx: Transaction, member: MemberId, now: datetime) -> int:
    return int(tx.execute(_good, {"of_member": member, "at": now}).scalar_one())


def add(tx: Transaction, key: Key, digest: str | None) -> bool:
    """False: another key came first with the same machine's sign-in."""
    client: dict[str, str | None] = {"client_issuer": None, "client_subject": None}
    if key.client is not None:
        client = {"client_issuer": key.client.issuer, "client_subject": key.client.subject}
    values = {name: getattr(key, name) for name in _NAMES if name in Key.__struct_fields__}
    return tx.run(_ADD[tx.dialect], **values, **client, digest=digest) == 1


def revoke(tx: Transaction, key: ApiKeyId, at: datetime) -> None:
    tx.execute(_revoke, {"key": key, "at": at})


def _first(rows: list[tuple[Any, ...]]) -> Key | None:
    return _key(rows[0]) if rows else None


def _key(row: Any) -> Key:
    found = dict(zip(_NAMES, row, strict=True))
    del found["digest"]
    issuer, subject = found.pop("client_issuer"), found.pop("client_subject")
    client = ClientIdentity(issuer=issuer, subject=subject) if issuer is not None else None
    return Key(**found, client=client)
