"""Rows of ballots and their electors. Votes and evidence are in `records`, what is due in `queries`.

A ballot is loaded under its row's lock: whoever has it decides alone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, bindparam, select

from contracts.ids import NetworkId
from contracts.membership.ballots import BallotCancelled, BallotClosed, BallotOpened
from contracts.membership.words import EvidenceKind
from services.chassis.columns import Encoded, Moment
from services.chassis.database import Prepared, Transaction
from services.membership.ballots import tables_records as records
from services.membership.ballots.rules import Ballot, Elector, settled_at
from services.membership.ballots.state import Receipt, StandingVote
from services.membership.schema import metadata

ballots = Table(
    "ballots",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("network", String(40), nullable=False),
    Column("subject", String(20), nullable=False),
    Column("subject_id", String(80), nullable=False),
    Column("open", Integer, nullable=False, comment="1 or 0, as lists ask for it."),
    Column("secret", Boolean, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("due_at", Moment, comment="When it is decided by the facts so far; NULL: over, or a receipt is missing."),
    Column("terms", Encoded(BallotOpened), nullable=False),
    Column("outages", Encoded(tuple[tuple[datetime, datetime], ...]), nullable=False),
    Column("closed", Encoded(BallotClosed)),
    Column("cancelled", Encoded(BallotCancelled)),
    Index("ballots_due", "due_at"),
    Index("ballots_due_in_network", "network", "due_at"),
    Index("ballots_in_order", "network", "opened_at", "id"),
    Index("ballots_open_in_order", "network", "open", "opened_at", "id"),
    Index("ballots_by_subject", "subject_id"),
)

electors = Table(
    "electors",
    metadata,
    Column("ballot", String(80), ForeignKey(ballots.c.id), primary_key=True),
    Column("member", String(80), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("notified_at", Moment),
    Column("undeliverable_at", Moment),
    Column("dropped_at", Moment),
    Column("receipt_kind", String(40)),
    Column("received_at", Moment),
    Column("last_day", Date),
    Column("window_ends_at", Moment),
    Column("receipt_notice", String(80)),
    Index("electors_by_window", "window_ends_at"),
)

_LOAD = select(ballots).where(ballots.c.network == bindparam("in_network"), ballots.c.id == bindparam("of_ballot"))
_FIND = Prepared(_LOAD)
_LOCK = Prepared(_LOAD.with_for_update())
_NETWORK_OF = Prepared(select(ballots.c.network).where(ballots.c.id == bindparam("of_ballot")))
_ELECTORS = Prepared(select(electors).where(electors.c.ballot == bindparam("of_ballot")).order_by(electors.c.place))
_ADD = Prepared(ballots.insert(), [column.name for column in ballots.c])
_ADD_ELECTORS = Prepared(electors.insert(), [column.name for column in electors.c])
_SAVE = Prepared(
    ballots.update()
    .where(ballots.c.id == bindparam("of_ballot"))
    .values({name: bindparam(f"new_{name}") for name in ("open", "due_at", "outages", "closed", "cancelled")})
)
_STATE = ("notified_at", "undeliverable_at", "dropped_at", "receipt_kind", "received_at", "last_day",
          "window_ends_at", "receipt_notice")  # fmt: skip
_SAVE_ELECTOR = Prepared(
    electors.update()
    .where(electors.c.ballot == bindparam("of_ballot"), electors.c.member == bindparam("of_member"))
    .values({name: bindparam(f"new_{name}") for name in _STATE})
)
_BALLOT_COLUMNS = [column.name for column in ballots.c]
_ELECTOR_COLUMNS = [column.name for column in electors.c]


def network_of(tx: Transaction, ballot: str) -> NetworkId | None:
    rows = tx.rows(_NETWORK_OF, of_ballot=ballot)
    return NetworkId(rows[0][0]) if rows else None


def find(tx: Transaction, network: NetworkId, ballot: str, *, lock: bool = False) -> Ballot | None:
    """The ballot as its rows tell; with `lock` held until the transaction ends."""
    rows = tx.rows(_LOCK if lock else _FIND, in_network=network, of_ballot=ballot)
    if not rows:
        return None
    return assemble(tx, dict(zip(_BALLOT_COLUMNS, rows[0], strict=True)))


def assemble(tx: Transaction, row: Mapping[str, Any]) -> Ballot:
    """A ballot from its own row and those of its electors."""
    votes = records.standing_votes(tx, row["id"])
    found = [dict(zip(_ELECTOR_COLUMNS, line, strict=True)) for line in tx.rows(_ELECTORS, of_ballot=row["id"])]
    return Ballot(
        opened=row["terms"],
        electors={line["member"]: _elector(line, votes.get(line["member"], ())) for line in found},
        outages=row["outages"],
        closed=row["closed"],
        cancelled=row["cancelled"],
    )


def add(tx: Transaction, ballot: Ballot) -> None:
    """Adds a ballot that was just opened."""
    opened = ballot.opened
    row = {
        "id": opened.ballot,
        "network": opened.network,
        "subject": opened.subject.value,
        "subject_id": opened.subject_id,
        "secret": opened.secret,
        "opened_at": opened.opened_at,
        "terms": opened,
        **_changing(ballot),
    }
    tx.run(_ADD, **row)
    places = enumerate(ballot.electors.values())
    tx.run_many(
        _ADD_ELECTORS,
        [{"ballot": opened.ballot, "member": found.member, "place": place, **_state(found)} for place, found in places],
    )


def save(tx: Transaction, before: Ballot, after: Ballot) -> None:
    """Stores what changed, and when the ballot is due by what is now known."""
    ballot = after.opened.ballot
    tx.run(_SAVE, of_ballot=ballot, **{f"new_{name}": value for name, value in _changing(after).items()})
    for member, elector in after.electors.items():
        state = _state(elector)
        if state != _state(before.electors[member]):
            tx.run(
                _SAVE_ELECTOR,
                of_ballot=ballot,
                of_member=member,
                **{f"new_{name}": value for name, value in state.items()},
            )


def _changing(ballot: Ballot) -> dict[str, Any]:
    return {
        "open": 0 if ballot.over else 1,
        "due_at": None if ballot.over else settled_at(ballot),
        "outages": ballot.outages,
        "closed": ballot.closed,
        "cancelled": ballot.cancelled,
    }


def _elector(row: Mapping[str, Any], votes: Sequence[StandingVote]) -> Elector:
    receipt = None
    if row["receipt_kind"] is not None:
        receipt = Receipt(
            kind=EvidenceKind(row["receipt_kind"]),
            received_at=row["received_at"],
            last_day=row["last_day"],
            window_ends_at=row["window_ends_at"],
            notice=row["receipt_notice"],
        )
    return Elector(
        member=row["member"],
        notified_at=row["notified_at"],
        undeliverable_at=row["undeliverable_at"],
        receipt=receipt,
        votes=tuple(votes),
        dropped_at=row["dropped_at"],
    )


def _state(elector: Elector) -> dict[str, Any]:
    receipt = elector.receipt
    return {
        "notified_at": elector.notified_at,
        "undeliverable_at": elector.undeliverable_at,
        "dropped_at": elector.dropped_at,
        "receipt_kind": receipt.kind.value if receipt else None,
        "received_at": receipt.received_at if receipt else None,
        "last_day": receipt.last_day if receipt else None,
        "window_ends_at": receipt.window_ends_at if receipt else None,
        "receipt_notice": receipt.notice if receipt else None,
    }
