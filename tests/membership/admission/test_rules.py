"""Admission's rules without any input or output: every command in every state (A1 to A6)."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.ids import ApplicationId, BallotId, MemberId, NetworkId
from contracts.membership.admission import ApplicationExpired
from contracts.membership.admission import ApplicationState as State
from contracts.membership.members import MemberJoined
from contracts.membership.words import Outcome
from contracts.request import Refused
from services.membership.admission.rules import (
    Announce,
    Application,
    Ask,
    Command,
    Conclude,
    Countersign,
    Decline,
    Expire,
    Supplement,
    Welcome,
    Withdraw,
    decide,
    evolve,
    lawful_state,
)

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
EXPIRES = NOW + timedelta(days=10)
TICK = timedelta(microseconds=1)
ALLOWED: dict[type, set[State]] = {
    Ask: {State.RECEIVED, State.QUESTIONED},
    Supplement: {State.QUESTIONED},
    Decline: {State.RECEIVED, State.QUESTIONED},
    Announce: {State.RECEIVED, State.QUESTIONED},
    Welcome: {State.PASSED},
    Countersign: {State.WELCOMED, State.EXPIRED},
    Withdraw: {State.RECEIVED, State.QUESTIONED, State.ANNOUNCED, State.PASSED, State.WELCOMED},
}
COMMANDS: dict[type, Command] = {
    Ask: Ask(),
    Supplement: Supplement(),
    Decline: Decline(),
    Announce: Announce(BallotId("bal_1")),
    Welcome: Welcome(EXPIRES, []),
    Countersign: Countersign(NOW, MemberId("mem_1")),
    Withdraw: Withdraw(),
}


def at(state: State) -> Application:
    return Application(
        id=ApplicationId("app_1"), network=NetworkId("bielefeld"), state=state, welcomed_at=NOW, expires_at=EXPIRES
    )


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("kind", list(COMMANDS))
def test_each_command_is_taken_in_its_states_and_refused_by_name_in_others(kind: type, state: State) -> None:
    if state in ALLOWED[kind]:
        (fact,) = decide(at(state), COMMANDS[kind], NOW)
        assert evolve(at(state), fact, NOW).state in (set(State) - {state} if kind is not Ask else {State.QUESTIONED})
        return
    with pytest.raises(Refused) as caught:
        decide(at(state), COMMANDS[kind], NOW)
    assert caught.value.slug == f"application-{state.value}"


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("state", list(State))
def test_a_ballots_end_counts_only_while_it_is_awaited(state: State, outcome: Outcome) -> None:
    """Closing is harmless when repeated, and late after a withdrawal."""
    ended = NOW - timedelta(days=1)
    facts = decide(at(state), Conclude(outcome, ended), NOW)
    if state is not State.ANNOUNCED:
        assert facts == []
        return
    after = evolve(at(state), facts[0], NOW)
    assert after.state is (State.PASSED if outcome is Outcome.PASSED else State.REJECTED)
    assert after.decided_at == ended


@pytest.mark.parametrize(
    ("received", "slug"),
    [
        (NOW - TICK, "receipt-before-welcome"),
        (NOW, None),
        (EXPIRES - TICK, None),
        (EXPIRES, "receipt-after-expiry"),
        (EXPIRES + timedelta(days=5), "receipt-in-future"),
    ],
)
@pytest.mark.parametrize("state", [State.WELCOMED, State.EXPIRED])
def test_the_copys_moment_decides_whatever_a_timer_did(state: State, received: datetime, slug: str | None) -> None:
    """A4, T4: the same answer whether or not the expiry has been noted."""
    command, later = Countersign(received, MemberId("mem_1")), EXPIRES + timedelta(days=1)
    if slug is None:
        (fact,) = decide(at(state), command, later)
        assert isinstance(fact, MemberJoined)
        assert fact.effective_at == received
        return
    with pytest.raises(Refused) as caught:
        decide(at(state), command, later)
    assert caught.value.slug == slug


def test_the_expiry_comes_at_its_instant_once_and_says_the_laws_moment() -> None:
    assert decide(at(State.WELCOMED), Expire(), EXPIRES - TICK) == []
    (fact,) = decide(at(State.WELCOMED), Expire(), EXPIRES + timedelta(days=3))
    assert isinstance(fact, ApplicationExpired)
    assert fact.effective_at == EXPIRES
    assert decide(evolve(at(State.WELCOMED), fact, EXPIRES), Expire(), EXPIRES) == []


def test_an_expired_application_is_expired_before_any_timer_ran() -> None:
    """T4."""
    assert lawful_state(at(State.WELCOMED), EXPIRES - TICK) is State.WELCOMED
    assert lawful_state(at(State.WELCOMED), EXPIRES) is State.EXPIRED
    with pytest.raises(Refused) as caught:
        decide(at(State.WELCOMED), Withdraw(), EXPIRES)
    assert caught.value.slug == "application-expired"
