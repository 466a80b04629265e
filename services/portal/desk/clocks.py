"""A sandbox's test clock (G6): set forward, never back."""

from litestar import Response

from contracts.membership.networks import ClockSetting, NetworkView
from contracts.texts import marked as _
from services.portal.api import Invalid, Missing, Rejected
from services.portal.desk import moments
from services.portal.forms import Form, FormRefused
from services.portal.routing import action, page
from services.portal.visit import Visit

_DESK = "/n/{network:str}/desk/clock"


@page(_DESK)
async def show(visit: Visit, network: str) -> Response[bytes]:  # noqa: ARG001 - of the address
    return _form(visit, Form.of(**moments.entries("clock", moments.next_morning(visit.local(visit.now)))))


def _form(visit: Visit, form: Form, status: int = 200) -> Response[bytes]:
    if visit.network is None or not visit.network.sandbox or not (visit.office or visit.operator):
        raise Missing
    return visit.page("desk/clock.html", status=status, form=form)


@action(_DESK)
async def advance(visit: Visit, network: str) -> Response[bytes]:
    form = visit.form
    try:
        body = ClockSetting(moment=moments.read(form, "clock", visit.zone))
        await visit.api.post(NetworkView, f"/networks/{network}/clock", body, key=form.key)
    except (FormRefused, Invalid) as wrong:
        return _form(visit, form.with_errors(wrong, moment="clock_time"), 422)
    except Rejected as refused:
        if refused.status != 409:
            raise
        return _form(visit, form.with_errors(refused, moment="clock_time"), 409)
    await visit.say(_("The clock is set forward. What falls due until then happens within a second."))
    return visit.go(f"/n/{network}/desk/clock")


PAGES = (show, advance)
