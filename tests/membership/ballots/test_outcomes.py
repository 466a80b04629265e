"""B1, B2, B3, B5, T2, T4: when a ballot is decided, and how."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.ids import MemberId
from contracts.membership.ballots import BallotCancelled, BallotClosed
from contracts.membership.words import Choice, EvidenceKind, Motion, Outcome, Tally, Threshold
from contracts.request import Refused
from services.membership.ballots.rules import Cancel, NoteOutage, Open, decide, needed, settled_at
from tests.membership.ballots.world import HALF, OPENED, SIX, THREE_QUARTERS, Play, day, kinds, terms

OBJECT, APPROVE, ABSTAIN = Choice.OBJECT, Choice.APPROVE, Choice.ABSTAIN


def closed(play: Play) -> BallotClosed:
    assert play.ballot.closed is not None
    return play.ballot.closed


@pytest.mark.parametrize(
    ("electorate", "threshold", "count"),
    [
        (6, HALF, 4),
        (6, THREE_QUARTERS, 5),
        (7, HALF, 4),
        (4, THREE_QUARTERS, 4),
        (3, Threshold(numerator=1, denominator=3), 2),
        (3, Threshold(numerator=1, denominator=3, reach=True), 1),
        (7, Threshold(numerator=2, denominator=3, reach=True), 5),
        (6, Threshold(numerator=1, denominator=1, reach=True), 6),
        (0, HALF, 1),
        (0, Threshold(numerator=1, denominator=2, reach=True), 1),
    ],
)
def test_b2_the_count_that_is_needed_is_exact(electorate: int, threshold: Threshold, count: int) -> None:
    assert needed(electorate, threshold) == count


@given(st.integers(1, 10**9), st.integers(1, 10**6), st.integers(1, 10**6), st.booleans())
def test_b2_the_needed_count_is_the_least_that_meets_the_fraction(size: int, a: int, b: int, reach: bool) -> None:
    above, below = min(a, b), max(a, b)
    count = needed(size, Threshold(numerator=above, denominator=below, reach=reach))
    share = Fraction(above, below)
    assert Fraction(count, size) >= share if reach else Fraction(count, size) > share
    assert Fraction(count - 1, size) < share if reach else Fraction(count - 1, size) <= share


@pytest.mark.parametrize(("objections", "outcome"), [(0, Outcome.PASSED), (3, Outcome.PASSED), (4, Outcome.FAILED)])
def test_b1_silence_is_consent_to_an_objection_motion(objections: int, outcome: Outcome) -> None:
    play = Play(terms()).received(day(0)).votes(OBJECT, SIX[:objections], day(1))
    play.close(day(14))
    assert closed(play).outcome is outcome
    assert closed(play).tally == Tally(electorate=6, object=objections, silent=6 - objections)
    assert closed(play).needed == 4


@pytest.mark.parametrize(("approvals", "outcome"), [(0, Outcome.FAILED), (4, Outcome.FAILED), (5, Outcome.PASSED)])
def test_b1_silence_is_no_to_an_approval_motion(approvals: int, outcome: Outcome) -> None:
    play = Play(terms(Motion.APPROVAL)).received(day(0)).votes(APPROVE, SIX[:approvals], day(1))
    play.close(day(14))
    assert closed(play).outcome is outcome


def test_b1_unanimity_is_a_threshold_too_and_an_abstention_breaks_it() -> None:
    unanimous = Threshold(numerator=1, denominator=1, reach=True)
    play = Play(terms(Motion.APPROVAL, threshold=unanimous)).received(day(0)).votes(APPROVE, SIX[:5], day(1))
    play.vote(SIX[5], ABSTAIN, day(1))
    play.close(day(14))
    assert closed(play).outcome is Outcome.FAILED
    assert closed(play).tally == Tally(electorate=6, approve=5, abstain=1)


def test_t2_a_ballot_is_decided_when_the_last_electors_window_has_ended() -> None:
    play = Play(terms(full_window=True))
    for place, member in enumerate(SIX):
        play.evidence(member, day(place))
    assert play.close(day(19) - timedelta(microseconds=1)) == []
    play.close(day(19))
    assert closed(play).effective_at == day(19)
    assert not closed(play).early


def test_t2_an_elector_without_receipt_keeps_the_ballot_open_for_ever() -> None:
    play = Play(terms(full_window=True)).received(day(0), SIX[:5])
    assert settled_at(play.ballot) is None
    assert play.close(day(3650)) == []


def test_t2_a_receipt_recorded_long_after_decides_the_ballot_at_the_end_of_its_window() -> None:
    play = Play(terms(full_window=True)).received(day(0), SIX[:5])
    play.evidence(SIX[5], day(2), EvidenceKind.LETTER, now=day(40), by_office=True)
    play.close(day(40))
    assert closed(play).effective_at == day(16)


def test_t4_a_late_wake_up_does_not_move_the_decision() -> None:
    play = Play(terms()).received(day(0))
    play.close(day(400))
    assert closed(play).effective_at == day(14)


def test_t4_a_doubled_wake_up_changes_nothing() -> None:
    play = Play(terms()).received(day(0))
    play.close(day(14))
    assert play.close(day(15)) == []


def test_b5_a_ballot_ends_early_when_no_vote_can_alter_it_any_more() -> None:
    play = Play(terms(change_allowed=False)).received(day(0)).votes(OBJECT, SIX[:3], day(1))
    assert play.ballot.closed is None
    facts = play.vote(SIX[3], OBJECT, day(2))
    assert kinds(facts) == ["VoteCast", "BallotClosed"]
    assert closed(play).effective_at == day(2)
    assert closed(play).early
    assert closed(play).outcome is Outcome.FAILED


def test_b5_it_ends_early_also_when_the_needed_count_is_out_of_reach() -> None:
    play = Play(terms(Motion.APPROVAL, change_allowed=False)).received(day(0))
    assert kinds(play.vote(SIX[0], Choice.REJECT, day(1))) == ["VoteCast"]
    assert kinds(play.vote(SIX[1], ABSTAIN, day(3))) == ["VoteCast", "BallotClosed"]
    assert closed(play).outcome is Outcome.FAILED
    assert closed(play).effective_at == day(3)


def test_b5_a_vote_that_may_still_be_changed_is_open_until_its_window_ends() -> None:
    play = Play(terms())
    for place, member in enumerate(SIX):
        play.evidence(member, day(place))
    play.votes(OBJECT, SIX[:4], day(6))
    assert play.ballot.closed is None
    play.close(day(30))
    assert closed(play).effective_at == day(17)  # when the fourth objector can take nothing back
    assert closed(play).early


def test_b5_the_charter_may_demand_the_full_window() -> None:
    play = Play(terms(change_allowed=False, full_window=True)).received(day(0)).votes(OBJECT, SIX, day(1))
    assert play.ballot.closed is None
    play.close(day(14))
    assert closed(play).effective_at == day(14)
    assert not closed(play).early


def test_b5_a_missing_receipt_keeps_open_what_that_member_could_decide() -> None:
    play = Play(terms()).received(day(0), SIX[:5]).votes(OBJECT, SIX[:3], day(1))
    assert settled_at(play.ballot) is None


def test_b5_a_missing_receipt_does_not_hold_up_what_it_cannot_alter() -> None:
    play = Play(terms()).received(day(0), SIX[:5]).votes(OBJECT, SIX[:4], day(1))
    play.close(day(14))
    assert closed(play).outcome is Outcome.FAILED
    assert closed(play).early


def test_b3_a_member_that_leaves_drops_out_of_count_and_denominator() -> None:
    play = Play(terms()).received(day(0)).votes(OBJECT, SIX[:3], day(1))
    play.drop(SIX[5], day(2))
    play.close(day(14))
    assert closed(play).tally == Tally(electorate=5, object=3, silent=2)
    assert closed(play).needed == 3
    assert closed(play).outcome is Outcome.FAILED


def test_b3_the_vote_of_a_member_that_leaves_goes_with_it() -> None:
    play = Play(terms()).received(day(0)).votes(OBJECT, SIX[:4], day(1))
    play.drop(SIX[0], day(2))
    play.drop(SIX[1], day(2))
    play.close(day(14))
    assert closed(play).tally == Tally(electorate=4, object=2, silent=2)
    assert closed(play).outcome is Outcome.PASSED


def test_b3_the_last_one_without_receipt_leaving_decides_the_ballot_at_that_moment() -> None:
    play = Play(terms(full_window=True)).received(day(0), SIX[:5])
    facts = play.drop(SIX[5], day(20))
    assert kinds(facts) == ["ElectorDropped", "BallotClosed"]
    assert closed(play).effective_at == day(20)
    assert closed(play).tally.electorate == 5


def test_b3_leaving_after_the_decision_changes_nothing_however_late_the_closing_runs() -> None:
    play = Play(terms()).received(day(0)).votes(OBJECT, SIX[:4], day(1))
    assert play.drop(SIX[0], day(14)) == []
    play.close(day(30))
    assert closed(play).tally == Tally(electorate=6, object=4, silent=2)
    assert closed(play).outcome is Outcome.FAILED


@pytest.mark.parametrize(("motion", "outcome"), [(Motion.OBJECTION, Outcome.PASSED), (Motion.APPROVAL, Outcome.FAILED)])
@pytest.mark.parametrize("full_window", [True, False])
def test_b3_of_an_electorate_that_left_altogether_an_objection_passes_and_an_approval_fails(
    motion: Motion, outcome: Outcome, full_window: bool
) -> None:
    play = Play(terms(motion, SIX[:2], full_window=full_window)).received(day(0))
    for place, member in enumerate(SIX[:2]):
        play.drop(member, day(1 + place))
    assert closed(play).outcome is outcome
    assert closed(play).tally == Tally(electorate=0)


def test_t5_a_timely_vote_under_way_is_not_cut_off_by_a_command_that_would_close_the_ballot() -> None:
    play = Play(terms(full_window=True)).received(day(0), SIX[:5]).votes(OBJECT, SIX[:2], day(1))
    end = day(14)
    assert kinds(play.drop(SIX[5], end + timedelta(seconds=2))) == ["ElectorDropped"]
    assert kinds(play.vote(SIX[2], OBJECT, end - timedelta(seconds=1))) == ["VoteCast"]
    play.close(end + timedelta(seconds=10))
    assert closed(play).effective_at == end + timedelta(seconds=2)
    assert closed(play).outcome is Outcome.FAILED


def test_a_withdrawn_subject_cancels_the_ballot() -> None:
    play = Play(terms()).received(day(0))
    assert play.do(Cancel(because="withdrawn", at=day(3)), day(3)) == [
        BallotCancelled(network=play.ballot.opened.network, ballot=play.ballot.opened.ballot, because="withdrawn",
                        effective_at=day(3))
    ]  # fmt: skip
    assert play.close(day(30)) == []


def test_a6_a_withdrawal_in_the_last_second_cancels_and_one_a_second_later_finds_the_ballot_decided() -> None:
    play, later = Play(terms()).received(day(0)), Play(terms()).received(day(0))
    just_before = day(14) - timedelta(seconds=1)
    assert kinds(play.do(Cancel(because="withdrawn", at=just_before), just_before)) == ["BallotCancelled"]
    assert kinds(later.do(Cancel(because="withdrawn", at=day(14)), day(14))) == ["BallotClosed"]
    assert later.do(Cancel(because="withdrawn", at=day(15)), day(15)) == []


def test_t6_an_outage_inside_a_window_is_noted_once_also_after_the_end() -> None:
    play = Play(terms()).received(day(1))
    outage = NoteOutage(away_from=day(14), away_until=day(16))
    play.close(day(16))
    assert kinds(play.do(outage, day(16))) == ["OutageNoted"]
    assert play.do(outage, day(16)) == []
    assert play.do(NoteOutage(away_from=day(0), away_until=day(1)), day(16)) == []
    assert play.do(NoteOutage(away_from=day(15), away_until=day(16)), day(16)) == []


def test_a_ballot_needs_an_electorate_without_doubles() -> None:
    with pytest.raises(Refused, match="electorate-empty"):
        decide(None, Open(terms=terms(members=())), OPENED)
    with pytest.raises(Refused, match="elector-twice"):
        decide(None, Open(terms=terms(members=(MemberId("a"), MemberId("a")))), OPENED)
    with pytest.raises(Refused, match="ballot-already-open"):
        Play(terms()).do(Open(terms=terms()), OPENED)
