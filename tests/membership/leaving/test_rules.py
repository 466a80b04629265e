"""Exclusion's rules without any input or output: every command in every state (L2)."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.ids import BallotId, ExclusionId, MemberId, NetworkId
from contracts.membership.leaving import ExclusionState as State
from contracts.membership.words import Outcome
from contracts.request import Refused
from services.membership.leaving.rules import (
    RUNNING,
    Announce,
    BecomeMoot,
    Command,
    Conclude,
    Exclusion,
    TakeEffect,
    Withdraw,
    decide,
    evolve,
)

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
TICK = timedelta(microseconds=1)
ALLOWED: dict[type, set[State]] = {
    Announce: {State.REQUESTED},
    Withdraw: {State.REQUESTED, State.ANNOUNCED},
    TakeEffect: {State.PASSED},
}
COMMANDS: dict[type, Command] = {
    Announce: Announce(BallotId("bal_1")),
    Withdraw: Withdraw(),
    TakeEffect: TakeEffect(NOW),
}


def at(state: State) -> Exclusion:
    return Exclusion(
        id=ExclusionId("exc_1"), network=NetworkId("bielefeld"), concerned=MemberId("mem_6"),
        requested_by=MemberId("mem_1"), state=state, decided_at=NOW - timedelta(days=1),
    )  # fmt: skip


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("kind", list(COMMANDS))
def test_each_command_is_taken_in_its_states_and_refused_by_name_in_others(kind: type, state: State) -> None:
    if state in ALLOWED[kind]:
        (fact,) = decide(at(state), COMMANDS[kind], NOW)
        assert evolve(at(state), fact) != at(state)
        return
    with pytest.raises(Refused) as caught:
        decide(at(state), COMMANDS[kind], NOW)
    assert caught.value.slug == f"exclusion-{state.value}"


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("state", list(State))
def test_a_ballots_end_counts_only_while_it_is_awaited(state: State, outcome: Outcome) -> None:
    facts = decide(at(state), Conclude(outcome, NOW), NOW)
    assert bool(facts) is (state is State.ANNOUNCED)
    for fact in facts:
        after = evolve(at(state), fact)
        assert after.state is (State.PASSED if outcome is Outcome.PASSED else State.FAILED)
        assert after.decided_at == NOW


@pytest.mark.parametrize("state", list(State))
def test_it_becomes_moot_only_while_it_runs(state: State) -> None:
    facts = decide(at(state), BecomeMoot(), NOW)
    assert [evolve(at(state), fact).state for fact in facts] == ([State.MOOT] if state in RUNNING else [])


def test_membership_ends_at_the_moment_of_receipt_not_of_its_recording() -> None:
    """L2."""
    received = NOW - timedelta(hours=20)
    (fact,) = decide(at(State.PASSED), TakeEffect(received), NOW)
    assert evolve(at(State.PASSED), fact).effective_at == received
    for moment, slug in (
        (NOW + TICK, "receipt-in-future"),
        (NOW - timedelta(days=1, microseconds=1), "receipt-before-decision"),
    ):
        with pytest.raises(Refused) as caught:
            decide(at(State.PASSED), TakeEffect(moment), NOW)
        assert caught.value.slug == slug
