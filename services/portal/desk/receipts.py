"""Missing receipts (T2, T3): whom a ballot has not reached, and other evidence that the office records."""

from litestar import Response
from msgspec import Struct

from contracts.membership.ballots import BallotView, ElectorState, ElectorView, RecordedEvidence
from contracts.membership.words import EvidenceKind
from contracts.request import Page
from contracts.texts import marked as _
from services.portal.api import Invalid, Missing, Rejected
from services.portal.ballots import places
from services.portal.desk import moments
from services.portal.forms import Form, FormRefused
from services.portal.routing import action, page
from services.portal.visit import Visit

_DESK = "/n/{network:str}/desk/receipts"
_ONE = f"{_DESK}/{{ballot:str}}/{{member:str}}"
WITHOUT = frozenset({ElectorState.NOT_NOTIFIED, ElectorState.NOTIFIED, ElectorState.UNDELIVERABLE})
RECORDABLE = (
    EvidenceKind.HANDED_OVER, EvidenceKind.LETTER, EvidenceKind.DELIVERY_REPORT, EvidenceKind.RECORDED_BY_OFFICE,
)  # fmt: skip
"""What the office can see with its own eyes; the rest is recorded by the machine."""


class Lacking(Struct, frozen=True, kw_only=True):
    """A ballot and those of its electors whose time does not run."""

    ballot: BallotView
    electors: list[ElectorView]


def lacking(ballots: list[BallotView]) -> list[Lacking]:
    found = [
        Lacking(ballot=ballot, electors=[elector for elector in ballot.electors if elector.state in WITHOUT])
        for ballot in ballots
    ]
    return [one for one in found if one.electors]


@page(_DESK)
async def list_missing(visit: Visit, network: str, cursor: str | None = None) -> Response[bytes]:
    if not (visit.office or visit.operator):
        raise Missing
    found = await visit.api.get(Page[BallotView], f"/networks/{network}/ballots", open=True, cursor=cursor, limit=20)
    return visit.page("desk/receipts.html", found=found, missing=lacking(found.items), places=places)


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
        body = _evidence(form, member, visit.zone)
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


def _evidence(form: Form, member: str, zone: str) -> RecordedEvidence:
    """Raises FormRefused."""
    errors: dict[str, str] = {}
    kind = read_kind(form, errors)
    if not form.get("reason"):
        errors["reason"] = _("Say what shows it, for example who handed it over to whom.")
    try:
        received_at = moments.read(form, "received", zone)
    except FormRefused as wrong:
        raise FormRefused(errors | wrong.errors) from None
    if errors or kind is None:
        raise FormRefused(errors)
    return RecordedEvidence(member=member, kind=kind, received_at=received_at, reason=form.get("reason"))  # type: ignore[arg-type]


PAGES = (list_missing, enter, record)
