"""Application from outside (A1): nobody signs in; the entries wait, sealed, until they are sent or thrown away."""

from datetime import datetime

import msgspec
from litestar import Response

from contracts.membership.admission import ApplicationForm, ApplicationReceipt
from contracts.texts import marked as _
from services.portal.api import Missing, Rejected, TooMany
from services.portal.applying import steps
from services.portal.applying.steps import Step
from services.portal.forms import Form
from services.portal.rendering import LANGUAGES
from services.portal.routing import action, page
from services.portal.visit import Visit

NETWORK = "/apply/{network:str}"


@page(NETWORK, public=True)
async def begin(visit: Visit, network: str) -> Response[bytes]:
    """What it takes and what happens then."""
    asked = await _form_of(visit, network)
    return visit.page("applying/begin.html", asked=asked, begun=await _kept(visit, network))


@page(f"{NETWORK}/{{step:str}}", public=True)
async def show_step(visit: Visit, network: str, step: str) -> Response[bytes]:
    asked = await _form_of(visit, network)
    kept = await _kept(visit, network)
    if step == "check":
        return _check(visit, asked, kept)
    if step == "sent":
        return visit.page("applying/sent.html", asked=asked, sent=await _sent(visit, network))
    return _step(visit, asked, _found(step), kept)


@action(f"{NETWORK}/{{step:str}}", public=True)
async def take_step(visit: Visit, network: str, step: str) -> Response[bytes]:
    """Keeps the entries, also wrong ones, and goes on."""
    asked = await _form_of(visit, network)
    kept = await _kept(visit, network)
    if step == "check":
        return await _send(visit, asked, kept)
    if step == "discarded":
        await visit.drop_draft(_place(network))
        return visit.page("applying/discarded.html", asked=asked)
    here = _found(step)
    entries = steps.with_representative(steps.merged(kept.entries, here, visit.form))
    if visit.form.get("contact_language") not in LANGUAGES:
        entries.setdefault("contact_language", [visit.locale])
    await visit.house.sessions.keep_draft(visit.owner_of_drafts, _place(network), entries)
    form = Form(entries)
    if visit.form.later:
        return visit.go(_place(network))
    form.errors = steps.wrong(here, form)
    if form.errors:
        return _step(visit, asked, here, form, status=422)
    further = steps.first_incomplete(form)
    return visit.go(f"/apply/{network}/{further.path if further else 'check'}")


async def _send(visit: Visit, asked: ApplicationForm, kept: Form) -> Response[bytes]:
    """The application itself; the link in the mail that follows shows that the address is the contact's own."""
    network = str(asked.network)
    if further := steps.first_incomplete(kept):
        twice = not kept and await _sent(visit, network) is not None
        return visit.go(f"/apply/{network}/{'sent' if twice else further.path}")
    will = visit.form.get(steps.WILL) == steps.YES
    if not will:
        kept.errors[steps.WILL] = _(
            "Declare that your organisation wants to cooperate; without it there is no application."
        )
        return _check(visit, asked, kept, status=422)
    try:
        body = steps.application(kept, will)
        receipt = await visit.stranger.post(
            ApplicationReceipt, f"/networks/{network}/applications", body, key=visit.form.key
        )
    except TooMany as refused:
        visit.headers["Retry-After"] = str(refused.retry_after or 60)
        return visit.page("applying/too_many.html", status=429, asked=asked, refused=refused)
    except Rejected as refused:
        if refused.slug == "answer-shown-once":  # sent twice: the first one counts
            return await _done(visit, network, kept, None)
        return _refused(visit, asked, kept, refused)
    return await _done(visit, network, kept, receipt.application.lapses_at)


async def _done(visit: Visit, network: str, kept: Form, lapses_at: datetime | None) -> Response[bytes]:
    """What the next page needs is kept, not written into its address."""
    entries = {"name": [kept.get("name")], "email": [kept.get("contact_email")]}
    if lapses_at is not None:
        entries["lapses_at"] = [lapses_at.isoformat()]
    await visit.house.sessions.keep_draft(visit.owner_of_drafts, f"{_place(network)}/sent", entries)
    await visit.drop_draft(_place(network))
    return visit.go(f"/apply/{network}/sent")


def _refused(visit: Visit, asked: ApplicationForm, kept: Form, refused: Rejected) -> Response[bytes]:
    """Where the entry stands that is wrong; what concerns no entry stands above the answers."""
    if refused.status >= 500 or not refused.sentence:
        raise refused
    entry = steps.entry_of(refused.field)
    step = steps.step_of(entry)
    kept.errors[entry if step or entry == steps.WILL else ""] = refused.sentence
    if step is not None:
        return _step(visit, asked, step, kept, status=422)
    return _check(visit, asked, kept, status=refused.status)


def _step(visit: Visit, asked: ApplicationForm, step: Step, form: Form, status: int = 200) -> Response[bytes]:
    place = steps.STEPS.index(step)
    back = f"/apply/{asked.network}" + (f"/{steps.STEPS[place - 1].path}" if place else "")
    return visit.page(
        f"applying/{step.path}.html", status=status, asked=asked, form=form, step=step, number=place + 1,
        all=len(steps.STEPS) + 1, back=back, fields=[(field, field) for field in asked.fields_of_work],
    )  # fmt: skip


def _check(visit: Visit, asked: ApplicationForm, form: Form, status: int = 200) -> Response[bytes]:
    further = steps.first_incomplete(form)
    if further is not None and status == 200:
        return visit.go(f"/apply/{asked.network}/{further.path}")
    all_ = len(steps.STEPS) + 1
    back = f"/apply/{asked.network}/{steps.STEPS[-1].path}"
    return visit.page(
        "applying/check.html",
        status=status,
        asked=asked,
        form=form,
        steps=steps.STEPS,
        number=all_,
        all=all_,
        back=back,
    )


async def _form_of(visit: Visit, network: str) -> ApplicationForm:
    """What an applicant must know of the network. Raises Rejected."""
    found = await visit.stranger.get(ApplicationForm, f"/networks/{network}/application-form")
    home = f"/apply/{found.network}"
    visit.show_network(
        found.network, found.network_name, home=home, time_zone=found.time_zone, now=found.now, sandbox=found.sandbox
    )
    return found


async def _kept(visit: Visit, network: str) -> Form:
    saved = await visit.draft(_place(network))
    return Form(saved.entries if saved else {})


async def _sent(visit: Visit, network: str) -> "Sent | None":
    saved = await visit.draft(f"{_place(network)}/sent")
    return None if saved is None else msgspec.convert({name: one[0] for name, one in saved.entries.items()}, Sent)


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent, for the page that says so."""

    name: str
    email: str
    lapses_at: datetime | None = None


def _found(step: str) -> Step:
    found = next((one for one in steps.STEPS if one.path == step), None)
    if found is None:
        raise Missing
    return found


def _place(network: str) -> str:
    return f"/apply/{network}"


PAGES = (begin, show_step, take_step)
