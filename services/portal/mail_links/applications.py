"""What an applicant, who has no account, does by the link of any of its mails: see where it stands, answer the office's
question, withdraw (A2, A6)."""

from litestar import Response

from contracts.membership.admission import ApplicationState, ApplicationView, Supplement
from contracts.texts import marked as _
from services.portal.api import Away, Rejected
from services.portal.forms import Form, FormRefused
from services.portal.mail_links import opened
from services.portal.mail_links.opened import Opened
from services.portal.routing import action, page
from services.portal.visit import Visit

S = ApplicationState
RUNNING = frozenset({S.UNCONFIRMED, S.RECEIVED, S.QUESTIONED, S.ANNOUNCED, S.PASSED, S.WELCOMED})
NEXT = {
    S.UNCONFIRMED: _("Confirm your address by the link in our e-mail. Until then nobody sees the application."),
    S.RECEIVED: _("The coordinating office checks the application, may ask you something, and puts it to the members."),
    S.QUESTIONED: _("The coordinating office waits for your answer."),
    S.ANNOUNCED: _("The members have been informed. Each has its own time to answer, counted from its receipt."),
    S.PASSED: _("The members have agreed. The coordinating office sends you the agreement that it has signed."),
    S.WELCOMED: _("Sign the agreement and send it to the coordinating office. When it arrives there you are a member."),
    S.MEMBER: _("Your signed copy has arrived: your organisation is a member."),
    S.REJECTED: _("The members have rejected the application. It is closed; you can apply again."),
    S.DECLINED: _("The coordinating office has declined the application; its e-mail says why. You can apply again."),
    S.WITHDRAWN: _("You have withdrawn the application."),
    S.EXPIRED: _("The signed copy did not come in time. You can apply again."),
}  # fmt: skip
"""What happens next, told to the applicant."""


async def show(visit: Visit, link: Opened, form: Form | None = None, status: int = 200) -> Response[bytes]:
    application = await link.api.get(ApplicationView, link.about("applications"))
    form = form or await visit.kept_form(f"{link.path}/supplement")
    return visit.page(
        "mail_links/application.html", status=status, link=link.view, application=application, form=form,
        next=NEXT[application.state], running=application.state in RUNNING,
    )  # fmt: skip


@action("/link/{notice:str}/supplement", public=True)
async def supplement(visit: Visit, notice: str) -> Response[bytes]:
    link = await opened.find(visit, notice)
    if link is None:
        return opened.again(visit)
    form = visit.form
    if form.later:
        return await visit.keep_for_later()
    try:
        form.demand(answer=_("Write your answer to the office's question."))
        body = Supplement(answer=form.get("answer"))
        await link.api.post(ApplicationView, f"{link.about('applications')}/supplement", body, key=form.key)
    except Away:
        raise
    except (FormRefused, Rejected) as wrong:
        status = wrong.status if isinstance(wrong, Rejected) else 422
        return await show(visit, link, form.with_errors(wrong), status)
    await visit.drop_draft()
    return visit.go(f"{link.path}#status")


@page("/link/{notice:str}/withdrawal", public=True)
async def consider(visit: Visit, notice: str) -> Response[bytes]:
    """What withdrawing means, before it is done."""
    link = await opened.find(visit, notice)
    if link is None:
        return opened.again(visit)
    application = await link.api.get(ApplicationView, link.about("applications"))
    return visit.page("mail_links/withdrawal.html", link=link.view, application=application)


@action("/link/{notice:str}/withdrawal", public=True)
async def withdraw(visit: Visit, notice: str) -> Response[bytes]:
    link = await opened.find(visit, notice)
    if link is None:
        return opened.again(visit)
    try:
        await link.api.post(ApplicationView, f"{link.about('applications')}/withdrawal", key=visit.form.key)
    except Away:
        raise
    except Rejected as refused:
        return await show(visit, link, visit.form.with_errors(refused), refused.status)
    return visit.go(link.path)


PAGES = (supplement, consider, withdraw)
