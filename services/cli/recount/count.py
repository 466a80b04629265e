"""The independent recount of a ballot (B6): electorate, windows, tally and outcome from its exported record alone.

Shares no code with the engine: plain dictionaries, its own calendar, its own arithmetic. It works in the law's time:
facts are laid out by the moment at which they happened, not by the moment at which they were recorded.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from services.cli.recount import calendar

Record = dict[str, Any]
"""One fact of the record, as decoded from its JSON."""

OFFERED = {
    "objection": ("object", "no-objection", "abstain"),
    "approval": ("approve", "reject", "abstain"),
}
"""What can be answered; the first choice is the one that is counted against the threshold (B1)."""


class Uncountable(ValueError):
    """The record cannot be recounted at all. Says why."""


@dataclass(frozen=True)
class Window:
    member: str
    kind: str
    received_at: datetime
    last_day: date
    ends_at: datetime


@dataclass
class Recount:
    """What the record says when it is counted anew."""

    ballot: str
    network: str
    subject: str
    motion: str
    calendar: str
    electorate: int
    needed: int
    tally: dict[str, int]
    windows: list[Window]
    ended: bool
    """The record has an end; else `outcome`, `effective_at` and `early` are what comes if nothing else happens."""
    outcome: str
    """`passed`, `failed`, `open` or `cancelled`."""
    effective_at: datetime | None
    early: bool
    differences: list[str] = field(default_factory=list)


def moment(text: Any) -> datetime:
    """An aware moment of a record. Raises Uncountable for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Uncountable(f"{text!r} is no moment") from None
    if found.tzinfo is None:
        raise Uncountable(f"{text!r} has no time zone")
    return found


def needed(threshold: Record, electorate: int) -> int:
    """B2: the smallest count that exceeds the fraction of the electorate, or reaches it where that is enough."""
    share = Fraction(threshold["numerator"], threshold["denominator"]) * electorate
    reached = threshold.get("reach", False) and share.denominator == 1
    return max(1, int(share) + (not reached))


class Count:
    """The facts of one ballot, sorted into what the recount needs."""

    def __init__(self, facts: Sequence[Record]) -> None:
        opened = [fact for fact in facts if fact["fact"] == "BallotOpened"]
        if len(opened) != 1 or facts[0] is not opened[0]:
            raise Uncountable("a ballot's record starts with exactly one BallotOpened")
        self.opened: Record = opened[0]
        self.facts = facts
        self.counted = OFFERED[self.opened["motion"]][0]
        self.region = region_of(self.opened["calendar_version"])
        self.zone = ZoneInfo(self.opened["time_zone"])
        self.windows: dict[str, Window] = {}
        self.verdicts: list[tuple[Record, bool]] = []
        """Each vote with whether it was timely, in recorded order."""
        self._walk()
        self.dropped = {fact["member"]: moment(fact["at"]) for fact in self._of("ElectorDropped")}
        self.all_votes = self._timely_votes()
        self.votes = {member: votes[-1] for member, votes in self.all_votes.items()}

    def _of(self, *kinds: str) -> Iterator[Record]:
        return (fact for fact in self.facts if fact["fact"] in kinds)

    def window_of(self, receipt: Record) -> Window:
        """The window that a recorded receipt starts, computed anew."""
        received = moment(receipt["received_at"])
        last, ends = calendar.window(self.region, self.zone, received, self.opened["window_days"])
        return Window(receipt["member"], receipt["kind"], received, last, ends)

    def _walk(self) -> None:
        """The first receipt of each member counts, as long as no bounce refutes it (T3); each vote is judged by the
        window that ran when it came (T5)."""
        for fact in self.facts:
            if fact["fact"] == "ReceiptEstablished":
                self.windows.setdefault(fact["member"], self.window_of(fact))
            elif fact["fact"] == "ReceiptRefuted":
                self.windows.pop(fact["member"], None)
            elif fact["fact"] in ("VoteCast", "LateVoteRecorded"):
                window, at = self.windows.get(fact["member"]), moment(fact["at"])
                self.verdicts.append((fact, window is not None and window.received_at <= at < window.ends_at))

    def _timely_votes(self) -> dict[str, list[Record]]:
        """B4, by arrival. Whether a vote counts is decided here anew, whatever the record called it."""
        found: dict[str, list[Record]] = {}
        for vote in sorted((vote for vote, timely in self.verdicts if timely), key=lambda vote: moment(vote["at"])):
            found.setdefault(vote["member"], []).append(vote)
        return found

    def settled(self) -> tuple[datetime, bool] | None:
        """(instant from which the outcome is fixed, whether before the end of all windows); None: still open. B5."""
        free, certain, hits = set(self.opened["electors"]), dict[str, bool](), 0
        ended = set[str]()
        for at, group in groupby(sorted(self._turns()), key=lambda turn: turn[0]):
            for _, kind, member in group:
                free.discard(member)
                hits -= certain.pop(member, False)
                if kind != "dropped":
                    certain[member] = member in self.votes and self.votes[member]["choice"] == self.counted
                    hits += certain[member]
                (ended.discard if kind == "voted" else ended.add)(member)
            if self._fixed(hits, len(free), len(free) + len(certain)):
                return at, not ended.issuperset(free | certain.keys())
        return None

    def _turns(self) -> Iterator[tuple[datetime, str, str]]:
        """The instants at which something can become certain. At one instant an end comes before a departure."""
        electors = set(self.opened["electors"])
        yield from ((at, "dropped", member) for member, at in self.dropped.items() if member in electors)
        for member, window in self.windows.items():
            gone = self.dropped.get(member)
            if member in electors and (gone is None or window.ends_at <= gone):
                yield window.ends_at, "closed", member
        if self.opened["change_allowed"] or self.opened["full_window"]:
            return
        for member, votes in self.all_votes.items():
            at, gone = moment(votes[0]["at"]), self.dropped.get(member)
            if member in electors and (gone is None or at < gone):
                yield at, "voted", member

    def _fixed(self, certain: int, free: int, electorate: int) -> bool:
        if self.opened["full_window"] or not free:
            return not free
        wanted = needed(self.opened["threshold"], electorate)
        return certain >= wanted or certain + free < wanted

    def tally(self, until: datetime | None) -> dict[str, int]:
        """Counts at the end, or so far: a member that left by then is not in it (B3), a later vote neither."""
        gone = {member for member, at in self.dropped.items() if until is None or at <= until}
        electors = [member for member in self.opened["electors"] if member not in gone]
        counts = dict.fromkeys(("no_objection", "object", "approve", "reject", "abstain", "silent"), 0)
        for member in electors:
            votes = [vote for vote in self.all_votes.get(member, ()) if until is None or moment(vote["at"]) <= until]
            counts[votes[-1]["choice"].replace("-", "_") if votes else "silent"] += 1
        return {"electorate": len(electors), **counts}


