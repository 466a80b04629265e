"""An application on paper or by mail (A1): entered whole, and received at the moment when it reached the office."""

from litestar import Response
from msgspec.structs import replace

from contracts.membership.admission import ApplicationForm, ApplicationReceipt
from contracts.texts import marked as _
from services.portal.api import Missing, Rejected
from services.portal.applying import steps
from services.portal.desk import moments
from services.portal.forms import Form, FormRefused
from services.portal.routing import action, page
from services.portal.visit import Visit

_DESK = "/n/{network:str}/desk/admissions/new"
_NOT_DECLARED = _("Enter only an application that declares the will to cooperate; ask for it where it is missing.")


@page(_DESK)
async def write(visit: Visit, network: str) -> Response[bytes]:
    return await _form(visit, network, await visit.kept_form())


async def _form(visit: Visit, network: str, form: Form, status: int = 200) -> Response[bytes]:
    if not visit.office:
        raise Missing
    asked = await visit.api.get(ApplicationForm, f"/networks/{network}/application-form")
    fields = [(field, field) for field in asked.fields_of_work]
    return visit.page("desk/application.html", status=status, asked=asked, fields=fields, form=form)


@action(_DESK)
async def enter(visit: Visit, network: str) -> Response[bytes]:
    form = visit.form
    if form.later:
        return await visit.keep_for_later()
    form.entries = steps.with_representative(form.entries)
    wrong = {name: sentence for step in steps.STEPS for name, sentence in steps.wrong(step, form).items()}
    will = form.get(steps.WILL) == steps.YES
    try:
        received_at = moments.read(form, "received", visit.zone)
    except FormRefused as refused:
        wrong |= refused.errors
    if not will:
        wrong[steps.WILL] = _NOT_DECLARED
    if wrong:
        form.errors = wrong
        return await _form(visit, network, form, 422)
    body = replace(steps.application(form, will), received_at=received_at)
    try:
        receipt = await visit.api.post(ApplicationReceipt, f"/networks/{network}/applications", body, key=form.key)
    except Rejected as refused:
        return await _refused(visit, network, refused)
    await visit.drop_draft()
    await visit.say(_("The application is received. Check it now."))
    return visit.go(f"/n/{network}/desk/admissions/{receipt.application.id}")


async def _refused(visit: Visit, network: str, refused: Rejected) -> Response[bytes]:
    if refused.slug == "answer-shown-once":  # sent twice: the first one counts
        return visit.go(f"/n/{network}/desk")
    if refused.status != 422 or not refused.sentence:
        raise refused
    entry = steps.entry_of(refused.field)
    visit.form.errors["received_time" if entry == "received_at" else entry] = refused.sentence
    return await _form(visit, network, visit.form, 422)


PAGES = (write, enter)
