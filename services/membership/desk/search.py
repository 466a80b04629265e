"""Search within rights (P9, G3): only what the asking person may read anyway. One kind after the other."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Literal

from msgspec import Struct

from contracts.ids import NetworkId
from contracts.membership.desk import Hit
from contracts.membership.words import Subject
from contracts.request import Refused
from services.chassis.database import Transaction
from services.membership.admission import handlers as admission
from services.membership.folding import folded
from services.membership.leaving import handlers as leaving
from services.membership.members import handlers as members
from services.membership.profiles import handlers as profiles

Position = tuple[int, str, str]
"""The source, and the last hit's key and id in it."""
SHORTEST, LONGEST = 2, 100
MOST_WORDS = 10


class Question(Struct, frozen=True, kw_only=True):
    network: NetworkId
    words: Sequence[str]
    office: bool
    now: datetime


class Found(Struct, frozen=True, kw_only=True):
    position: Position
    hit: Hit


_Source = Callable[[Transaction, Question, str, str, int], Iterator[tuple[str, Hit]]]
"""Asked from a key and an id on; gives hits with their keys."""


def words(q: str) -> list[str]:
    """Every one must occur, in any order. Raises Refused `query-too-short`, `query-too-long` (422)."""
    if len(q) > LONGEST:
        detail = "Search for at most {most} characters."
        raise Refused("query-too-long", detail, status=422, field="/q", words={"most": LONGEST})
    found = list(dict.fromkeys(folded(q).split()))
    if len(q.strip()) < SHORTEST or not found:
        detail = "Search for at least {least} characters."
        raise Refused("query-too-short", detail, status=422, field="/q", words={"least": SHORTEST})
    return found[:MOST_WORDS]


def after(tx: Transaction, question: Question, position: Position, most: int) -> list[Found]:
    """Hits from a position on."""
    return list(islice(_hits(tx, question, position, most), most))


def _hits(tx: Transaction, question: Question, position: Position, most: int) -> Iterator[Found]:
    first, key, last = position
    for number, source in enumerate(_SOURCES):
        if number >= first:
            at = (key, last) if number == first else ("", "")
            for found, hit in source(tx, question, *at, most):
                yield Found(position=(number, found, hit.id), hit=hit)


def _members(
    tx: Transaction, question: Question, key: str, last: str, most: int, *, former: bool = False
) -> Iterator[tuple[str, Hit]]:
    kind: Literal["member", "former-member"] = "former-member" if former else "member"
    for found, member in members.members_with(
        tx, question.network, question.words, former=former, now=question.now, after=(key, last), most=most
    ):
        yield found, Hit(kind=kind, id=member.id, title=member.name, detail=member.kind)


def _former_members(tx: Transaction, question: Question, key: str, last: str, most: int) -> Iterator[tuple[str, Hit]]:
    return _members(tx, question, key, last, most, former=True)


def _people(tx: Transaction, question: Question, _key: str, last: str, most: int) -> Iterator[tuple[str, Hit]]:
    for person in members.people_with(tx, question.network, question.words, now=question.now, after=last, most=most):
        yield "", Hit(kind="person", id=person.id, title=person.name, detail=person.member_name, member=person.member)


def _offers(tx: Transaction, question: Question, key: str, last: str, most: int) -> Iterator[tuple[str, Hit]]:
    found = profiles.with_words(tx, question.network, question.words, (key, last), most)
    names = members.names(tx, question.network, {offer.member for offer in found})
    for offer in found:
        hit = Hit(
            kind="offer", id=offer.id, title=offer.details.title, detail=names.get(offer.member, ""),
            member=offer.member,
        )  # fmt: skip
        yield offer.title_key, hit


def _applications(tx: Transaction, question: Question, _key: str, last: str, most: int) -> Iterator[tuple[str, Hit]]:
    """A2: members see them from the announcement on, the office as soon as they are received."""
    for stored in admission.with_words(tx, question.network, question.words, last, most, unannounced=question.office):
        texts = stored.texts
        yield "", Hit(kind="application", id=stored.application.id, title=texts.name, detail=texts.field_of_work)


def _admission_ballots(
    tx: Transaction, question: Question, key: str, _last: str, most: int
) -> Iterator[tuple[str, Hit]]:
    for stored in admission.with_words(tx, question.network, question.words, key, most, unannounced=False):
        if stored.application.ballot is not None:
            hit = Hit(
                kind="ballot", id=stored.application.ballot, title=stored.texts.name, detail=Subject.ADMISSION.value
            )
            yield stored.application.id, hit


def _exclusions(tx: Transaction, question: Question, _key: str, last: str, most: int) -> Iterator[tuple[str, Hit]]:
    found = leaving.with_words(tx, question.network, question.words, last, most)
    names = members.names(tx, question.network, {stored.exclusion.concerned for stored in found})
    for stored in found:
        concerned = stored.exclusion.concerned
        hit = Hit(kind="exclusion", id=stored.exclusion.id, title=names.get(concerned, ""), member=concerned)
        yield "", hit


def _exclusion_ballots(
    tx: Transaction, question: Question, key: str, _last: str, most: int
) -> Iterator[tuple[str, Hit]]:
    found = leaving.with_words(tx, question.network, question.words, key, most, announced=True)
    names = members.names(tx, question.network, {stored.exclusion.concerned for stored in found})
    for stored in found:
        if stored.exclusion.ballot is not None:
            title = names.get(stored.exclusion.concerned, "")
            hit = Hit(kind="ballot", id=stored.exclusion.ballot, title=title, detail=Subject.EXCLUSION.value)
            yield stored.exclusion.id, hit


_SOURCES: tuple[_Source, ...] = (
    _members, _former_members, _people, _offers, _applications, _exclusions, _admission_ballots, _exclusion_ballots,
)  # fmt: skip
