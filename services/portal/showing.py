"""Values in words, for templates: `{{ ballot.motion | word }}`, `{{ "answer" | word("inbox") }}`."""

from collections.abc import Callable
from enum import Enum
from typing import Any

from contracts.membership.words import Choice, EvidenceKind, LeftBecause, Motion, Outcome, Role, Subject
from contracts.texts import marked as _
from services.chassis import texts
from services.portal import days

WORDS: dict[str, dict[str, str]] = {
    "motion": {
        Motion.OBJECTION: _("Objection procedure: silence is consent"),
        Motion.APPROVAL: _("Approval procedure: silence is no"),
    },
    "choice": {
        Choice.NO_OBJECTION: _("No objection"),
        Choice.OBJECT: _("Objection"),
        Choice.APPROVE: _("Approval"),
        Choice.REJECT: _("Rejection"),
        Choice.ABSTAIN: _("Abstention"),
    },
    "evidencekind": {
        EvidenceKind.OPENED_IN_PORTAL: _("Opened in the portal"),
        EvidenceKind.CONFIRMED_BY_LINK: _("Confirmed by the link in the e-mail"),
        EvidenceKind.ACCEPTED_BY_SERVER: _("Accepted by the mail server"),
        EvidenceKind.DELIVERY_REPORT: _("Delivery report"),
        EvidenceKind.LETTER: _("Letter"),
        EvidenceKind.HANDED_OVER: _("Handed over in person"),
        EvidenceKind.RECORDED_BY_OFFICE: _("Recorded by the office"),
    },
    "outcome": {Outcome.PASSED: _("Passed"), Outcome.FAILED: _("Not passed")},
    "subject": {Subject.ADMISSION: _("Admission"), Subject.EXCLUSION: _("Exclusion")},
    "role": {Role.REPRESENTATIVE: _("Representative"), Role.DEPUTY: _("Deputy"), "applicant": _("Applicant")},
    "leftbecause": {LeftBecause.RESIGNED: _("Resigned"), LeftBecause.EXCLUDED: _("Excluded")},
}
"""By the kind's name in lower case, then by value. Features add theirs: `WORDS["channel"] = {…}`."""


def filters(locale: str) -> dict[str, Callable[..., Any]]:
    said = texts.of("services.portal")

    def word(value: Any, kind: str = "") -> str:
        """What the value is called; the value itself where nobody named it."""
        known = WORDS.get(kind or type(value).__name__.lower(), {})
        plain = value.value if isinstance(value, Enum) else str(value)
        return said.translate(locale, known[plain]) if plain in known else plain

    def said_of(text: str, **words: object) -> str:
        """A marked text that was chosen in Python."""
        return said.translate(locale, text, **words)

    def as_day(written: str) -> str:
        return days.as_day(locale, written)

    def as_clock(written: str) -> str:
        return days.as_clock(locale, written)

    return {"word": word, "said": said_of, "as_day": as_day, "as_clock": as_clock}
