"""Who is told, of which fact, and why (N1). Pure: a fact and what is known give the notices that are due.

The service knows no law: dates, counts and outcomes come with the facts.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct, structs

from contracts.event import Fact
from contracts.ids import ApplicationId, MemberId, NoticeId, PersonId
from contracts.membership.access import PersonInvited
from contracts.membership.admission import (
    ApplicantWelcomed,
    ApplicationDeclined,
    ApplicationExpired,
    ApplicationPassed,
    ApplicationQuestioned,
    ApplicationReceived,
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationSupplemented,
    ApplicationWithdrawn,
)
from contracts.membership.ballots import BallotCancelled, BallotClosed, BallotOpened
from contracts.membership.leaving import ExclusionPassed, ExclusionRequested, ResignationDeclared
from contracts.membership.networks import DirectoryIssued
from contracts.membership.words import Motion, Outcome, Role, Subject, Tally, Threshold
from contracts.notifications.notices import NoticeState
from contracts.notifications.words import Purpose


class Addressee(StrEnum):
    """To whom a notice goes. The person and the address are looked up when it is sent."""

    MEMBER = "member"
    """The member's representative or, while that function is vacant, its deputy."""
    DEPUTY = "deputy"
    OFFICE = "office"
    APPLICANT = "applicant"
    PERSON = "person"
    """One person of the member, whom the content names."""


