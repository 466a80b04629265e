"""One history of a ballot, played to the engine and to the model at once (promise 7)."""

import json
from datetime import UTC, datetime, timedelta
from functools import reduce

import msgspec

from contracts.event import Fact
from contracts.ids import BallotId, MemberId, NetworkId, NoticeId, PersonId
from contracts.membership.ballots import BallotClosed, BallotOpened, LateVoteRecorded, VoteCast
from contracts.membership.words import Choice, EvidenceKind, Motion, Role, Subject, Threshold
from contracts.request import Refused
from services.cli.recount import Recount, recount
from services.membership.ballots.rules import (
    Ballot,
    CastVote,
    Close,
    Command,
    DropElector,
    NoteNonReceipt,
    Open,
    RecordEvidence,
    decide,
    evolve,
    settled_at,
    tally,
)
from services.membership.windows.calendars import calendar
from services.membership.windows.counting import COUNTINGS, REGIONS
from services.membership.windows.rules import span
from tests.faults.tally_model import Model, Terms, Vote

ZONES = {"DE": "Europe/Berlin", "NL": "Europe/Amsterdam", "DK": "Europe/Copenhagen"}
MARGIN = timedelta(seconds=5)
"""What the deadline loop waits; a vote may be so long under way."""


class Play:
    """`clock` is the installation's; votes carry the gateway's stamp, which may lie a little before it."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.clock = terms.opened_at
        self.model = Model(terms)
        self.facts: list[Fact] = []
        self.ballot: Ballot | None = None
        self.send(Open(terms=opened(terms)))

    def send(self, command: Command, now: datetime | None = None) -> list[Fact]:
        found = decide(self.ballot, command, now or self.clock)
        self.ballot = reduce(evolve, found, self.ballot)
        self.facts += found
        return found

    def vote(self, member: str, person: str, choice: str, under_way: timedelta) -> str:
        """`person` ends in the role: one representative and one deputy for each member."""
        at = max(self.clock - min(under_way, MARGIN - timedelta(seconds=1)), self.terms.opened_at)
        role = "deputy" if person == "deputy" else "representative"
        expected = self.model.vote(Vote(member, f"{member}-{person}", role, choice, at))
        command = CastVote(
            member=MemberId(member), person=PersonId(f"{member}-{person}"), role=Role(role), choice=Choice(choice)
        )
        found = self._outcome_of(command, at)
        assert found.startswith(expected), f"{found}, expected {expected}"
        self.agree()
        return expected

    def _outcome_of(self, command: CastVote, at: datetime) -> str:
        try:
            return {VoteCast: "cast", LateVoteRecorded: "late"}[type(self.send(command, at)[0])]
        except Refused as refusal:
            return f"refused ({refusal.slug})"

    def receive(self, member: str, kind: str, ago: timedelta, notice: str, by_office: bool) -> None:
        at = self.clock - ago
        zone, counting = ZONES[self.terms.region[:2]], COUNTINGS[REGIONS[self.terms.region]]
        window = span(at, self.terms.window_days, zone, counting, calendar(self.terms.region))
        command = RecordEvidence(
            member=MemberId(member),
            kind=EvidenceKind(kind),
            at=at,
            last_day=window.last_day,
            window_ends_at=window.ends_at.astimezone(UTC),
            notice=NoticeId(notice),
            by_office=by_office,
        )
        try:
            self.send(command)
        except Refused:
            if not by_office:
                raise  # what a channel reports is never refused
            return
        self.model.evidence(member, kind, at, notice)
        self.agree()

    def bounce(self, member: str, notice: str) -> None:
        self.model.bounce(member, notice)
        self.send(NoteNonReceipt(member=MemberId(member), at=self.clock, notice=NoticeId(notice)))
        self.agree()

    def leave(self, member: str, ago: timedelta) -> None:
        """`ago`: an exclusion takes effect with the receipt of its message, which may be recorded later."""
        at = max(self.clock - ago, self.terms.opened_at)
        self.model.leave(member, at)
        self.send(DropElector(member=MemberId(member), at=at))
        self.agree()

    def wait(self, span_of_time: timedelta) -> None:
        self.clock += span_of_time

    def wait_for_an_end(self, which: int, shift: timedelta) -> None:
        """To the second around the end of some window."""
        ends = sorted(known[2] for known in self.model.receipts.values())
        if ends:
            self.clock = max(self.clock, ends[which % len(ends)] + shift)

    def wake(self) -> None:
        """The deadline loop: early, late, twice, or never."""
        self.send(Close(), self.clock - MARGIN)
        self.agree()

    def agree(self) -> None:
        """What engine and model hold of the ballot now."""
        assert self.ballot is not None
        if self.model.closed:
            return
        settled = self.model.settled_at()
        assert settled_at(self.ballot) == settled
        assert as_counts(tally(self.ballot, self.clock)) == self.model.tally(self.clock)
        if self.ballot.closed is not None:
            self.model.closed = True
            self._agree_on_the_end(self.ballot.closed, settled)

    def _agree_on_the_end(self, closed: BallotClosed, settled: datetime | None) -> None:
        assert settled is not None, "closed while a vote could still alter the outcome"
        assert closed.effective_at == settled
        assert closed.outcome == self.model.outcome(settled)
        assert as_counts(closed.tally) == self.model.tally(settled)
        assert closed.needed == self.model.needed(settled)
        assert closed.early == self.model.early(settled)

    def finish(self) -> Recount:
        """Everybody receives, every window ends, the loop wakes up; gives the count that another program makes of the
        record."""
        for member in self.terms.electors:
            self.receive(member, "letter", timedelta(), "not_z", by_office=False)
        self.wait(timedelta(days=400))
        self.wake()
        assert self.model.closed, "a ballot whose windows have all ended is decided"
        self.wake()
        assert sum(isinstance(fact, BallotClosed) for fact in self.facts) == 1
        return recount([json.loads(msgspec.json.encode(fact)) for fact in self.facts])


def as_counts(found: msgspec.Struct) -> dict[str, int]:
    return msgspec.structs.asdict(found)


def opened(terms: Terms) -> BallotOpened:
    return BallotOpened(
        network=NetworkId("net"),
        ballot=BallotId("bal"),
        motion=Motion(terms.motion),
        subject=Subject.ADMISSION,
        subject_id="app",
        electors=[MemberId(member) for member in terms.electors],
        threshold=Threshold(
            numerator=terms.threshold.numerator, denominator=terms.threshold.denominator, reach=terms.reach
        ),
        window_days=terms.window_days,
        charter_version=1,
        calendar_version=calendar(terms.region).version,
        time_zone=ZONES[terms.region[:2]],
        change_allowed=terms.change_allowed,
        full_window=terms.full_window,
        secret=False,
        deputy_may_override=terms.deputy_may_override,
        counts_as_receipt=[EvidenceKind(kind) for kind in sorted(terms.counts)],
        opened_at=terms.opened_at,
    )
