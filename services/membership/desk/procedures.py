"""Admissions, exclusions and resignations in one list, each with its next step (P7)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from contracts.ids import BallotId, NetworkId
from contracts.membership.admission import ApplicationState
from contracts.membership.desk import Procedure
from contracts.membership.leaving import ExclusionState
from services.chassis.database import Transaction
from services.membership.admission import handlers as admission
from services.membership.admission.rules import lawful_state
from services.membership.ballots import handlers as ballots
from services.membership.leaving import handlers as leaving
from services.membership.members import handlers as members

Kind = Literal["admission", "exclusion", "resignation"]
Position = tuple[datetime, str, str]
"""When it began, its kind, its id: the newest first, so positions fall from page to page."""
NEWEST: Position = (datetime(2199, 12, 31, tzinfo=UTC), "~", "~")
_KINDS: tuple[Kind, ...] = ("admission", "exclusion", "resignation")

_Next = tuple[
    Literal["check", "answer-question", "announce", "await-answers", "welcome", "await-copy", "await-receipt", "none"],
    Literal["office", "members", "applicant", "member-concerned", "nobody"],
]
_NOBODY: _Next = ("none", "nobody")
_OF_APPLICATION: dict[ApplicationState, _Next] = {
    ApplicationState.RECEIVED: ("check", "office"),
    ApplicationState.QUESTIONED: ("answer-question", "applicant"),
    ApplicationState.ANNOUNCED: ("await-answers", "members"),
    ApplicationState.PASSED: ("welcome", "office"),
    ApplicationState.WELCOMED: ("await-copy", "applicant"),
}
_OF_EXCLUSION: dict[ExclusionState, _Next] = {
    ExclusionState.REQUESTED: ("announce", "office"),
    ExclusionState.ANNOUNCED: ("await-answers", "members"),
    ExclusionState.PASSED: ("await-receipt", "member-concerned"),
}


class Begun(Struct, frozen=True, kw_only=True):
    position: Position
    procedure: Procedure


def before(
    tx: Transaction,
    network: NetworkId,
    *,
    running: bool | None,
    kind: Kind | None,
    position: Position,
    now: datetime,
    most: int,
) -> list[Begun]:
    """What began before a position. Each kind is asked for no more than a page; the ballots of the page in one
    question."""
    sources: dict[Kind, Callable[[tuple[datetime, str]], Iterator[Begun]]] = {
        "admission": lambda at: _admissions(tx, network, running, at, now, most),
        "exclusion": lambda at: _exclusions(tx, network, running, at, most),
        "resignation": lambda at: _resignations(tx, network, running, at, most),
    }
    found = [sources[one](_bound(position, one)) for one in _KINDS if kind in (None, one)]
    return _with_progress(tx, list(islice(merge(*found, key=lambda begun: begun.position, reverse=True), most)))


def _bound(position: Position, kind: Kind) -> tuple[datetime, str]:
    """Where one kind goes on: strictly before this moment and id."""
    at, last, key = position
    if kind == last:
        return at, key
    return at, "~" if kind < last else ""


def _admissions(
    tx: Transaction, network: NetworkId, running: bool | None, at: tuple[datetime, str], now: datetime, most: int
) -> Iterator[Begun]:
    for stored in admission.in_time(tx, network, running, at, most):
        application = stored.application
        state = lawful_state(application, now)
        step, waits_for = _OF_APPLICATION.get(state, _NOBODY)
        if step == "check" and stored.texts.answer is not None:
            step = "announce"
        yield Begun(
            position=(stored.received_at, "admission", application.id),
            procedure=Procedure(
                kind="admission", id=application.id, name=stored.texts.name, state=state.value,
                since=stored.state_since, next_step=step, waits_for=waits_for,
                due=application.expires_at if state is ApplicationState.WELCOMED else None, ballot=application.ballot,
            ),
        )  # fmt: skip


def _exclusions(
    tx: Transaction, network: NetworkId, running: bool | None, at: tuple[datetime, str], most: int
) -> Iterator[Begun]:
    found = leaving.in_time(tx, network, running, at, most)
    names = members.names(tx, network, {stored.exclusion.concerned for stored in found})
    for stored in found:
        exclusion = stored.exclusion
        step, waits_for = _OF_EXCLUSION.get(exclusion.state, _NOBODY)
        yield Begun(
            position=(stored.requested_at, "exclusion", exclusion.id),
            procedure=Procedure(
                kind="exclusion", id=exclusion.id, name=names.get(exclusion.concerned, ""),
                state=exclusion.state.value, since=stored.state_since, next_step=step, waits_for=waits_for,
                ballot=exclusion.ballot,
            ),
        )  # fmt: skip


def _resignations(
    tx: Transaction, network: NetworkId, running: bool | None, at: tuple[datetime, str], most: int
) -> Iterator[Begun]:
    """L1: a declaration is in effect at once."""
    for member in [] if running else members.resigned(tx, network, at, most):
        left_at = member.left_at or member.joined_at
        yield Begun(
            position=(left_at, "resignation", member.id),
            procedure=Procedure(
                kind="resignation", id=member.id, name=member.name, state=ExclusionState.IN_EFFECT.value,
                since=left_at, next_step="none", waits_for="nobody",
            ),
        )  # fmt: skip


def _with_progress(tx: Transaction, found: list[Begun]) -> list[Begun]:
    asked: list[BallotId] = [begun.procedure.ballot for begun in found if begun.procedure.ballot is not None]
    progress = ballots.progress(tx, asked)
    return [
        _counted(begun, progress.get(begun.procedure.ballot)) if begun.procedure.ballot else begun for begun in found
    ]


def _counted(begun: Begun, progress: ballots.Progress | None) -> Begun:
    procedure = begun.procedure
    if progress is None:
        return begun
    counted = replace(
        procedure, electors=progress.electors, answered=progress.answered, without_receipt=progress.without_receipt,
        undeliverable=progress.undeliverable,
        due=progress.due_at if procedure.next_step == "await-answers" else procedure.due,
    )  # fmt: skip
    return replace(begun, procedure=counted)
