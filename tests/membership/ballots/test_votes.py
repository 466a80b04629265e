"""B4, T5: who votes when, what stands, and what is refused."""

from datetime import timedelta

import pytest

from contracts.ids import MemberId
from contracts.membership.ballots import LateVoteRecorded, VoteCast
from contracts.membership.words import Choice, Motion, Role
from contracts.request import Refused
from services.membership.ballots.rules import Cancel
from tests.membership.ballots.world import SIX, Play, day, kinds, terms

OBJECT, NO_OBJECTION, ABSTAIN = Choice.OBJECT, Choice.NO_OBJECTION, Choice.ABSTAIN
TICK = timedelta(microseconds=1)
ONE = SIX[0]


def test_t5_the_last_instant_of_the_window_is_timely_and_the_next_one_late() -> None:
    play = Play(terms()).received(day(0))
    assert isinstance(play.vote(ONE, OBJECT, day(14) - TICK)[0], VoteCast)
    other = Play(terms()).received(day(0))
    assert isinstance(other.vote(ONE, OBJECT, day(14))[0], LateVoteRecorded)


def test_t5_a_late_vote_stays_on_record_and_is_not_counted() -> None:
    play = Play(terms()).received(day(0)).votes(OBJECT, SIX[:3], day(1))
    assert kinds(play.vote(SIX[3], OBJECT, day(15))) == ["LateVoteRecorded"]
    play.close(day(15))
    assert play.ballot.closed is not None
    assert play.ballot.closed.tally.object == 3
    assert kinds(play.vote(SIX[4], OBJECT, day(16))) == ["LateVoteRecorded"]


def test_t5_each_member_has_its_own_window() -> None:
    play = Play(terms())
    for place, member in enumerate(SIX):
        play.evidence(member, day(place))
    assert kinds(play.vote(SIX[0], OBJECT, day(14.5))) == ["LateVoteRecorded"]
    assert kinds(play.vote(SIX[1], OBJECT, day(14.5))) == ["VoteCast"]


def test_b4_the_last_timely_vote_counts_and_the_earlier_ones_stay() -> None:
    play = Play(terms()).received(day(0))
    for number, choice in enumerate((OBJECT, ABSTAIN, NO_OBJECTION)):
        play.vote(ONE, choice, day(1 + number))
    play.vote(ONE, OBJECT, day(15))
    play.close(day(15))
    assert play.ballot.closed is not None
    assert play.ballot.closed.tally.no_objection == 1
    assert [vote.choice for vote in play.ballot.electors[ONE].votes] == [OBJECT, ABSTAIN, NO_OBJECTION]


def test_b4_a_deputy_votes_where_nobody_has_and_the_representative_may_change_that() -> None:
    play = Play(terms()).received(day(0))
    play.vote(ONE, OBJECT, day(1), Role.DEPUTY)
    play.vote(ONE, NO_OBJECTION, day(2), Role.REPRESENTATIVE)
    standing = play.ballot.electors[ONE].vote
    assert standing is not None
    assert (standing.choice, standing.role) == (NO_OBJECTION, Role.REPRESENTATIVE)


def test_b4_the_charter_may_let_a_deputy_override_the_representative() -> None:
    play = Play(terms(deputy_may_override=True)).received(day(0))
    play.vote(ONE, OBJECT, day(1))
    assert kinds(play.vote(ONE, NO_OBJECTION, day(2), Role.DEPUTY)) == ["VoteCast"]


def refused(play: Play, slug: str, choice: Choice = OBJECT, *, at: float = 2, member: MemberId = ONE,
            role: Role = Role.REPRESENTATIVE, person: str = "") -> None:  # fmt: skip
    before = play.ballot
    with pytest.raises(Refused) as refusal:
        play.vote(member, choice, day(at), role, person)
    assert refusal.value.slug == slug
    assert play.ballot is before


def test_a_vote_before_the_receipt_is_refused() -> None:
    refused(Play(terms()), "window-not-open")


def test_a_vote_of_a_stranger_is_refused() -> None:
    refused(Play(terms()).received(day(0)), "not-an-elector", member=MemberId("stranger"))


def test_a_vote_of_a_member_that_left_is_refused() -> None:
    play = Play(terms()).received(day(0))
    play.drop(ONE, day(1))
    refused(play, "not-an-elector")


def test_a_choice_of_the_other_motion_is_refused() -> None:
    refused(Play(terms()).received(day(0)), "choice-not-offered", Choice.APPROVE)
    refused(Play(terms(Motion.APPROVAL)).received(day(0)), "choice-not-offered", Choice.OBJECT)


def test_the_same_vote_again_is_refused_and_told_that_it_counts() -> None:
    play = Play(terms()).received(day(0))
    play.vote(ONE, OBJECT, day(1))
    refused(play, "vote-unchanged")


def test_a_deputy_against_the_representative_is_refused() -> None:
    play = Play(terms()).received(day(0))
    play.vote(ONE, OBJECT, day(1))
    refused(play, "representative-has-voted", NO_OBJECTION, role=Role.DEPUTY)


def test_a_change_is_refused_where_votes_are_final() -> None:
    play = Play(terms(change_allowed=False)).received(day(0))
    play.vote(ONE, OBJECT, day(1))
    refused(play, "vote-already-cast", NO_OBJECTION)


def test_a_vote_that_a_later_one_overtook_is_refused() -> None:
    play = Play(terms()).received(day(0))
    play.vote(ONE, OBJECT, day(3))
    refused(play, "vote-overtaken", NO_OBJECTION, at=2)


def test_a_vote_on_a_ballot_that_ended_early_is_refused_as_long_as_its_window_runs() -> None:
    play = Play(terms(change_allowed=False)).received(day(0)).votes(OBJECT, SIX[:4], day(1))
    refused(play, "ballot-closed", member=SIX[5])
    assert kinds(play.vote(SIX[5], OBJECT, day(14))) == ["LateVoteRecorded"]


def test_a_vote_on_a_ballot_that_is_decided_but_not_yet_closed_is_refused() -> None:
    play = Play(terms()).received(day(0), SIX[:4])
    play.votes(OBJECT, SIX[:4], day(1))
    play.evidence(SIX[4], day(10))
    refused(play, "ballot-closed", at=14.5, member=SIX[4])


def test_a_vote_on_a_cancelled_ballot_is_refused() -> None:
    play = Play(terms()).received(day(0))
    play.do(Cancel(because="moot", at=day(1)), day(1))
    refused(play, "ballot-cancelled")
