"""What waits for the office, derived from the state of every feature: a task vanishes when it is done."""

from collections.abc import Iterator
from datetime import datetime

from contracts.ids import NetworkId
from contracts.membership.admission import ApplicationState
from contracts.membership.leaving import ExclusionState
from contracts.membership.networks import LIST_TASKS, ListTasks, Task
from contracts.request import Call, Page
from services.chassis import paging
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.membership import authority
from services.membership.admission import handlers as admission
from services.membership.admission.rules import lawful_state
from services.membership.ballots import handlers as ballots
from services.membership.leaving import handlers as leaving
from services.membership.networks import handlers

requests = Requests()


@requests.answers(LIST_TASKS)
def list_tasks(tx: Transaction, call: Call, request: ListTasks) -> Page[Task]:
    """The oldest first. For the office, and for operators, who fill a vacant one."""
    who = authority.require_office(tx, call, request.network, or_operator=True, by_key=True)
    after = paging.decode(request.paging.cursor, tuple[datetime, str, str, str])
    most = paging.limit(request.paging)
    tasks = sorted(_tasks(tx, request.network, who.now), key=_position)
    rows = [task for task in tasks if after is None or _position(task) > after][: most + 1]
    return paging.page(rows, most, lambda task: task, _position)


def _position(task: Task) -> tuple[datetime, str, str, str]:
    return task.since, task.kind, task.about, task.member or ""


def _tasks(tx: Transaction, network: NetworkId, now: datetime) -> Iterator[Task]:
    row = handlers.get(tx, network)
    if row.office is None:
        yield Task(kind="choose-office", about=network, since=row.office_since or row.founded_at)
    yield from _applications(tx, network, now)
    yield from _exclusions(tx, network)
    for missing in ballots.missing_receipts(tx, network):
        yield Task(
            kind="undeliverable" if missing.undeliverable else "receipt-missing",
            about=missing.ballot, member=missing.member, since=missing.since,
        )  # fmt: skip


def _applications(tx: Transaction, network: NetworkId, now: datetime) -> Iterator[Task]:
    for stored in admission.waiting(tx, network):
        about, since = stored.application.id, stored.state_since
        match lawful_state(stored.application, now):
            case ApplicationState.RECEIVED:
                answered = stored.texts.answer is not None
                yield Task(kind="announce-application" if answered else "check-application", about=about, since=since)
            case ApplicationState.PASSED:
                yield Task(kind="welcome-applicant", about=about, since=since)
            case ApplicationState.WELCOMED:
                yield Task(kind="record-countersignature", about=about, since=since)
            case _:
                pass


def _exclusions(tx: Transaction, network: NetworkId) -> Iterator[Task]:
    for stored in leaving.waiting(tx, network):
        found = stored.exclusion
        if found.state is ExclusionState.REQUESTED:
            yield Task(kind="announce-exclusion", about=found.id, member=found.concerned, since=stored.state_since)
        else:
            yield Task(kind="receipt-missing", about=found.id, member=found.concerned, since=stored.state_since)
