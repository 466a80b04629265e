"""Ballots for the tests of the rules: six members of Bielefeld, whole days from the announcement."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

from contracts.event import Fact
from contracts.ids import BallotId, MemberId, NetworkId, NoticeId, PersonId
from contracts.membership.ballots import BallotOpened
from contracts.membership.words import Choice, EvidenceKind, Motion, Role, Subject, Threshold
from services.membership.ballots.rules import (
    Ballot,
    CastVote,
    Close,
    Command,
    DropElector,
    NoteNonReceipt,
    Notify,
    Open,
    RecordEvidence,
    decide,
    evolve,
)

OPENED = datetime(2026, 9, 1, 8, tzinfo=UTC)
SIX = tuple(MemberId(name) for name in ("bethel", "bgw", "diakonie", "gfs", "stadt", "trockendock"))
HALF, THREE_QUARTERS = Threshold(numerator=1, denominator=2), Threshold(numerator=3, denominator=4)


def day(count: float) -> datetime:
    """So many days after the announcement."""
    return OPENED + timedelta(days=count)


def terms(motion: Motion = Motion.OBJECTION, members: Sequence[MemberId] = SIX, **changes: Any) -> BallotOpened:
    given: dict[str, Any] = {
        "network": NetworkId("bielefeld"), "ballot": BallotId("bal_1"), "motion": motion,
        "subject": Subject.ADMISSION if motion is Motion.OBJECTION else Subject.EXCLUSION, "subject_id": "app_1",
        "electors": list(members), "threshold": HALF if motion is Motion.OBJECTION else THREE_QUARTERS,
        "window_days": 14, "charter_version": 1, "calendar_version": "test", "time_zone": "Europe/Berlin",
        "change_allowed": True, "full_window": False, "secret": False, "opened_at": OPENED,
        "counts_as_receipt": [EvidenceKind.CONFIRMED_BY_LINK, EvidenceKind.LETTER, EvidenceKind.ACCEPTED_BY_SERVER],
    }  # fmt: skip
    return BallotOpened(**(given | changes))


class Play:
    """A ballot and what happens to it. Windows last fourteen times 24 hours: calendars have their own tests."""

    def __init__(self, opened: BallotOpened) -> None:
        self.facts: list[Fact] = decide(None, Open(terms=opened), OPENED)
        self.ballot: Ballot = evolve(None, opened)

    def do(self, command: Command, now: datetime) -> list[Fact]:
        facts = decide(self.ballot, command, now)
        self.ballot = reduce(evolve, facts, self.ballot)
        self.facts += facts
        return facts

    def evidence(
        self, member: MemberId, at: datetime, kind: EvidenceKind = EvidenceKind.CONFIRMED_BY_LINK, *,
        now: datetime | None = None, by_office: bool = False, notice: str = "not_1",
    ) -> list[Fact]:  # fmt: skip
        ends = at + timedelta(days=self.ballot.opened.window_days)
        command = RecordEvidence(
            member=member, kind=kind, at=at, last_day=ends.date(), window_ends_at=ends, by_office=by_office,
            notice=None if by_office else NoticeId(notice),
        )  # fmt: skip
        return self.do(command, now or at)

    def received(self, at: datetime, members: Sequence[MemberId] | None = None) -> "Play":
        for member in self.ballot.electors if members is None else members:
            self.evidence(member, at)
        return self

    def vote(
        self, member: MemberId, choice: Choice, now: datetime, role: Role = Role.REPRESENTATIVE, person: str = ""
    ) -> list[Fact]:
        who = PersonId(person or f"{role.value}-of-{member}")
        return self.do(CastVote(member=member, person=who, role=role, choice=choice), now)

    def votes(self, choice: Choice, members: Sequence[MemberId], now: datetime) -> "Play":
        for member in members:
            self.vote(member, choice, now)
        return self

    def drop(self, member: MemberId, at: datetime, now: datetime | None = None) -> list[Fact]:
        return self.do(DropElector(member=member, at=at), now or at)

    def notify(self, member: MemberId, at: datetime) -> list[Fact]:
        return self.do(Notify(member=member, at=at), at)

    def bounce(self, member: MemberId, at: datetime, notice: str = "not_1") -> list[Fact]:
        return self.do(NoteNonReceipt(member=member, at=at, notice=NoticeId(notice)), at)

    def close(self, now: datetime) -> list[Fact]:
        return self.do(Close(), now)


def kinds(facts: Sequence[Fact]) -> list[str]:
    return [type(fact).__name__ for fact in facts]
