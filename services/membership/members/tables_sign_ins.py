"""Which sign-ins are tied to persons, and which invitations are open. The columns are those of `tables_people`."""

from datetime import date, datetime

from sqlalchemy import Row, bindparam, exists, select, update

from contracts.ids import MemberId, NetworkId, PersonId
from contracts.membership.words import Role
from services.chassis.database import Transaction
from services.membership.members.tables import members
from services.membership.members.tables_people import COUNTS, Person, persons, representations

SignIn = tuple[str, str]
"""Issuer and subject."""

_FIELDS = Person.__struct_fields__
_find = (
    select(*(persons.c[field] for field in _FIELDS), COUNTS.label("signs_in"))
    .join(members, members.c.id == persons.c.member)
    .where(persons.c.id == bindparam("person"), persons.c.network == bindparam("in_network"))
)
_find_locked = _find.with_for_update(of=persons)
_later = representations.alias("later")
_functions = (
    select(representations.c.role)
    .where(
        representations.c.person == bindparam("of_person"),
        ~exists().where(
            _later.c.member == representations.c.member,
            _later.c.role == representations.c.role,
            _later.c.since > representations.c.since,
            _later.c.since <= bindparam("day"),
        ),
    )
    .order_by(representations.c.role.desc())
)
_holder = (
    select(representations.c.person)
    .where(representations.c.member == bindparam("of_member"), representations.c.role == bindparam("of_role"))
    .order_by(representations.c.since.desc())
    .limit(1)
)
_of = update(persons).where(persons.c.id == bindparam("of_person"))
_invite = _of.values(invited_until=bindparam("until"), invited_at=bindparam("at"), invited_as=bindparam("role"))
_invited = select(persons.c.email, persons.c.invited_at).where(
    persons.c.member == bindparam("of_member"),
    persons.c.invited_as == bindparam("of_role"),
    persons.c.invited_at > bindparam("after"),
)
_tie = _of.values(issuer=bindparam("to_issuer"), subject=bindparam("to_subject"), invited_until=None)
_by_sign_in = persons.c.issuer == bindparam("of_issuer"), persons.c.subject == bindparam("of_subject")
_known = select(persons.c.id).where(*_by_sign_in).limit(1)
_write_in = update(persons).where(*_by_sign_in).values(language=bindparam("new_language"))


def find(tx: Transaction, network: NetworkId, person: str, *, lock: bool = False) -> tuple[Person, bool] | None:
    """A member's entry for a person, and whether its sign-in counts (G2). With `lock` held to the transaction's end."""
    row: Row[tuple[object, ...]] | None = tx.execute(
        _find_locked if lock else _find, {"person": person, "in_network": network}
    ).first()
    if row is None:
        return None
    found = row._mapping
    return Person(**{field: found[field] for field in _FIELDS}), bool(found["signs_in"])


def roles(tx: Transaction, person: PersonId, day: date) -> list[Role]:
    """The functions that a person has on a day or is to have later, the representative's first."""
    return [Role(row.role) for row in tx.execute(_functions, {"of_person": person, "day": day})]


def last_named(tx: Transaction, member: MemberId, role: Role) -> PersonId | None:
    """Who has the function, or is to have it last."""
    row = tx.execute(_holder, {"of_member": member, "of_role": role.value}).first()
    return row.person if row else None


def invite(tx: Transaction, person: PersonId, role: Role, until: datetime, asked_at: datetime) -> None:
    """`asked_at`: real time."""
    tx.execute(_invite, {"of_person": person, "role": role.value, "until": until, "at": asked_at})


def invited_since(tx: Transaction, member: MemberId, role: Role, after: datetime) -> list[tuple[str, datetime]]:
    """Addresses to which invitations to a function were sent after a real moment, with when."""
    rows = tx.execute(_invited, {"of_member": member, "of_role": role.value, "after": after})
    return [(row.email, row.invited_at) for row in rows]


def tie(tx: Transaction, person: PersonId, sign_in: SignIn) -> None:
    """The invitation is used up by it."""
    tx.execute(_tie, {"of_person": person, "to_issuer": sign_in[0], "to_subject": sign_in[1]})


def is_known(tx: Transaction, sign_in: SignIn) -> bool:
    """Whether any member of any network has an entry for the sign-in."""
    return tx.execute(_known, {"of_issuer": sign_in[0], "of_subject": sign_in[1]}).first() is not None


def write_in(tx: Transaction, sign_in: SignIn, language: str) -> int:
    """The language of every entry for the sign-in; gives their number."""
    found = {"of_issuer": sign_in[0], "of_subject": sign_in[1], "new_language": language}
    return tx.execute(_write_in, found).rowcount
