"""Missing receipts (T2, T3): other evidence that the office records, of one member. `receipts_together` lists whom
ballots have not reached, and records many at once."""

from datetime import datetime

from litestar import Response
from msgspec import Struct

from contracts.ids import MemberId
from contracts.membership.ballots import BallotView, ElectorState, ElectorView, RecordedEvidence
from contracts.membership.words import EvidenceKind
from contracts.texts import marked as _
from services.portal.api import Invalid, Missing, Rejected
from services.portal.desk import moments
from services.portal.forms import Form, FormRefused
from services.portal.routing import action, page
from services.portal.visit import Visit

_ONE = "/n/{network:str}/desk/receipts/{ballot:str}/{member:str}"
WITHOUT = frozenset({ElectorState.NOT_NOTIFIED, ElectorState.NOTIFIED, ElectorState.UNDELIVERABLE})
RECORDABLE = (
    EvidenceKind.HANDED_OVER, EvidenceKind.LETTER, EvidenceKind.DELIVERY_REPORT, EvidenceKind.RECORDED_BY_OFFICE,
)  # fmt: skip
"""What the office can see with its own eyes; the rest is recorded by the machine."""


@page(_ONE)
async def enter(visit: Visit, network: str, ballot: str, member: str) -> Response[bytes]:
    draft = await visit.draft()
    return await _entry(visit, network, ballot, member, Form(draft.entries) if draft else Form())


async def _entry(
    visit: Visit, network: str, ballot: str, member: str, form: Form, status: int = 200
) -> Response[bytes]:
    found, elector = await _elector(visit, network, ballot, member)
    return visit.page(
        "desk/receipt.html", status=status, ballot=found, elector=elector, form=form, kinds=RECORDABLE,
        lacks=elector.state in WITHOUT,
    )  # fmt: skip


async def _elector(visit: Visit, network: str, ballot: str, member: str) -> tuple[BallotView, ElectorView]:
    if not (visit.office or visit.operator):
        raise Missing
    found = await visit.api.get(BallotView, f"/networks/{network}/ballots/{ballot}")
    elector = next((one for one in found.electors if one.member == member), None)
    if elector is None:
        raise Missing
    return found, elector


@action(_ONE)
async def record(visit: Visit, network: str, ballot: str, member: str) -> Response[bytes]:
    """First the check, then the record: it starts a window."""
    form = visit.form
    try:
        body = evidence(form, visit.zone).of(member)
        if form.get("sure") != "yes":
            found, elector = await _elector(visit, network, ballot, member)
            return visit.page("desk/receipt_check.html", ballot=found, elector=elector, body=body, form=form)
        await visit.api.post(BallotView, f"/networks/{network}/ballots/{ballot}/receipts", body, key=form.key)
    except (FormRefused, Invalid) as wrong:
        again = form.with_errors(wrong, received_at="received_time")
        return await _entry(visit, network, ballot, member, again, 422)
    except Rejected as refused:
        if refused.status != 409:
            raise
        return await _entry(visit, network, ballot, member, form.with_errors(refused, received_at="received_time"), 409)
    await visit.drop_draft()
    await visit.say(_("The receipt is recorded; the member's time runs from it."))
    return visit.go(f"/n/{network}/desk/receipts")


def read_kind(form: Form, errors: dict[str, str]) -> EvidenceKind | None:
    """What was chosen; writes the sentence into `errors` where nothing was."""
    if form.get("kind") not in set(RECORDABLE):
        errors["kind"] = _("Choose how it reached the member.")
        return None
    return EvidenceKind(form.get("kind"))


class Evidence(Struct, frozen=True, kw_only=True):
    """How, when and by what it is shown that something reached whom it was for."""

    kind: EvidenceKind
    received_at: datetime
    reason: str

    def of(self, member: str) -> RecordedEvidence:
        return RecordedEvidence(
            member=MemberId(member), kind=self.kind, received_at=self.received_at, reason=self.reason
        )


def evidence(form: Form, zone: str, errors: dict[str, str] | None = None) -> Evidence:
    """`errors`: what is wrong besides. Raises FormRefused."""
    errors = errors or {}
    kind = read_kind(form, errors)
    if not form.get("reason"):
        errors["reason"] = _("Say what shows it, for example who handed it over to whom.")
    try:
        received_at = moments.read(form, "received", zone)
    except FormRefused as wrong:
        raise FormRefused(errors | wrong.errors) from None
    if errors or kind is None:
        raise FormRefused(errors)
    return Evidence(kind=kind, received_at=received_at, reason=form.get("reason"))


PAGES = (enter, record)
