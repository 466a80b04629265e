"""Inbox, answers, leases, clocks and ids."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from msgspec import Raw

from contracts.ids import MemberId, NetworkId
from contracts.request import Actor, Call
from services.chassis import answers, clock, ids, inbox, leases, schema
from services.chassis.database import Database
from services.chassis.problems import Refused
from services.chassis.transaction import Transaction
from tests.chassis import ledger
from tests.chassis.ledger import BIELEFELD, NOON

ERIKA = Actor(issuer="https://id.example", subject="erika")


def call(key: str | None = "k1", body: bytes = b'{"n":1}', actor: Actor | None = ERIKA) -> Call:
    return Call(at=NOON, until=NOON + timedelta(seconds=2), actor=actor, key=key, body=Raw(body))


class Runs:
    """Counts how often a command really ran."""

    def __init__(self, outcome: Callable[[], bytes] = lambda: b"answer") -> None:
        self.number = 0
        self.outcome = outcome

    def __call__(self) -> bytes:
        self.number += 1
        return self.outcome()


async def test_a_message_is_first_once_for_each_listener(database: Database) -> None:
    assert await database.write(inbox.first, "/local/membership#1", "notices")
    assert not await database.write(inbox.first, "/local/membership#1", "notices")
    assert await database.write(inbox.first, "/local/membership#1", "members")


async def test_a_message_whose_effect_failed_is_first_again(database: Database) -> None:
    def fail(tx: Transaction) -> None:
        assert inbox.first(tx, "m", "l")
        raise Refused("no", "No.")

    with pytest.raises(Refused):
        await database.write(fail)
    assert await database.write(inbox.first, "m", "l")


async def test_a_message_that_comes_many_times_at_once_is_first_once(database: Database) -> None:
    seen = await asyncio.gather(*(database.write(inbox.first, "m", "l") for _ in range(20)))
    assert sum(seen) == 1


async def test_the_same_key_gives_the_first_answer_without_running_again(database: Database) -> None:
    runs = Runs()
    for _ in range(3):
        assert await database.write(answers.once, call(), "cast-vote", runs) == b"answer"
    assert runs.number == 1


@pytest.mark.parametrize(
    "changed", [call(body=b'{"n":2}'), call(actor=Actor(issuer=ERIKA.issuer, subject="erika", member=MemberId("m2")))]
)
async def test_the_same_key_with_other_content_is_refused(database: Database, changed: Call) -> None:
    runs = Runs()
    await database.write(answers.once, call(), "cast-vote", runs)
    with pytest.raises(Refused) as refusal:
        await database.write(answers.once, changed, "cast-vote", runs)
    assert (refusal.value.slug, refusal.value.problem.status) == ("idempotency-key-reused", 422)
    assert runs.number == 1


async def test_another_actor_or_method_may_use_the_same_key(database: Database) -> None:
    runs = Runs()
    await database.write(answers.once, call(), "cast-vote", runs)
    await database.write(answers.once, call(), "record-receipt", runs)
    await database.write(answers.once, call(actor=Actor(issuer="https://id.example", subject="max")), "cast-vote", runs)
    await database.write(answers.once, call(actor=None), "cast-vote", runs)
    assert runs.number == 4


async def test_a_refusal_is_judged_anew_and_no_key_means_no_memory(database: Database) -> None:
    def refuse() -> bytes:
        raise Refused("window-closed", "Too late.")

    runs = Runs(refuse)
    for _ in range(2):
        with pytest.raises(Refused, match="window-closed"):
            await database.write(answers.once, call(), "cast-vote", runs)
    runs.outcome = lambda: b"yes"
    assert await database.write(answers.once, call(), "cast-vote", runs) == b"yes"
    assert await database.write(answers.once, call(key=None), "cast-vote", runs) == b"yes"
    assert await database.write(answers.once, call(key=None), "cast-vote", runs) == b"yes"
    assert runs.number == 5


async def test_one_command_that_comes_many_times_at_once_has_one_effect(database: Database) -> None:
    await ledger.prepare(database)
    await database.write(ledger.add, "c1")

    def unit(tx: Transaction) -> bytes:
        return answers.once(tx, call(), "raise", lambda: str(ledger.raise_(tx, "c1")).encode())

    assert set(await asyncio.gather(*(database.write(unit) for _ in range(20)))) == {b"1"}
    assert await database.read(ledger.values) == {"c1": 1}


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_that_is_no_key_is_refused(database: Database, key: str) -> None:
    with pytest.raises(Refused, match="idempotency-key-invalid"):
        await database.write(answers.once, call(key=key), "cast-vote", Runs())


async def test_old_answers_are_forgotten(database: Database) -> None:
    runs = Runs()
    await database.write(answers.once, call(), "cast-vote", runs)
    assert await database.write(answers.forget, NOON) == 0
    assert await database.write(answers.forget, NOON + timedelta(days=1)) == 1


async def test_a_lease_passes_on_when_it_ends_and_the_old_token_counts_no_more(database: Database) -> None:
    length = timedelta(seconds=10)
    mine = await database.write(leases.acquire, "work", "one", NOON, length)
    assert mine is not None
    assert await database.write(leases.acquire, "work", "other", NOON + length / 2, length) is None
    assert await database.write(leases.acquire, "work", "one", NOON + length / 2, length) == mine

    theirs = await database.write(leases.acquire, "work", "other", NOON + length * 2, length)
    assert theirs is not None
    assert theirs.token == mine.token + 1
    with pytest.raises(leases.LeaseLostError):
        await database.write(leases.confirm, mine)
    await database.write(leases.confirm, theirs)


async def test_a_released_lease_is_free_at_once(database: Database) -> None:
    mine = await database.write(leases.acquire, "work", "one", NOON, timedelta(hours=1))
    assert mine is not None
    await database.write(leases.release, mine, NOON)
    assert await database.write(leases.acquire, "work", "other", NOON, timedelta(hours=1)) is not None


async def test_a_test_clock_counts_in_its_network_only(database: Database) -> None:
    other = NetworkId("gent")
    await database.write(clock.set_test_clock, BIELEFELD, NOON)
    real = datetime(2030, 1, 1, tzinfo=UTC)
    assert await database.read(clock.moment, BIELEFELD, real) == NOON
    assert await database.read(clock.moment, other, real) == real
    await database.write(clock.set_test_clock, BIELEFELD, NOON + timedelta(days=1))
    assert await database.read(clock.moment, BIELEFELD, real) == NOON + timedelta(days=1)


def test_the_system_clock_speaks_utc() -> None:
    assert clock.now().tzinfo is UTC


def test_ids_ascend_and_have_the_agreed_form() -> None:
    made = [ids.new("bal") for _ in range(2000)]
    assert made == sorted(set(made))
    assert all(len(one) == 30 and one.startswith("bal_") and one[4:].isalnum() and one.islower() for one in made)


def test_a_secret_fits_into_an_address() -> None:
    assert len({ids.secret() for _ in range(100)}) == 100
    assert len(ids.secret()) == 32
    assert ids.secret().replace("-", "").replace("_", "").isalnum()


async def test_an_answer_that_is_shown_once_is_neither_kept_nor_given_again(database: Database) -> None:
    """A repetition changes nothing; other content under the same key is told apart as ever."""
    runs = Runs(lambda: b'{"secret":"fnk_1"}')
    once = partial(answers.once, shown_once=True)
    assert await database.write(once, call(), "issue-key", runs) == b'{"secret":"fnk_1"}'
    for _ in range(2):
        with pytest.raises(Refused) as refusal:
            await database.write(once, call(), "issue-key", runs)
        assert (refusal.value.slug, refusal.value.problem.status) == ("answer-shown-once", 409)
    with pytest.raises(Refused, match="idempotency-key-reused"):
        await database.write(once, call(body=b'{"n":2}'), "issue-key", runs)
    assert runs.number == 1
    rows = await database.read(lambda tx: [row.answer for row in tx.execute(schema.answers.select())])
    assert rows == [b""]


async def test_of_many_copies_at_once_one_is_shown_what_is_shown_once(database: Database) -> None:
    runs = Runs(lambda: b"secret")
    once = partial(answers.once, shown_once=True)
    outcomes = await asyncio.gather(
        *(database.write(once, call(), "issue-key", runs) for _ in range(10)), return_exceptions=True
    )
    assert outcomes.count(b"secret") == 1
    assert {each.slug for each in outcomes if isinstance(each, Refused)} == {"answer-shown-once"}
    assert not [each for each in outcomes if isinstance(each, BaseException) and not isinstance(each, Refused)]
