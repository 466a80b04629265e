"""For whoever runs the installation: the list of networks, and founding one on its charter."""

from typing import Any

import msgspec
from litestar import Response

from contracts.membership.networks import NetworkView, NewNetwork
from contracts.request import Page
from contracts.texts import marked as _
from services.portal.api import Missing, Rejected
from services.portal.desk import moments
from services.portal.forms import Form, FormRefused
from services.portal.routing import action, page
from services.portal.visit import Visit

_ZONE = "Europe/Berlin"
"""In which a test clock's start is entered: the network, and with it its own zone, does not exist yet."""


@page("/operator/networks")
async def list_networks(visit: Visit, cursor: str | None = None) -> Response[bytes]:
    _expect_operator(visit)
    found = await visit.api.get(Page[NetworkView], "/networks", cursor=cursor, limit=25)
    return visit.page("operating/networks.html", found=found)


@page("/operator/networks/new")
async def begin(visit: Visit) -> Response[bytes]:
    _expect_operator(visit)
    draft = await visit.draft()
    return _form(visit, Form(draft.entries) if draft else Form())


def _form(visit: Visit, form: Form, status: int = 200) -> Response[bytes]:
    return visit.page("operating/new.html", status=status, form=form)


@action("/operator/networks/new")
async def found(visit: Visit) -> Response[bytes]:
    _expect_operator(visit)
    form = visit.form
    upload = form.uploads.get("file")
    if upload is not None and upload.content:
        form.entries["charter"] = [upload.content.decode("utf-8-sig", "replace").replace("\r\n", "\n")]
    try:
        body = _network(form)
        if form.get("sure") != "yes":
            return visit.page("operating/check.html", body=body, form=form)
        made = await visit.api.post(NetworkView, "/networks", body, key=form.key)
    except FormRefused as wrong:
        return _form(visit, form.with_errors(wrong), 422)
    except Rejected as refused:
        if refused.status not in (400, 409, 422):
            raise
        return _form(visit, form.with_errors(refused, clock="clock_time", network="id"), 422)
    await visit.drop_draft()
    await visit.look_again()
    await visit.say(_("{name} is founded. Import the register and appoint the office next."), name=made.name)
    return visit.go(f"/n/{made.id}/desk")


def _network(form: Form) -> NewNetwork:
    """Raises FormRefused."""
    form.demand(id=_("Enter the network's short name."), charter=_("Enter the charter's text or choose its file."))
    sandbox = form.get("kind") == "sandbox"
    if form.get("kind") not in ("real", "sandbox"):
        raise FormRefused({"kind": _("Choose what it is for.")})
    given: dict[str, Any] = {"id": form.get("id"), "charter": form.entries["charter"][0], "sandbox": sandbox}
    if sandbox and (form.get("clock_day") or form.get("clock_time")):
        given["clock"] = moments.read(form, "clock", _ZONE)
    return msgspec.convert(given, NewNetwork)


def _expect_operator(visit: Visit) -> None:
    if not visit.operator:
        raise Missing


PAGES = (list_networks, begin, found)
