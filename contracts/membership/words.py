"""The words that several of membership's features share: motions, choices, evidence of receipt, roles, counts."""

from enum import StrEnum

from msgspec import Struct

SERVICE = "membership"


class Motion(StrEnum):
    """B1."""

    OBJECTION = "objection"
    """Silence is consent; fails when objections exceed the threshold."""
    APPROVAL = "approval"
    """Silence is no; passes when approvals exceed the threshold (or reach it, where the charter says so)."""


class Choice(StrEnum):
    """What a member can answer. An objection motion takes the first two and `abstain`, an approval the next two and
    `abstain`; an abstention counts as silence does, but is an answer and stops reminders."""

    NO_OBJECTION = "no-objection"
    OBJECT = "object"
    APPROVE = "approve"
    REJECT = "reject"
    ABSTAIN = "abstain"


class EvidenceKind(StrEnum):
    """T3: how a notice is known to have reached a member. The charter says which of them count as receipt."""

    OPENED_IN_PORTAL = "opened-in-portal"
    CONFIRMED_BY_LINK = "confirmed-by-link"
    ACCEPTED_BY_SERVER = "accepted-by-server"
    DELIVERY_REPORT = "delivery-report"
    LETTER = "letter"
    HANDED_OVER = "handed-over"
    RECORDED_BY_OFFICE = "recorded-by-office"


class AnswerWay(StrEnum):
    """A2: how an applicant's answer reached the office, where the applicant did not write it in the portal itself."""

    TELEPHONE = "telephone"
    LETTER = "letter"
    EMAIL = "email"
    IN_PERSON = "in-person"


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"


class Subject(StrEnum):
    """What a ballot is about."""

    ADMISSION = "admission"
    EXCLUSION = "exclusion"


class Role(StrEnum):
    """A person's function for a member (O3)."""

    REPRESENTATIVE = "representative"
    DEPUTY = "deputy"


class LeftBecause(StrEnum):
    RESIGNED = "resigned"
    EXCLUDED = "excluded"


class Threshold(Struct, frozen=True, kw_only=True):
    """B2: an exact fraction of the electorate."""

    numerator: int
    denominator: int
    reach: bool = False
    """False: the count must exceed the fraction; True: reaching it is enough."""


class Tally(Struct, frozen=True, kw_only=True):
    """Counts over the electorate; they add up to `electorate`."""

    electorate: int
    no_objection: int = 0
    object: int = 0
    approve: int = 0
    reject: int = 0
    abstain: int = 0
    silent: int = 0
    """Electors that have not answered."""
