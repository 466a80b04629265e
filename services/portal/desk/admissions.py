"""An admission at the desk (A): check, ask, decline, announce, welcome, record the signed copy."""

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from contracts.membership.admission import ApplicationState, ApplicationView, Question, Reason, ReceivedCopy
from contracts.membership.ballots import BallotView
from contracts.notifications.words import Purpose
from contracts.texts import Marked
from contracts.texts import marked as _
from services.portal.api import Invalid, Missing, Rejected
from services.portal.desk import mailings, moments
from services.portal.desk.previews import foresee
from services.portal.forms import Form, FormRefused
from services.portal.routing import action, page
from services.portal.visit import Visit

_PATH = "/n/{network:str}/desk/admissions/{application:str}"
S = ApplicationState
RUNNING = frozenset({S.RECEIVED, S.QUESTIONED, S.ANNOUNCED, S.PASSED, S.WELCOMED})
_STEPS = {
    "question": frozenset({S.RECEIVED}),
    "decline": frozenset({S.RECEIVED, S.QUESTIONED}),
    "announcement": frozenset({S.RECEIVED}),
    "welcome": frozenset({S.PASSED}),
    "countersignature": frozenset({S.WELCOMED, S.EXPIRED}),
    "withdrawal": RUNNING,
}
"""The steps with the states in which they are offered; the service decides."""
_STAGES: tuple[tuple[Marked, frozenset[ApplicationState]], ...] = (
    (_("Application received"), frozenset({S.RECEIVED, S.QUESTIONED})),
    (_("Put to the members"), frozenset({S.ANNOUNCED})),
    (_("Accepted by the members"), frozenset({S.PASSED})),
    (_("Welcomed with the signed agreement"), frozenset({S.WELCOMED})),
    (_("Signed copy arrived: member"), frozenset({S.MEMBER})),
)


class Stage(Struct, frozen=True, kw_only=True):
    """One stage of the way, as the page shows it."""

    name: Marked
    state: str
    """`done`, `here`, `ahead`."""


def stages(state: ApplicationState) -> list[Stage]:
    """Empty where the way ended before its end."""
    here = next((place for place, (_name, states) in enumerate(_STAGES) if state in states), None)
    if here is None:
        return []
    last = len(_STAGES) - 1
    return [
        Stage(name=name, state="done" if place < here or here == last else "here" if place == here else "ahead")
        for place, (name, _states) in enumerate(_STAGES)
    ]


@page(_PATH)
async def show(visit: Visit, network: str, application: str) -> Response[bytes]:
    return await _page(visit, network, application)


async def _page(
    visit: Visit, network: str, application: str, form: Form | None = None, status: int = 200
) -> Response[bytes]:
    found = await _found(visit, network, application)
    ballot = None
    if found.ballot is not None:
        ballot = await visit.api.get(BallotView, f"/networks/{network}/ballots/{found.ballot}")
    sent = None
    if found.ballot is not None:
        sent = await mailings.found(visit, network, about=application, ballot=found.ballot)
    return visit.page(
        "desk/admission.html", status=status, application=found, ballot=ballot, stages=stages(found.state),
        running=found.state in RUNNING, form=form or Form(), mailings=sent,
    )  # fmt: skip


async def _found(visit: Visit, network: str, application: str) -> ApplicationView:
    if not (visit.office or visit.operator):
        raise Missing
    return await visit.api.get(ApplicationView, f"/networks/{network}/applications/{application}")


def _page_of(step: str) -> HTTPRouteHandler:
    """The form of a step, or what it would send. An address of its own for each: the framework takes a step's POST
    alone for the whole of its address."""

    @page(f"{_PATH}/{step}")
    async def prepare(visit: Visit, network: str, application: str) -> Response[bytes]:
        found = await _found(visit, network, application)
        if found.state not in _STEPS[step]:  # an old tab, a bookmark, somebody else was faster
            await visit.warn(_("This step is not possible in the present state of the application."))
            return visit.go(f"/n/{network}/desk/admissions/{application}")
        return await _prepared(visit, network, application, step, await visit.kept_form())

    return prepare


async def _prepared(
    visit: Visit, network: str, application: str, step: str, form: Form, status: int = 200
) -> Response[bytes]:
    found = await _found(visit, network, application)
    match step:
        case "question" | "decline":
            return visit.page(f"desk/{step}.html", status=status, application=found, form=form)
        case "countersignature":
            if not form:
                form.entries = {
                    name: [value] for name, value in moments.entries("received", visit.local(visit.now)).items()
                }
            return visit.page("desk/countersignature.html", status=status, application=found, form=form)
        case "announcement" | "welcome":
            purpose = Purpose.ADMISSION_BALLOT if step == "announcement" else Purpose.APPLICATION_WELCOME
            foreseen = await foresee(visit, network, purpose, application)
            return visit.page(f"desk/{step}.html", status=status, application=found, foreseen=foreseen, form=form)
        case "withdrawal":
            return visit.page("desk/withdrawal.html", status=status, application=found, form=form)
        case _:
            raise Missing


