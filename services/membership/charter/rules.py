"""The charter: a network's rules as data, read from TOML text. Pure.

`load` gives a charter that contradicts itself nowhere, or says line by line what is wrong. Rules of the text's form are
in `reading`; here stand the fields and what they demand of each other.
"""

import tomllib
from datetime import time
from typing import Any
from zoneinfo import available_timezones

from msgspec import Struct

from contracts.membership.words import EvidenceKind, Motion, Threshold
from contracts.texts import Phrase, phrase
from contracts.texts import marked as _
from services.membership.charter.lines import line_in, lines_of
from services.membership.charter.reading import CharterError, CharterErrors, Reading
from services.membership.windows.counting import COUNTINGS, REGIONS

__all__ = ["BY_OFFICE", "Charter", "CharterError", "CharterErrors", "load"]

BY_OFFICE = (EvidenceKind.LETTER, EvidenceKind.HANDED_OVER, EvidenceKind.RECORDED_BY_OFFICE)
"""Evidence that a person can know and the office records (T2). The other kinds come from the channels."""

LANGUAGES = ("de", "en", "nl", "da")
LONGEST_TEXT = 100_000
"""Characters."""


class Time(Struct, frozen=True, kw_only=True):
    """T1."""

    zone: str
    """IANA name."""
    counting: str
    """A name in `windows.counting.COUNTINGS`."""
    region: str
    """A name in `windows.counting.REGIONS`."""


class Receipt(Struct, frozen=True, kw_only=True):
    """T3."""

    counts: tuple[EvidenceKind, ...]


class Admission(Struct, frozen=True, kw_only=True):
    """A1 to A4."""

    fields: tuple[str, ...]
    """Fields of work that are open to admission."""
    motion: Motion
    threshold: Threshold
    window_days: int
    countersign_days: int
    """Days after the welcome in which the applicant's signed copy must come."""
    reminder_days: tuple[int, ...]
    """Days after the welcome on which the applicant is reminded."""


class Exclusion(Struct, frozen=True, kw_only=True):
    """L2, B3."""

    motion: Motion
    threshold: Threshold
    window_days: int
    concerned_votes: bool


class Ballots(Struct, frozen=True, kw_only=True):
    change_allowed: bool
    """B4."""
    full_window: bool
    """B5."""
    secret: bool
    """B7."""
    deputy_may_override: bool
    """A deputy may vote against the standing vote of the representative."""


class Reminders(Struct, frozen=True, kw_only=True):
    """N6."""

    days: tuple[int, ...]
    """Days after the member's receipt."""
    last_morning: time
    """Local time of every reminder, also of the one on the last day."""
    receipt_days: tuple[int, ...]
    """Days after the announcement on which a member without receipt is asked to confirm it."""


class Charter(Struct, frozen=True, kw_only=True):
    name: str
    languages: tuple[str, ...]
    """The first is the one that is spoken where nobody's wish is known."""
    time: Time
    receipt: Receipt
    admission: Admission
    exclusion: Exclusion
    ballots: Ballots
    reminders: Reminders


_KNOWN: dict[str, tuple[str, ...]] = {
    "": ("name", "languages"),
    "time": ("zone", "counting", "region"),
    "receipt": ("counts",),
    "admission": (
        "fields", "motion", "threshold", "reach", "window_days", "countersign_days", "reminder_days",
    ),
    "exclusion": ("motion", "threshold", "reach", "window_days", "concerned_votes"),
    "ballots": ("change_allowed", "full_window", "secret", "deputy_may_override"),
    "reminders": ("days", "last_morning", "receipt_days"),
}  # fmt: skip


def load(text: str) -> Charter:
    """A charter from TOML text. Raises `CharterErrors` with every error's line, field, slug and sentence."""
    content = _decode(text)
    reading = Reading(content, lines_of(text))
    for section in filter(None, _KNOWN):
        if section not in content:
            reading.complain(section, "section-missing", phrase("The section [{section}] is missing.", section=section))
    reading.refuse_unknown(_KNOWN)
    charter = _read(reading)
    _refuse_contradictions(charter, reading)
    if reading.errors:
        raise CharterErrors(reading.errors)
    return charter


def _decode(text: str) -> dict[str, Any]:
    if len(text) > LONGEST_TEXT:
        raise _malformed(1, "charter-too-long", phrase("A charter has at most {most} characters.", most=LONGEST_TEXT))
    try:
        return tomllib.loads(text)
    except RecursionError:
        says = phrase("The text is nested too deeply; a charter needs no nesting.")
        raise _malformed(1, "toml-malformed", says) from None
    except ValueError as fault:
        line = line_in(str(fault), text)
        if "overwrite" in str(fault) or "twice" in str(fault):
            raise _malformed(line, "field-twice", phrase("This field or section stands twice.")) from None
        says = phrase("This is not TOML. Look at the quotation marks, the brackets and the equals sign of this line.")
        raise _malformed(line, "toml-malformed", says) from None


