"""Whom open ballots have not reached (T2, P7)."""

from datetime import UTC, datetime

from contracts.ids import NetworkId
from contracts.membership.desk import MissingReceipt
from services.chassis.database import Transaction
from services.membership.ballots.handlers import Lacking
from services.membership.desk.inbox import subject_names
from services.membership.members import handlers as members

Position = tuple[datetime, str, int]
"""The ballot's opening and id, the elector's place."""
OLDEST: Position = (datetime(1970, 1, 2, tzinfo=UTC), "", -1)


def position(found: Lacking) -> Position:
    return found.opened.opened_at, found.opened.ballot, found.place


def shown(tx: Transaction, network: NetworkId, found: list[Lacking]) -> list[MissingReceipt]:
    """With the names, all in one question each."""
    subjects = subject_names(tx, network, [one.opened for one in found])
    names = members.names(tx, network, {one.member for one in found})
    return [
        MissingReceipt(
            ballot=one.opened.ballot, subject=one.opened.subject,
            subject_name=subjects.get(one.opened.subject_id, ""), member=one.member,
            member_name=names.get(one.member, ""),
            state="undeliverable" if one.undeliverable_at else "notified" if one.notified_at else "not-notified",
            since=one.undeliverable_at or one.notified_at or one.opened.opened_at,
        )
        for one in found
    ]  # fmt: skip