@action(f"{_PATH}/question")
async def ask(visit: Visit, network: str, application: str) -> Response[bytes]:
    """A2."""
    form = visit.form
    if form.later:
        return await visit.keep_for_later()
    try:
        form.demand(question=_("Write what you want to know."))
        await _command(visit, network, application, "question", Question(question=form.get("question")))
    except (FormRefused, Invalid) as wrong:
        return await _prepared(visit, network, application, "question", form.with_errors(wrong), 422)
    return await _done(visit, network, application, _("The question was sent to the applicant."))


@action(f"{_PATH}/decline")
async def decline(visit: Visit, network: str, application: str) -> Response[bytes]:
    """A2: first what would be sent, then the decision."""
    form = visit.form
    if form.later:
        return await visit.keep_for_later()
    try:
        form.demand(reason=_("Give the reason. It is sent to the applicant."))
        if form.get("sure") != "yes":
            found = await _found(visit, network, application)
            foreseen = await foresee(visit, network, Purpose.APPLICATION_DECLINED, application)
            return visit.page("desk/decline_check.html", application=found, foreseen=foreseen, form=form)
        await _command(visit, network, application, "decline", Reason(reason=form.get("reason")))
    except (FormRefused, Invalid) as wrong:
        return await _prepared(visit, network, application, "decline", form.with_errors(wrong), 422)
    return await _done(visit, network, application, _("The application was declined, and the applicant is told."))


@action(f"{_PATH}/announcement")
async def announce(visit: Visit, network: str, application: str) -> Response[bytes]:
    """A2: this opens the ballot."""
    try:
        path = f"/networks/{network}/applications/{application}/announcement"
        await visit.api.post(BallotView, path, key=visit.form.key)
    except Rejected as refused:
        return await _stopped(visit, network, application, refused)
    return await _done(visit, network, application, _("The application was put to the members; the notices are sent."))


@action(f"{_PATH}/welcome")
async def welcome(visit: Visit, network: str, application: str) -> Response[bytes]:
    """A3."""
    try:
        await _command(visit, network, application, "welcome", None)
    except Rejected as refused:
        return await _stopped(visit, network, application, refused)
    return await _done(visit, network, application, _("The applicant is welcomed and gets the agreement."))


@action(f"{_PATH}/countersignature")
async def countersign(visit: Visit, network: str, application: str) -> Response[bytes]:
    """A4: the membership begins at the moment entered; so it is checked once more."""
    form = visit.form
    try:
        received_at = moments.read(form, "received", visit.zone)
        if form.get("sure") != "yes":
            found = await _found(visit, network, application)
            return visit.page("desk/countersignature_check.html", application=found, received_at=received_at, form=form)
        await _command(visit, network, application, "countersignature", ReceivedCopy(received_at=received_at))
    except (FormRefused, Invalid) as wrong:
        again = form.with_errors(wrong, received_at="received_time")
        return await _prepared(visit, network, application, "countersignature", again, 422)
    except Rejected as refused:
        return await _stopped(visit, network, application, refused)
    return await _done(visit, network, application, _("The organisation is a member; the directory is sent to all."))


@action(f"{_PATH}/withdrawal")
async def withdraw(visit: Visit, network: str, application: str) -> Response[bytes]:
    """A6, on the applicant's word."""
    try:
        await _command(visit, network, application, "withdrawal", None)
    except Rejected as refused:
        return await _stopped(visit, network, application, refused)
    return await _done(visit, network, application, _("The application is withdrawn."))


async def _command(visit: Visit, network: str, application: str, step: str, body: Struct | None) -> ApplicationView:
    path = f"/networks/{network}/applications/{application}/{step}"
    return await visit.api.post(ApplicationView, path, body, key=visit.form.key)


async def _done(visit: Visit, network: str, application: str, sentence: Marked) -> Response[bytes]:
    await visit.drop_draft()
    await visit.say(sentence)
    return visit.go(f"/n/{network}/desk/admissions/{application}")


async def _stopped(visit: Visit, network: str, application: str, refused: Rejected) -> Response[bytes]:
    """The application stands elsewhere meanwhile: its page says so, with the refusal above."""
    if refused.status != 409 and not isinstance(refused, Invalid):
        raise refused
    form = Form()
    form.errors[""] = refused.sentence
    return await _page(visit, network, application, form, refused.status)


PAGES = (show, *map(_page_of, _STEPS), ask, decline, announce, welcome, countersign, withdraw)
