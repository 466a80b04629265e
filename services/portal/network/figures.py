"""What the charter's thresholds mean with the present number of members (B2). Exact fractions, never floats."""

import tomllib
from fractions import Fraction
from math import ceil, floor
from typing import Any

import msgspec
from msgspec import Struct

from contracts.membership.words import Motion, Subject
from contracts.texts import Marked
from contracts.texts import marked as _

_SENTENCES: dict[tuple[Subject, Motion], Marked] = {
    (Subject.ADMISSION, Motion.OBJECTION): _(
        "An admission is rejected if {needed} or more of {electorate} members object."
    ),
    (Subject.ADMISSION, Motion.APPROVAL): _("An admission passes if {needed} or more of {electorate} members approve."),
    (Subject.EXCLUSION, Motion.OBJECTION): _(
        "An exclusion is rejected if {needed} or more of {electorate} members object."
    ),
    (Subject.EXCLUSION, Motion.APPROVAL): _("An exclusion passes if {needed} or more of {electorate} members approve."),
}


class Figure(Struct, frozen=True, kw_only=True):
    sentence: Marked
    needed: int
    electorate: int


class _Rule(Struct, frozen=True, kw_only=True):
    motion: Motion
    threshold: str
    reach: bool = False
    window_days: int
    concerned_votes: bool = False


def figures(charter: str, members: int) -> list[Figure]:
    """For an admission and an exclusion, were they opened now. Empty for a charter that says it otherwise."""
    try:
        found: dict[str, Any] = tomllib.loads(charter)
        rules = {subject: msgspec.convert(found[subject.value], _Rule) for subject in Subject}
        return [_figure(subject, rule, members) for subject, rule in rules.items()]
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, KeyError, ValueError, ZeroDivisionError):
        return []


def _figure(subject: Subject, rule: _Rule, members: int) -> Figure:
    concerned = 1 if subject is Subject.EXCLUSION and not rule.concerned_votes else 0
    electorate = max(members - concerned, 0)
    return Figure(sentence=_SENTENCES[subject, rule.motion], needed=needed(electorate, rule), electorate=electorate)


def needed(electorate: int, rule: _Rule) -> int:
    """More than the fraction; where the charter says so, reaching it is enough."""
    share = Fraction(rule.threshold) * electorate
    return ceil(share) if rule.reach else floor(share) + 1