def _malformed(line: int, slug: str, says: Phrase) -> CharterErrors:
    return CharterErrors([CharterError(line=line, field="", slug=slug, says=says)])


def _read(reading: Reading) -> Charter:
    return Charter(
        name=reading.text("name"),
        languages=tuple(reading.texts("languages", LANGUAGES)),
        time=Time(
            zone=reading.one_of("time.zone", available_timezones()),
            counting=reading.one_of("time.counting", COUNTINGS),
            region=reading.one_of("time.region", REGIONS),
        ),
        receipt=Receipt(counts=tuple(reading.kinds("receipt.counts", EvidenceKind))),
        admission=_admission(reading),
        exclusion=Exclusion(
            motion=_motion(reading, "exclusion.motion"),
            threshold=reading.threshold("exclusion.threshold", "exclusion.reach"),
            window_days=reading.days("exclusion.window_days"),
            concerned_votes=reading.flag("exclusion.concerned_votes", default=False),
        ),
        ballots=Ballots(
            change_allowed=reading.flag("ballots.change_allowed"),
            full_window=reading.flag("ballots.full_window"),
            secret=reading.flag("ballots.secret"),
            deputy_may_override=reading.flag("ballots.deputy_may_override", default=False),
        ),
        reminders=Reminders(
            days=tuple(reading.day_list("reminders.days")),
            last_morning=reading.time_of_day("reminders.last_morning"),
            receipt_days=tuple(reading.day_list("reminders.receipt_days")),
        ),
    )


def _admission(reading: Reading) -> Admission:
    return Admission(
        fields=tuple(reading.texts("admission.fields")),
        motion=_motion(reading, "admission.motion"),
        threshold=reading.threshold("admission.threshold", "admission.reach"),
        window_days=reading.days("admission.window_days"),
        countersign_days=reading.days("admission.countersign_days"),
        reminder_days=tuple(reading.day_list("admission.reminder_days")),
    )


def _motion(reading: Reading, field: str) -> Motion:
    name = reading.one_of(field, [motion.value for motion in Motion])
    return Motion(name) if name else Motion.APPROVAL


def _refuse_contradictions(charter: Charter, reading: Reading) -> None:
    _refuse_foreign_counting(charter, reading)
    _refuse_late_reminders(charter, reading)
    _refuse_endless_ballots(charter, reading)
    if charter.ballots.deputy_may_override and not charter.ballots.change_allowed:
        reading.complain(
            "ballots.deputy_may_override", "contradiction",
            phrase(
                "A deputy cannot override a vote that nobody may change: set change_allowed = true or this to false."
            ),
        )  # fmt: skip


def _refuse_foreign_counting(charter: Charter, reading: Reading) -> None:
    wanted = REGIONS.get(charter.time.region)
    if wanted and charter.time.counting and wanted != charter.time.counting:
        reading.complain(
            "time.counting", "contradiction",
            phrase(
                "The counting rule “{counting}” does not know the holidays of {region}; take “{wanted}” or another"
                " region.",
                counting=charter.time.counting, region=charter.time.region, wanted=wanted,
            ),
        )  # fmt: skip


def _refuse_endless_ballots(charter: Charter, reading: Reading) -> None:
    """T2: a ballot waits for every receipt, so some kind must count that the office can record."""
    counts = charter.receipt.counts
    if counts and not set(counts) & set(BY_OFFICE):
        reading.complain(
            "receipt.counts", "contradiction",
            phrase(
                "Nothing counts that the office can record, so a member whom no message reaches would keep every ballot"
                " open: add one of {kinds}.",
                kinds=", ".join(BY_OFFICE),
            ),
        )  # fmt: skip


def _refuse_late_reminders(charter: Charter, reading: Reading) -> None:
    shortest = min(charter.admission.window_days, charter.exclusion.window_days)
    checks = (
        ("reminders.days", charter.reminders.days, shortest, _("the shortest window")),
        ("admission.reminder_days", charter.admission.reminder_days, charter.admission.countersign_days,
         _("the time for the countersignature")),
    )  # fmt: skip
    for field, days, most, what in checks:
        if most and days and days[-1] > most:
            says = phrase("Day {day} lies after the end of {what} ({most} days).", day=days[-1], what=what, most=most)
            reading.complain(field, "reminder-after-end", says)