def region_of(calendar_version: str) -> str:
    """The region in a calendar version such as `DE-NW 2026.1`."""
    for region in sorted(calendar.REGIONS, key=len, reverse=True):
        if calendar_version.startswith(region):
            return region
    raise Uncountable(f"the recount knows no calendar {calendar_version!r}")


def result(count: Count) -> Recount:
    """What the count amounts to, without the comparison."""
    settled = count.settled()
    effective_at, early = settled or (None, False)
    cancelled = next((fact for fact in count.facts if fact["fact"] == "BallotCancelled"), None)
    tally = count.tally(effective_at)
    wanted = needed(count.opened["threshold"], tally["electorate"])
    reached = tally[count.counted] >= wanted
    outcome = "passed" if reached == (count.opened["motion"] == "approval") else "failed"
    if cancelled:
        outcome, effective_at, early = "cancelled", moment(cancelled["effective_at"]), False
    elif settled is None:
        outcome = "open"
    return Recount(
        ballot=count.opened["ballot"],
        network=count.opened["network"],
        subject=count.opened["subject"],
        motion=count.opened["motion"],
        calendar=count.opened["calendar_version"],
        electorate=tally["electorate"],
        needed=wanted,
        tally=tally,
        windows=list(count.windows.values()),
        ended=any(fact["fact"] in ("BallotClosed", "BallotCancelled") for fact in count.facts),
        outcome=outcome,
        effective_at=effective_at,
        early=early,
    )


def ballots(facts: Iterable[Record]) -> dict[str, list[Record]]:
    """The ballots of a journal: facts by the ballot that they name, in order."""
    found: dict[str, list[Record]] = {}
    for fact in facts:
        kind = fact.get("fact")
        if kind == "BallotOpened" or (kind in _OF_A_BALLOT and fact.get("ballot") in found):
            found.setdefault(str(fact["ballot"]), []).append(fact)
    return found


_OF_A_BALLOT = {
    "BallotOpened", "ElectorNotified", "EvidenceRecorded", "ReceiptEstablished", "ReceiptRefuted",
    "ElectorUndeliverable", "VoteCast", "LateVoteRecorded", "ElectorDropped", "OutageNoted", "BallotClosed",
    "BallotCancelled",
}  # fmt: skip
