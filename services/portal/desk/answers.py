"""An answer of the applicant that came by telephone, letter, mail or in person, recorded with its evidence (A2)."""

from litestar import Response

from contracts.membership.admission import ApplicationState, ApplicationView, RecordedAnswer
from contracts.membership.words import AnswerWay
from contracts.texts import marked as _
from services.portal.api import Invalid, Missing, Rejected
from services.portal.desk import moments
from services.portal.forms import Form, FormRefused
from services.portal.routing import action, page
from services.portal.showing import WORDS
from services.portal.visit import Visit

_PATH = "/n/{network:str}/desk/admissions/{application:str}/recorded-answer"

WORDS["answerway"] = {
    AnswerWay.TELEPHONE: _("By telephone"),
    AnswerWay.LETTER: _("By letter"),
    AnswerWay.EMAIL: _("By e-mail to the office"),
    AnswerWay.IN_PERSON: _("In person"),
}


@page(_PATH)
async def enter(visit: Visit, network: str, application: str) -> Response[bytes]:
    found = await _found(visit, network, application)
    if found.state is not ApplicationState.QUESTIONED:  # answered meanwhile, or an old tab
        await visit.warn(_("This step is not possible in the present state of the application."))
        return visit.go(f"{visit.home}/desk/admissions/{application}")
    form = await visit.kept_form()
    if not form:
        form = Form.of(**moments.entries("told", visit.local(visit.now)))
    return _page(visit, found, form)


async def _found(visit: Visit, network: str, application: str) -> ApplicationView:
    if not (visit.office or visit.operator):
        raise Missing
    return await visit.api.get(ApplicationView, f"/networks/{network}/applications/{application}")


def _page(visit: Visit, found: ApplicationView, form: Form, status: int = 200) -> Response[bytes]:
    return visit.page("desk/answer.html", status=status, application=found, form=form, ways=list(AnswerWay))


@action(_PATH)
async def record(visit: Visit, network: str, application: str) -> Response[bytes]:
    """First the check, then the record."""
    form = visit.form
    found = await _found(visit, network, application)
    if form.later:
        return await visit.keep_for_later()
    try:
        body = _answer(form, visit.zone)
        if form.get("sure") != "yes":
            return visit.page("desk/answer_check.html", application=found, body=body, form=form)
        path = f"/networks/{network}/applications/{application}/recorded-answer"
        await visit.api.post(ApplicationView, path, body, key=form.key)
    except (FormRefused, Invalid) as wrong:
        return _page(visit, found, form.with_errors(wrong, told_at="told_time"), 422)
    except Rejected as refused:
        if refused.status != 409:
            raise
        await visit.pass_on(refused)
        return visit.go(f"{visit.home}/desk/admissions/{application}")
    await visit.drop_draft()
    await visit.say(_("The answer is recorded. Check the application now."))
    return visit.go(f"{visit.home}/desk/admissions/{application}")


def _answer(form: Form, zone: str) -> RecordedAnswer:
    """Raises FormRefused."""
    errors: dict[str, str] = {}
    if form.get("way") not in set(AnswerWay):
        errors["way"] = _("Choose how the answer came.")
    if not form.get("told_by"):
        errors["told_by"] = _("Enter who gave the answer.")
    if not form.get("answer"):
        errors["answer"] = _("Write down the answer.")
    try:
        told_at = moments.read(form, "told", zone)
    except FormRefused as wrong:
        raise FormRefused(errors | wrong.errors) from None
    if errors:
        raise FormRefused(errors)
    return RecordedAnswer(
        answer=form.get("answer"), told_by=form.get("told_by"), way=AnswerWay(form.get("way")), told_at=told_at
    )


PAGES = (enter, record)
