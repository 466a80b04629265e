"""What needs a member's answer and by when, with the consequence of silence (P3, B8)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from contracts.ids import MemberId, NetworkId
from contracts.membership.ballots import BallotOpened
from contracts.membership.desk import InboxItem
from contracts.membership.leaving import ExclusionState
from contracts.membership.words import Subject
from services.chassis.database import Transaction
from services.membership.admission import handlers as admission
from services.membership.ballots import handlers as ballots
from services.membership.ballots.handlers import Concerning
from services.membership.ballots.rules import SILENCE
from services.membership.leaving import handlers as leaving
from services.membership.members import handlers as members

State = Literal["confirm-receipt", "answer", "answered", "closed"]


def items(tx: Transaction, network: NetworkId, found: list[Concerning], now: datetime) -> list[InboxItem]:
    names = subject_names(tx, network, [one.opened for one in found])
    return [_item(one, names.get(one.opened.subject_id, ""), now) for one in found]


def subject_names(tx: Transaction, network: NetworkId, ballots: Iterable[BallotOpened]) -> dict[str, str]:
    """The names of applicants and of members concerned, by the id of the application or exclusion."""
    asked: dict[Subject, list[str]] = {Subject.ADMISSION: [], Subject.EXCLUSION: []}
    for opened in ballots:
        asked[opened.subject].append(opened.subject_id)
    concerned = leaving.concerned(tx, network, asked[Subject.EXCLUSION])
    names = members.names(tx, network, set(concerned.values()))
    return {
        **admission.names(tx, network, asked[Subject.ADMISSION]),
        **{exclusion: names.get(member, "") for exclusion, member in concerned.items()},
    }


def message(tx: Transaction, network: NetworkId, member: MemberId) -> list[InboxItem]:
    """L2: the member's own exclusion that was decided, until the message has reached it; one at most."""
    return [
        InboxItem(
            ballot=opened.ballot, motion=opened.motion, subject=opened.subject, subject_name=name,
            opened_at=opened.opened_at, state="confirm-receipt", silence_means=SILENCE[opened.motion],
            change_allowed=False, exclusion=found.exclusion.id, decided_at=found.exclusion.decided_at,
        )
        for found in leaving.concerning(tx, network, member)
        if found.exclusion.state is ExclusionState.PASSED and found.exclusion.ballot is not None
        for opened in [ballots.get(tx, network, found.exclusion.ballot).opened]
        for name in members.names(tx, network, [member]).values()
    ]  # fmt: skip


def _item(found: Concerning, name: str, now: datetime) -> InboxItem:
    opened = found.opened
    return InboxItem(
        ballot=opened.ballot, motion=opened.motion, subject=opened.subject, subject_name=name,
        opened_at=opened.opened_at, state=_state(found, now), window=found.window, choice=found.choice,
        silence_means=SILENCE[opened.motion], change_allowed=opened.change_allowed,
    )  # fmt: skip


def _state(found: Concerning, now: datetime) -> State:
    """The window decides first: after its end nothing can be changed."""
    if found.window is None:
        return "confirm-receipt"
    if found.window.ends_at <= now:
        return "closed"
    return "answered" if found.choice is not None else "answer"
