"""How long a key is good, and how many there may be. No database."""

from datetime import datetime, timedelta

import pytest

from contracts.ids import ApiKeyId, MemberId, NetworkId, PersonId
from contracts.membership.access import Scope
from services.membership.access.rules import LONGEST, MOST, Key, check
from tests.membership.door import START, refused

SCOPES = [Scope.DIRECTORY]
LATER = START + timedelta(days=90)
MINE, ME = MemberId("mem_1"), PersonId("per_1")


def key(person: PersonId | None = None, revoked_at: datetime | None = None) -> Key:
    return Key(
        id=ApiKeyId("key_1"), network=NetworkId("bielefeld"), member=MINE, person=person, label="x", scopes=SCOPES,
        hint="fnk_abcd", client=None, created_at=START, expires_at=LATER, revoked_at=revoked_at,
    )  # fmt: skip


def test_a_key_is_good_until_the_instant_at_which_it_expires() -> None:
    assert key().good(LATER - timedelta(microseconds=1))
    assert not key().good(LATER)


def test_a_revoked_key_is_good_at_no_moment() -> None:
    for now in (START, START + timedelta(days=1), LATER):
        assert not key(revoked_at=START + timedelta(days=1)).good(now)


def test_a_members_key_is_shown_to_its_people_and_a_personal_one_to_its_person() -> None:
    other = PersonId("per_2")
    assert key().shown_to(MINE, ME)
    assert key().shown_to(MINE, other)
    assert key(person=ME).shown_to(MINE, ME)
    assert not key(person=ME).shown_to(MINE, other)
    assert not key().shown_to(MemberId("mem_2"), ME)
    assert not key(person=ME).shown_to(MemberId("mem_2"), ME)


def test_scopes_are_kept_once_in_the_order_given() -> None:
    given = [Scope.CHANGES, Scope.DIRECTORY, Scope.CHANGES]
    assert check(given, LATER, 0, START) == [Scope.CHANGES, Scope.DIRECTORY]


@pytest.mark.parametrize(
    ("expires_at", "slug"),
    [
        (START - timedelta(days=1), "expiry-in-past"),
        (START, "expiry-in-past"),
        (START + LONGEST + timedelta(microseconds=1), "expiry-too-late"),
    ],
)
def test_an_expiry_that_lies_in_the_past_or_too_far_ahead_is_refused(expires_at: datetime, slug: str) -> None:
    with refused(slug, 422):
        check(SCOPES, expires_at, 0, START)


def test_the_limits_themselves_are_allowed() -> None:
    assert timedelta(days=400) == LONGEST
    check(SCOPES, START + LONGEST, MOST - 1, START)
    check(SCOPES, START + timedelta(microseconds=1), 0, START)


def test_a_key_needs_a_scope_and_room() -> None:
    with refused("scope-needed", 422):
        check([], LATER, 0, START)
    with refused("too-many-keys", 409):
        check(SCOPES, LATER, MOST, START)
