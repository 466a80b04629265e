"""T2, T3, T7: what starts a window, what does not, and what the office may record."""

from datetime import timedelta

import pytest

from contracts.ids import MemberId
from contracts.membership.ballots import ElectorState, ReceiptEstablished
from contracts.membership.words import Choice, EvidenceKind
from contracts.request import Refused
from services.membership.ballots.rules import elector_state, settled_at
from tests.membership.ballots.world import SIX, Play, day, kinds, terms

ONE = SIX[0]
LETTER, LINK, ACCEPTED = EvidenceKind.LETTER, EvidenceKind.CONFIRMED_BY_LINK, EvidenceKind.ACCEPTED_BY_SERVER


def test_t3_evidence_that_the_charter_counts_starts_the_window_at_its_own_moment() -> None:
    play = Play(terms())
    _, established = play.evidence(ONE, day(1), now=day(1.5))
    assert isinstance(established, ReceiptEstablished)
    assert (established.received_at, established.window_ends_at) == (day(1), day(15))


def test_t3_evidence_that_does_not_count_is_kept_and_starts_nothing() -> None:
    play = Play(terms(counts_as_receipt=[LETTER]))
    assert kinds(play.evidence(ONE, day(1))) == ["EvidenceRecorded"]
    assert play.ballot.electors[ONE].receipt is None


def test_t3_the_first_evidence_that_counts_decides_and_later_one_is_only_kept() -> None:
    play = Play(terms())
    play.evidence(ONE, day(1))
    assert kinds(play.evidence(ONE, day(2))) == ["EvidenceRecorded"]
    assert kinds(play.evidence(ONE, day(1))) == ["EvidenceRecorded"]
    receipt = play.ballot.electors[ONE].receipt
    assert receipt is not None
    assert receipt.received_at == day(1)


def test_t3_evidence_from_a_channel_is_never_refused() -> None:
    play = Play(terms())
    assert kinds(play.evidence(ONE, day(-1))) == ["EvidenceRecorded"]  # before the announcement
    assert play.evidence(MemberId("stranger"), day(1)) == []
    play.received(day(1)).close(day(15))
    assert kinds(play.evidence(ONE, day(20))) == ["EvidenceRecorded"]


def test_t7_the_states_of_an_elector_are_told_apart() -> None:
    play = Play(terms())

    def state(at: float) -> ElectorState:
        return elector_state(play.ballot, play.ballot.electors[ONE], day(at))

    seen = [state(0)]
    play.notify(ONE, day(0.1))
    seen.append(state(0.1))
    play.bounce(ONE, day(0.2))
    seen.append(state(0.2))
    play.notify(ONE, day(0.3))
    seen.append(state(0.3))
    play.evidence(ONE, day(1))
    seen += [state(1), state(15)]
    play.vote(ONE, Choice.OBJECT, day(2))
    seen.append(state(2))
    play.drop(ONE, day(3))
    seen.append(state(3))
    assert seen == [
        ElectorState.NOT_NOTIFIED, ElectorState.NOTIFIED, ElectorState.UNDELIVERABLE, ElectorState.NOTIFIED,
        ElectorState.RUNNING, ElectorState.SILENT, ElectorState.ANSWERED, ElectorState.LEFT,
    ]  # fmt: skip


def test_t7_being_handed_over_twice_is_one_notification_and_an_older_one_does_not_undo_a_bounce() -> None:
    play = Play(terms())
    play.notify(ONE, day(1))
    assert play.notify(ONE, day(2)) == []
    late = Play(terms())
    late.bounce(ONE, day(2))
    late.notify(ONE, day(1))
    assert elector_state(late.ballot, late.ballot.electors[ONE], day(3)) is ElectorState.UNDELIVERABLE


def test_t3_a_bounce_takes_back_what_only_the_acceptance_of_the_same_notice_had_shown() -> None:
    play = Play(terms())
    play.evidence(ONE, day(1), ACCEPTED)
    assert kinds(play.bounce(ONE, day(2), notice="another")) == ["ElectorUndeliverable"]
    assert play.ballot.electors[ONE].receipt is not None
    assert kinds(play.bounce(ONE, day(2))) == ["ReceiptRefuted"]
    assert play.ballot.electors[ONE].receipt is None
    assert elector_state(play.ballot, play.ballot.electors[ONE], day(2)) is ElectorState.UNDELIVERABLE
    assert settled_at(play.ballot) is None
    play.evidence(ONE, day(5), LETTER, now=day(6), by_office=True)
    assert play.ballot.electors[ONE].receipt is not None


def test_t3_a_bounce_takes_back_no_confirmed_receipt_and_none_on_which_a_vote_rests() -> None:
    play = Play(terms())
    play.evidence(ONE, day(1), LINK)
    play.evidence(SIX[1], day(1), ACCEPTED)
    play.vote(SIX[1], Choice.OBJECT, day(2))
    for member in SIX[:2]:
        assert kinds(play.bounce(member, day(3))) == ["ElectorUndeliverable"]
        assert play.ballot.electors[member].receipt is not None


@pytest.mark.parametrize(
    ("member", "kind", "at", "slug"),
    [
        (MemberId("stranger"), LETTER, 1, "not-an-elector"),
        (ONE, LETTER, -0.001, "receipt-before-announcement"),
        (ONE, LETTER, 5.001, "receipt-in-future"),
        (ONE, LINK, 1, "evidence-not-recordable"),
        (SIX[1], LETTER, 3, "receipt-already-recorded"),
        (SIX[1], EvidenceKind.HANDED_OVER, 1, "receipt-already-recorded"),
        (SIX[2], LETTER, 1, "not-an-elector"),  # has left
    ],
)
def test_t2_the_office_is_told_what_is_wrong_with_a_receipt(
    member: MemberId, kind: EvidenceKind, at: float, slug: str
) -> None:
    play = Play(terms())
    play.evidence(SIX[1], day(1), LETTER, by_office=True)
    play.drop(SIX[2], day(2))
    with pytest.raises(Refused) as refusal:
        play.evidence(member, day(at), kind, now=day(5), by_office=True)
    assert refusal.value.slug == slug


def test_t2_the_same_receipt_recorded_again_is_harmless() -> None:
    play = Play(terms())
    play.evidence(ONE, day(1), LETTER, by_office=True)
    assert play.evidence(ONE, day(1), LETTER, now=day(3), by_office=True) == []


def test_t2_a_receipt_for_a_ballot_that_is_over_is_refused() -> None:
    play = Play(terms(change_allowed=False)).received(day(0), SIX[:4]).votes(Choice.OBJECT, SIX[:4], day(1))
    with pytest.raises(Refused, match="ballot-closed"):
        play.evidence(SIX[5], day(2), LETTER, by_office=True)


def test_t1_a_receipt_at_the_instant_of_the_announcement_counts() -> None:
    play = Play(terms())
    assert len(play.evidence(ONE, day(0), LETTER, now=day(0) + timedelta(seconds=1), by_office=True)) == 2
