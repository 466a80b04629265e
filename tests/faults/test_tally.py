"""Promise 7: the tally is right. Engine, model and the recount of the exported record agree on every history.

`make test` plays some hundred histories through hypothesis, which shrinks a failure to its smallest form;
`FAULTS=large` adds a million random ones (`FAULTS_HISTORIES` sets the number, `FAULTS_SEED` the seed).
"""

import os
import random
import time
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.faults.tally_model import Terms
from tests.faults.tally_play import Play

LARGE = os.environ.get("FAULTS") == "large"
MEMBERS = ("mem_a", "mem_b", "mem_c", "mem_d", "mem_e", "mem_f")
ANYBODY = (*MEMBERS, "mem_stranger")
CHOICES = ("object", "no-objection", "approve", "reject", "abstain")
KINDS = ("confirmed-by-link", "accepted-by-server", "letter", "opened-in-portal")
NOTICES = ("not_a", "not_b")
PERSONS = ("representative", "deputy")
THRESHOLDS = (
    *((Fraction(1, 2), False), (Fraction(3, 4), False), (Fraction(2, 3), False), (Fraction(0), False)),
    *((Fraction(1), True), (Fraction(1, 2), True), (Fraction(3, 4), True)),
)
OPENINGS = (
    datetime(2026, 12, 10, 8, tzinfo=UTC),
    datetime(2026, 3, 27, 22, 59, 59, tzinfo=UTC),
    datetime(2027, 10, 29, 21, 30, tzinfo=UTC),
)
WAITS = (0, 0, 1, 1, 4, 5, 60, 3_600, 43_200, 86_400, 2 * 86_400, 20 * 86_400)
SHIFTS = (-2, -1, 0, 1, 4, 6)
AGO = (0, 0, 0, 1, 3_600, 86_400, 16 * 86_400)


def terms_of(chance: random.Random) -> Terms:
    """All charter settings."""
    threshold, reach = chance.choice(THRESHOLDS)
    return Terms(
        electors=MEMBERS[: chance.randint(1, 6)],
        motion=chance.choice(("objection", "approval")),
        threshold=threshold,
        reach=reach,
        window_days=chance.choice((1, 3, 14)),
        region=chance.choice(("DE-NW", "DE-SN", "NL", "DK")),
        change_allowed=chance.random() < 0.6,
        full_window=chance.random() < 0.3,
        deputy_may_override=chance.random() < 0.5,
        counts=frozenset(KINDS[:3]),
        opened_at=chance.choice(OPENINGS),
    )


def seconds(values: tuple[int, ...]) -> st.SearchStrategy[timedelta]:
    return st.sampled_from([timedelta(seconds=value) for value in values])


class Histories(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 2**16))
    def announce(self, seed: int) -> None:
        self.play = Play(terms_of(random.Random(seed)))

    @rule(
        member=st.sampled_from(ANYBODY), person=st.sampled_from(PERSONS), choice=st.sampled_from(CHOICES),
        under_way=seconds((0, 1, 4)),
    )  # fmt: skip
    def vote(self, member: str, person: str, choice: str, under_way: timedelta) -> None:
        self.play.vote(member, person, choice, under_way)

    @rule(
        member=st.sampled_from(ANYBODY), kind=st.sampled_from(KINDS), ago=seconds(AGO),
        notice=st.sampled_from(NOTICES), by_office=st.booleans(),
    )  # fmt: skip
    def receive(self, member: str, kind: str, ago: timedelta, notice: str, by_office: bool) -> None:
        self.play.receive(member, kind, ago, notice, by_office)

    @rule(member=st.sampled_from(ANYBODY), notice=st.sampled_from(NOTICES))
    def bounce(self, member: str, notice: str) -> None:
        self.play.bounce(member, notice)

    @rule(member=st.sampled_from(ANYBODY), ago=seconds(AGO))
    def leave(self, member: str, ago: timedelta) -> None:
        self.play.leave(member, ago)

    @rule(span_of_time=seconds(WAITS))
    def wait(self, span_of_time: timedelta) -> None:
        self.play.wait(span_of_time)

    @rule(which=st.integers(0, 5), shift=seconds(SHIFTS))
    def wait_for_an_end(self, which: int, shift: timedelta) -> None:
        self.play.wait_for_an_end(which, shift)

    @rule()
    def wake(self) -> None:
        self.play.wake()

    @invariant()
    def engine_and_model_agree(self) -> None:
        if hasattr(self, "play"):
            self.play.agree()

    def teardown(self) -> None:
        if hasattr(self, "play"):
            assert self.play.finish().differences == []


TestHistories = pytest.mark.faults(Histories.TestCase)
TestHistories.settings = settings(
    max_examples=2_000 if LARGE else 150,
    stateful_step_count=40,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def begin(play: Play, chance: random.Random) -> None:
    """In most histories all members receive the notice within two days, in the others it is left to chance."""
    if chance.random() < 0.8:
        for member in play.terms.electors:
            play.wait(timedelta(seconds=chance.choice((0, 1, 30_000))))
            play.receive(member, chance.choice(KINDS[:3]), timedelta(), NOTICES[0], by_office=False)


def step(play: Play, chance: random.Random) -> None:
    """One thing that happens; voting and receiving most often."""
    member, ago = chance.choice(ANYBODY[: len(play.terms.electors) + 1]), timedelta(seconds=chance.choice(AGO))
    offered = CHOICES[:2] if play.terms.motion == "objection" else CHOICES[2:]
    match chance.randrange(12):
        case 0 | 1 | 2 | 3:
            play.vote(
                member, chance.choice(PERSONS), chance.choice(offered), timedelta(seconds=chance.choice((0, 1, 4)))
            )
        case 4 | 5 | 6:
            play.receive(member, chance.choice(KINDS), ago, chance.choice(NOTICES), chance.random() < 0.3)
        case 7:
            play.bounce(member, chance.choice(NOTICES))
        case 8 if chance.random() < 0.4:
            play.leave(member, ago)
        case 9:
            play.wait(timedelta(seconds=chance.choice(WAITS)))
        case 10:
            play.wait_for_an_end(chance.randrange(6), timedelta(seconds=chance.choice(SHIFTS)))
        case _:
            play.wake()


@pytest.mark.faults
@pytest.mark.timeout(0 if LARGE else 120)
def test_random_histories_are_counted_right() -> None:
    """Each history has its own seed; a failing one can be played alone: FAULTS_SEED=… FAULTS_HISTORIES=1."""
    count = int(os.environ.get("FAULTS_HISTORIES", 1_000_000 if LARGE else 1_500))
    seed = int(os.environ.get("FAULTS_SEED", random.SystemRandom().randrange(2**32)))
    until = time.monotonic() + 60 * float(os.environ.get("FAULTS_MINUTES", "inf"))
    played = 0
    for number in range(seed, seed + count):
        chance = random.Random(number)
        try:
            play = Play(terms_of(chance))
            begin(play, chance)
            for _ in range(chance.randint(3, 40)):
                step(play, chance)
            assert play.finish().differences == []
        except AssertionError as difference:
            raise AssertionError(f"FAULTS_SEED={number} FAULTS_HISTORIES=1: {difference}") from difference
        played += 1
        if time.monotonic() > until:
            break
    print(f"promise 7: {played} histories, 0 differences, FAULTS_SEED={seed}")  # noqa: T201 - the run's evidence
