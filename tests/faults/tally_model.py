"""A ballot as a layman would run it, for promise 7: a list of what happened, asked anew each time.

It imports nothing of ours. Where the engine counts, this tries: whether an outcome is fixed is found by playing through
every answer that may still come. Windows come from the reference calendar.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import product

from tests.faults import reference_calendar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COUNTED = {"objection": "object", "approval": "approve"}
OFFERED = {"objection": {"object", "no-objection", "abstain"}, "approval": {"approve", "reject", "abstain"}}


@dataclass(frozen=True)
class Terms:
    electors: tuple[str, ...]
    motion: str
    threshold: Fraction
    reach: bool
    window_days: int
    region: str
    change_allowed: bool
    full_window: bool
    deputy_may_override: bool
    counts: frozenset[str]
    opened_at: datetime


@dataclass(frozen=True)
class Vote:
    member: str
    person: str
    role: str
    choice: str
    at: datetime


@dataclass
class Model:
    terms: Terms
    receipts: dict[str, tuple[str, datetime, datetime, str]] = field(default_factory=dict)
    """Member → kind, moment, end of the window (exclusive), notice."""
    votes: list[Vote] = field(default_factory=list)
    left: dict[str, datetime] = field(default_factory=dict)
    closed: bool = False

    # What happens ---------------------------------------------------------------------------------------------------

    def vote(self, vote: Vote) -> str:
        """`cast`, `late` or `refused` (T5, B4)."""
        member, at = vote.member, vote.at
        if member not in self.terms.electors or (member in self.left and self.left[member] <= at):
            return "refused"
        if vote.choice not in OFFERED[self.terms.motion]:
            return "refused"
        if member in self.receipts and at >= self.receipts[member][2]:
            return "late"
        if self.closed or self._settled_by(at) or member not in self.receipts or at < self.receipts[member][1]:
            return "refused"
        before = [cast for cast in self.votes if cast.member == member]
        if before and not self._may_follow(before[-1], vote):
            return "refused"
        self.votes.append(vote)
        return "cast"

    def _may_follow(self, before: Vote, vote: Vote) -> bool:
        if vote.at < before.at or not self.terms.change_allowed:
            return False
        if (before.person, before.choice) == (vote.person, vote.choice):
            return False
        deputised = before.role == "representative" and vote.role == "deputy"
        return self.terms.deputy_may_override or not deputised

    def evidence(self, member: str, kind: str, at: datetime, notice: str) -> bool:
        """Whether it starts the member's window (T1, T3)."""
        present = member in self.terms.electors and member not in self.left
        early = at < self.terms.opened_at
        if self.closed or not present or early or kind not in self.terms.counts or member in self.receipts:
            return False
        seconds = int((at - EPOCH).total_seconds())
        _, ends = reference_calendar.window_ends(self.terms.region, seconds, self.terms.window_days)
        self.receipts[member] = kind, at, EPOCH + timedelta(seconds=ends), notice
        return True

    def bounce(self, member: str, notice: str) -> None:
        """T3: takes back what only a server's acceptance of that notice had shown, unless the member has voted."""
        known = self.receipts.get(member)
        if self.closed or member in self.left or known is None or any(vote.member == member for vote in self.votes):
            return
        if (known[0], known[3]) == ("accepted-by-server", notice):
            del self.receipts[member]

    def leave(self, member: str, at: datetime) -> None:
        """B3: out of the ballot, unless it was decided by then."""
        if member in self.terms.electors and member not in self.left and not self.closed and not self._settled_by(at):
            self.left[member] = at

    # What it amounts to ---------------------------------------------------------------------------------------------

    def present(self, at: datetime) -> list[str]:
        return [member for member in self.terms.electors if member not in self.left or self.left[member] > at]

    def answers(self, at: datetime) -> dict[str, str]:
        """The answer of each present member that stands at an instant."""
        said = {vote.member: vote.choice for vote in sorted(self.votes, key=lambda vote: vote.at) if vote.at <= at}
        return {member: said[member] for member in self.present(at) if member in said}

    def passes(self, counted: int, electorate: int) -> bool:
        """B1, B2."""
        line = self.terms.threshold * electorate
        met = counted > line or (self.terms.reach and counted == line and counted > 0)
        return met if self.terms.motion == "approval" else not met

    def outcome(self, at: datetime) -> str:
        counted = list(self.answers(at).values()).count(COUNTED[self.terms.motion])
        return "passed" if self.passes(counted, len(self.present(at))) else "failed"

    def running(self, member: str, at: datetime) -> bool:
        """The member's window has not ended; without receipt it has not even begun (T2)."""
        return member not in self.receipts or at < self.receipts[member][2]

    def fixed(self, at: datetime) -> bool:
        """B5: every answer that may still come is tried."""
        answers, present = self.answers(at), self.present(at)
        if self.terms.full_window:
            return not any(self.running(member, at) for member in present)
        free = [
            member for member in present
            if self.running(member, at) and (self.terms.change_allowed or member not in answers)
        ]  # fmt: skip
        counted = COUNTED[self.terms.motion]
        certain = sum(answers.get(member) == counted for member in present if member not in free)
        ends = {self.passes(certain + sum(coming), len(present)) for coming in product((0, 1), repeat=len(free))}
        return len(ends) == 1

    def settled_at(self) -> datetime | None:
        moments = {vote.at for vote in self.votes} | {known[2] for known in self.receipts.values()}
        return next((at for at in sorted(moments | set(self.left.values())) if self.fixed(at)), None)

    def _settled_by(self, at: datetime) -> bool:
        settled = self.settled_at()
        return settled is not None and settled <= at

    def tally(self, at: datetime) -> dict[str, int]:
        answers, electorate = list(self.answers(at).values()), len(self.present(at))
        names = ("no-objection", "object", "approve", "reject", "abstain")
        counts = {name.replace("-", "_"): answers.count(name) for name in names}
        return {"electorate": electorate, **counts, "silent": electorate - len(answers)}

    def needed(self, at: datetime) -> int:
        """The first count at which the motion tips over."""
        electorate = len(self.present(at))
        tipped = self.terms.motion == "approval"
        return next(count for count in range(1, electorate + 2) if self.passes(count, electorate) is tipped)

    def early(self, at: datetime) -> bool:
        return any(self.running(member, at) for member in self.present(at))
