"""What holds for every course of a ballot, whoever does what when (B2 to B6, T4)."""

from datetime import datetime, timedelta
from functools import reduce

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.event import Fact
from contracts.membership.ballots import BallotClosed
from contracts.membership.words import Choice, EvidenceKind, Motion, Role, Threshold
from contracts.request import Refused
from services.membership.ballots.rules import CHOICES, evolve, settled_at, tally
from tests.membership.ballots.world import SIX, Play, day, terms

Event = tuple[str, int, int, float]
events = st.lists(
    st.tuples(
        st.sampled_from(["receive", "receive", "letter", "vote", "vote", "vote", "drop", "bounce", "close"]),
        st.integers(0, 5),
        st.integers(0, 2),
        st.floats(0, 40, allow_nan=False),
    ),
    max_size=40,
)
thresholds = st.builds(
    lambda a, b, reach: Threshold(numerator=min(a, b), denominator=max(a, b), reach=reach),
    st.integers(1, 6),
    st.integers(1, 6),
    st.booleans(),
)
ballots = st.builds(
    lambda motion, threshold, change, full: terms(motion, threshold=threshold, change_allowed=change, full_window=full),
    st.sampled_from(Motion),
    thresholds,
    st.booleans(),
    st.booleans(),
)


def play_out(play: Play, course: list[Event]) -> Play:
    """Refused commands leave nothing behind; the moment never goes back."""
    now = day(0)
    for what, who, which, at in sorted(course, key=lambda event: event[3]):
        now = max(now, day(at))
        try:
            step(play, what, who, which, now)
        except Refused:
            continue
    return play


def step(play: Play, what: str, who: int, which: int, now: datetime) -> None:
    member, role = SIX[who], (Role.REPRESENTATIVE, Role.DEPUTY)[which % 2]
    if what == "receive":
        kind = (EvidenceKind.CONFIRMED_BY_LINK, EvidenceKind.ACCEPTED_BY_SERVER, EvidenceKind.DELIVERY_REPORT)[which]
        play.evidence(member, now, kind)
    elif what == "letter":
        play.evidence(member, now - timedelta(days=which * 3), EvidenceKind.LETTER, now=now, by_office=True)
    elif what == "vote":
        play.vote(member, CHOICES[play.ballot.opened.motion][which], now, role)
    elif what == "drop":
        play.drop(member, now - timedelta(hours=which), now)
    elif what == "bounce":
        play.bounce(member, now)
    else:
        play.close(now)


@given(ballots, events)
@settings(max_examples=300)
def test_t4_however_late_the_closing_runs_moment_tally_and_outcome_are_the_same(
    opened: object, course: list[Event]
) -> None:
    without = [event for event in course if event[0] != "close"]
    soon, late = play_out(Play(opened), course), play_out(Play(opened), without)  # type: ignore[arg-type]
    soon.close(day(1000))
    late.close(day(2000))
    backdated = any(event[0] == "letter" or event[0] == "drop" for event in course)
    if not backdated:  # what the office tells afterwards cannot reopen a ballot that was closed on what was known
        assert soon.ballot.closed == late.ballot.closed


@given(ballots, events)
@settings(max_examples=300)
def test_b6_the_facts_alone_give_the_same_ballot_and_tally(opened: object, course: list[Event]) -> None:
    play = play_out(Play(opened), course)  # type: ignore[arg-type]
    play.close(day(1000))
    first, *rest = play.facts
    replayed = reduce(evolve, rest, evolve(None, first))
    assert replayed == play.ballot
    if replayed.closed is not None:
        assert tally(replayed, replayed.closed.effective_at) == replayed.closed.tally


@given(ballots, events)
@settings(max_examples=300)
def test_t2_a_ballot_is_closed_once_at_a_settled_moment_and_its_tally_adds_up(
    opened: object, course: list[Event]
) -> None:
    play = play_out(Play(opened), course)  # type: ignore[arg-type]
    play.close(day(1000))
    closings: list[Fact] = [fact for fact in play.facts if isinstance(fact, BallotClosed)]
    assert len(closings) <= 1
    closed = play.ballot.closed
    if closed is None:
        assert settled_at(play.ballot) is None
        return
    counts = closed.tally
    assert counts.electorate == sum(
        (counts.no_objection, counts.object, counts.approve, counts.reject, counts.abstain, counts.silent)
    )
    assert counts.electorate <= len(SIX)
    assert closed.effective_at <= day(1000)


@given(ballots, events, st.data())
@settings(max_examples=200)
def test_b5_after_an_early_end_no_remaining_vote_could_have_altered_the_outcome(
    opened: object, course: list[Event], data: st.DataObject
) -> None:
    """Plays the course with the full window instead, lets the others vote as they like, and compares."""
    early = play_out(Play(opened), [event for event in course if event[0] in ("receive", "vote")])  # type: ignore[arg-type]
    closed = early.ballot.closed
    if closed is None or not closed.early:
        return
    changed = terms(
        early.ballot.opened.motion,
        threshold=early.ballot.opened.threshold,
        change_allowed=early.ballot.opened.change_allowed,
        full_window=True,
    )
    full = Play(changed)
    for fact in early.facts[1:]:
        if not isinstance(fact, BallotClosed):
            full.ballot = evolve(full.ballot, fact)
    now = closed.effective_at
    for member in SIX:
        if full.ballot.electors[member].receipt is None:
            full.evidence(member, now)
        try:
            full.vote(member, data.draw(st.sampled_from(CHOICES[changed.motion])), now)
        except Refused:
            continue
    full.close(day(1000))
    assert full.ballot.closed is not None
    assert full.ballot.closed.outcome is closed.outcome


def test_the_choices_of_both_motions_are_distinct_but_for_the_abstention() -> None:
    assert set(CHOICES[Motion.OBJECTION]) & set(CHOICES[Motion.APPROVAL]) == {Choice.ABSTAIN}
