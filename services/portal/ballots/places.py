"""What a ballot means for the member whose page it is: where it stands, what it can do now, what silence does."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from contracts.membership.ballots import BallotView, ElectorState, ElectorView
from contracts.membership.windows import Window
from contracts.membership.words import Choice, Motion, Subject
from contracts.texts import Marked
from contracts.texts import marked as _
from services.portal.showing import WORDS
from services.portal.visit import Visit

Can = Literal["confirm", "answer", "change", "nothing"]

WORDS["electorstate"] = {
    ElectorState.NOT_NOTIFIED: _("Not yet informed"),
    ElectorState.NOTIFIED: _("Informed, receipt not confirmed"),
    ElectorState.RUNNING: _("Received, time running"),
    ElectorState.ANSWERED: _("Answered"),
    ElectorState.SILENT: _("Did not answer in time"),
    ElectorState.UNDELIVERABLE: _("Could not be reached"),
    ElectorState.LEFT: _("Left the network"),
}
KINDS: dict[ElectorState, str] = {
    ElectorState.RUNNING: "info",
    ElectorState.ANSWERED: "success",
    ElectorState.UNDELIVERABLE: "danger",
    ElectorState.NOTIFIED: "warning",
}
"""The badge of an elector's state; the word says the same."""

_SILENCE: dict[tuple[Motion, Subject], Marked] = {
    (Motion.OBJECTION, Subject.ADMISSION): _("If you do not answer in time, you agree to the admission."),
    (Motion.OBJECTION, Subject.EXCLUSION): _("If you do not answer in time, you agree to the exclusion."),
    (Motion.APPROVAL, Subject.ADMISSION): _("If you do not answer in time, that counts against the admission."),
    (Motion.APPROVAL, Subject.EXCLUSION): _("If you do not answer in time, that counts against the exclusion."),
}
_QUESTIONS: dict[Subject, Marked] = {
    Subject.ADMISSION: _("Should {name} become a member?"),
    Subject.EXCLUSION: _("Should {name} be excluded from the network?"),
}
_OFFERED: dict[tuple[Choice, Subject], Marked] = {
    (Choice.NO_OBJECTION, Subject.ADMISSION): _("No objection: we agree to the admission"),
    (Choice.OBJECT, Subject.ADMISSION): _("Objection: we are against the admission"),
    (Choice.APPROVE, Subject.ADMISSION): _("Approval: we are for the admission"),
    (Choice.REJECT, Subject.ADMISSION): _("Rejection: we are against the admission"),
    (Choice.NO_OBJECTION, Subject.EXCLUSION): _("No objection: we agree to the exclusion"),
    (Choice.OBJECT, Subject.EXCLUSION): _("Objection: we are against the exclusion"),
    (Choice.APPROVE, Subject.EXCLUSION): _("Approval: we are for the exclusion"),
    (Choice.REJECT, Subject.EXCLUSION): _("Rejection: we are against the exclusion"),
}
_ABSTENTION: dict[Motion, Marked] = {
    Motion.OBJECTION: _("Abstention: counts as silence does, so not against it"),
    Motion.APPROVAL: _("Abstention: counts as silence does, so not for it"),
}
_RULES: dict[Motion, Marked] = {
    Motion.OBJECTION: _(
        "It is rejected if {needed} or more of the {electorate} members who decide object; otherwise it passes."
    ),
    Motion.APPROVAL: _(
        "It passes if {needed} or more of the {electorate} members who decide approve; otherwise it fails."
    ),
}


class Place(Struct, frozen=True, kw_only=True):
    """The member's own place in a ballot."""

    elector: ElectorView
    can: Can

    @property
    def window(self) -> Window | None:
        return self.elector.window


class Days(Struct, frozen=True):
    """How much of a window is gone: day 3 of 14."""

    gone: int
    whole: int


def place_of(ballot: BallotView, member: str | None, now: datetime) -> Place | None:
    """None: the member does not decide here."""
    own = next((elector for elector in ballot.electors if elector.member == member), None)
    return None if own is None else Place(elector=own, can=_can(ballot, own, now))


def _can(ballot: BallotView, own: ElectorView, now: datetime) -> Can:
    if is_over(ballot) or own.state is ElectorState.LEFT:
        return "nothing"
    if own.window is None:
        return "confirm"
    if own.window.ends_at <= now:
        return "nothing"
    if own.choice is None:
        return "answer"
    return "change" if ballot.change_allowed else "nothing"


def is_over(ballot: BallotView) -> bool:
    return ballot.outcome is not None or ballot.cancelled


def end_of(visit: Visit, ballot: BallotView) -> datetime:
    """When it was decided, as people are told."""
    return told(visit, ballot.effective_at or ballot.opened_at)


def told(visit: Visit, at: datetime) -> datetime:
    """A decision's moment as people are told it: a window's end at midnight is 23:59 of its last day (T6)."""
    local = visit.local(at)
    return visit.last_minute(at) if (local.hour, local.minute, local.second) == (0, 0, 0) else at


def days(visit: Visit, window: Window) -> Days:
    """The day of receipt is not counted (T1)."""
    received = visit.local(window.received_at).date()
    whole = (window.last_day - received).days
    return Days(min(max((visit.local(visit.now).date() - received).days, 0), whole), whole)


def deciding(ballot: BallotView) -> int:
    """How many members decide (B3): the denominator of the threshold."""
    return sum(1 for elector in ballot.electors if elector.state is not ElectorState.LEFT)


def silence(ballot: BallotView) -> Marked:
    """B8."""
    return _SILENCE[ballot.motion, ballot.subject]


def question(ballot: BallotView) -> Marked:
    return _QUESTIONS[ballot.subject]


def rule(ballot: BallotView) -> Marked:
    return _RULES[ballot.motion]


def offered(ballot: BallotView) -> list[tuple[str, Marked]]:
    """The answers in the order of the tally: for it, against it, neither; none is preselected (B8)."""
    return [(choice.value, answer(ballot, choice)) for choice in Choice if choice in ballot.choices]


def answer(ballot: BallotView, choice: Choice) -> Marked:
    """What an answer means, in words."""
    return _OFFERED.get((choice, ballot.subject)) or _ABSTENTION[ballot.motion]