class Content(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the text says beside names: ids, dates and numbers. Stored with the notice."""

    subject: Subject | None = None
    application: ApplicationId | None = None
    concerned: MemberId | None = None
    """The member that the notice speaks of (exclusion, resignation, a member without receipt)."""
    motion: Motion | None = None
    threshold: Threshold | None = None
    electorate: int | None = None
    window_days: int | None = None
    ends_at: datetime | None = None
    """Exclusive."""
    last_day: date | None = None
    outcome: Outcome | None = None
    needed: int | None = None
    tally: Tally | None = None
    effective_at: datetime | None = None
    early: bool = False
    cancelled: str | None = None
    """`withdrawn` or `moot`."""
    edition: int | None = None
    as_of: datetime | None = None
    expires_at: datetime | None = None
    number: int | None = None
    """The how manieth reminder, from 1."""
    last: bool = False
    task: str | None = None
    """What waits for the office: a key of the texts."""
    person: PersonId | None = None
    """Whom it is for, where it goes to one person and not to a function."""
    role: Role | None = None
    """The function to which the person is invited."""
    asked: int | None = None
    """The version of the person's settings that brought the address to be confirmed."""


class Planned(Struct, frozen=True, kw_only=True):
    """One notice that is due: one addressee, one message."""

    purpose: Purpose
    about: str
    addressee: Addressee
    member: MemberId | None = None
    content: Content = Content()
    reminder_of: NoticeId | None = None


class Known(Struct, frozen=True, kw_only=True):
    """What the projection says about the fact's surroundings."""

    present: list[MemberId] = []
    """Members of the network, for what is told to all."""
    electors: list[MemberId] = []
    """Electors of the fact's ballot that have not left."""
    ballot: Content = Content()
    """What the fact's ballot is about."""
    ballot_id: str = ""


LEGALLY_RELEVANT = frozenset(
    {Purpose.ADMISSION_BALLOT, Purpose.EXCLUSION_BALLOT, Purpose.RECEIPT_REMINDER, Purpose.EXCLUSION_MESSAGE}
)
"""Receipt of these sets something going: each carries a link to confirm it, and none can be switched off (N2)."""

LINKED = LEGALLY_RELEVANT | {
    Purpose.BALLOT_REMINDER, Purpose.APPLICATION_CONFIRMATION, Purpose.APPLICATION_RECEIVED,
    Purpose.APPLICATION_QUESTION, Purpose.APPLICATION_WELCOME, Purpose.APPLICATION_REMINDER, Purpose.INVITATION,
    Purpose.REDIRECT_CONFIRMATION,
}  # fmt: skip
"""These carry a link (N5): it opens what they are about, without sign-in."""

TO_ALL = frozenset(
    {Purpose.ADMISSION_BALLOT, Purpose.EXCLUSION_BALLOT, Purpose.BALLOT_RESULT, Purpose.RESIGNATION, Purpose.DIRECTORY}
)
"""What goes to all members, or to all that decide: a mailing, whose progress the office sees (P7)."""

BALLOT_NOTICES = frozenset({Purpose.ADMISSION_BALLOT, Purpose.EXCLUSION_BALLOT})
REMINDERS = frozenset({Purpose.BALLOT_REMINDER, Purpose.RECEIPT_REMINDER, Purpose.APPLICATION_REMINDER})


def planned(fact: Fact, known: Known) -> list[Planned]:  # noqa: C901 - the table of contents of N1
    """The notices that a fact asks for; none for facts that concern nobody."""
    match fact:
        case BallotOpened():
            return _to_members(fact.electors, _ballot_purpose(fact.subject), fact.ballot, known.ballot)
        case BallotClosed():
            return _results(fact, known)
        case BallotCancelled():
            cancelled = structs.replace(known.ballot, cancelled=fact.because, effective_at=fact.effective_at)
            return _to_members(known.electors, Purpose.BALLOT_RESULT, fact.ballot, cancelled)
        case ExclusionPassed():
            content = Content(
                subject=Subject.EXCLUSION,
                concerned=fact.concerned,
                outcome=Outcome.PASSED,
                effective_at=fact.effective_at,
            )
            return _to_members([fact.concerned], Purpose.EXCLUSION_MESSAGE, fact.exclusion, content)
        case ExclusionRequested():
            return [_task("announce-exclusion", fact.exclusion, Content(concerned=fact.concerned))]
        case ResignationDeclared():
            others = [member for member in known.present if member != fact.member]
            content = Content(concerned=fact.member, effective_at=fact.effective_at)
            return _to_members(others, Purpose.RESIGNATION, fact.member, content)
        case DirectoryIssued():
            content = Content(edition=fact.edition, as_of=fact.as_of)
            return _to_members(fact.recipients, Purpose.DIRECTORY, fact.network, content)
        case ApplicationSubmitted():
            expires_at = fact.lapses_at
            return [_to_applicant(Purpose.APPLICATION_CONFIRMATION, fact.application, expires_at=expires_at)]
        case PersonInvited():
            content = Content(person=fact.person, role=fact.role, expires_at=fact.expires_at)
            return [
                Planned(
                    purpose=Purpose.INVITATION, about=fact.person, addressee=Addressee.PERSON, member=fact.member,
                    content=content,
                )
            ]  # fmt: skip
        case ApplicationReceived():
            return [
                _to_applicant(Purpose.APPLICATION_RECEIVED, fact.application),
                _task("check-application", fact.application, Content(application=fact.application)),
            ]
        case ApplicationQuestioned():
            return [_to_applicant(Purpose.APPLICATION_QUESTION, fact.application)]
        case ApplicationSupplemented():
            if fact.way is not None:  # the office has recorded it itself
                return []
            return [_task("application-supplemented", fact.application, Content(application=fact.application))]
        case ApplicationDeclined():
            return [_to_applicant(Purpose.APPLICATION_DECLINED, fact.application)]
        case ApplicationPassed():
            content = Content(application=fact.application, effective_at=fact.effective_at)
            return [_task("welcome-applicant", fact.application, content)]
        case ApplicationRejected():
            return [_to_applicant(Purpose.APPLICATION_REJECTED, fact.application, effective_at=fact.effective_at)]
        case ApplicantWelcomed():
            return [_to_applicant(Purpose.APPLICATION_WELCOME, fact.application, expires_at=fact.expires_at)]
        case ApplicationWithdrawn():
            return [_task("application-withdrawn", fact.application, Content(application=fact.application))]
        case ApplicationExpired():
            return [
                _to_applicant(Purpose.APPLICATION_EXPIRED, fact.application, effective_at=fact.effective_at),
                _task("application-expired", fact.application, Content(application=fact.application)),
            ]
        case _:
            return []


def role_of(addressee: Addressee, function: str = "representative") -> str:
    """In which function somebody is told; `function`: that of the person who was found for the member."""
    match addressee:
        case Addressee.APPLICANT:
            return "applicant"
        case Addressee.PERSON:
            return "invited"
        case Addressee.DEPUTY:
            return "deputy"
        case _:
            return function


def on_failure(
    purpose: Purpose, about: str, member: MemberId | None, state: NoticeState, content: Content
) -> list[Planned]:
    """T3: a legally relevant notice that did not arrive is a matter for the office. Others stay in the list only, so
    that the office's own broken address cannot set off a chain."""
    if purpose not in LEGALLY_RELEVANT:
        return []
    task = "notice-bounced" if state is NoticeState.BOUNCED else "notice-failed"
    return [_task(task, about, Content(concerned=member, application=content.application, subject=content.subject))]


def _results(fact: BallotClosed, known: Known) -> list[Planned]:
    """To all electors and the member concerned. Where the exclusion passed, the member concerned learns it from the
    message whose receipt ends the membership (L2), and from nothing else."""
    content = structs.replace(
        known.ballot,
        outcome=fact.outcome,
        needed=fact.needed,
        tally=fact.tally,
        effective_at=fact.effective_at,
        early=fact.early,
    )
    concerned = known.ballot.concerned
    told = [member for member in known.electors if member != concerned]
    if concerned is not None and fact.outcome is Outcome.FAILED:
        told.append(concerned)
    return _to_members(told, Purpose.BALLOT_RESULT, fact.ballot, content)


def _ballot_purpose(subject: Subject) -> Purpose:
    return Purpose.ADMISSION_BALLOT if subject is Subject.ADMISSION else Purpose.EXCLUSION_BALLOT


def _to_members(members: Iterable[MemberId], purpose: Purpose, about: str, content: Content) -> list[Planned]:
    return [
        Planned(purpose=purpose, about=about, addressee=Addressee.MEMBER, member=member, content=content)
        for member in members
    ]


def _to_applicant(
    purpose: Purpose,
    application: ApplicationId,
    *,
    effective_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> Planned:
    content = Content(application=application, effective_at=effective_at, expires_at=expires_at)
    return Planned(purpose=purpose, about=application, addressee=Addressee.APPLICANT, content=content)


def _task(task: str, about: str, content: Content) -> Planned:
    return Planned(
        purpose=Purpose.OFFICE_TASK,
        about=about,
        addressee=Addressee.OFFICE,
        content=structs.replace(content, task=task),
    )
