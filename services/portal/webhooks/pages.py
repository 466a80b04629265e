"""Webhooks of the member (G5): added, tried, rotated, paused, removed; the log of deliveries."""

from litestar import Response

from contracts import membership
from contracts.notifications.webhooks import Delivery, IssuedWebhook, NewWebhook, WebhookEdit, WebhookView
from contracts.request import Done, Page
from contracts.texts import marked as _
from services.portal.api import EditedMeanwhile, Invalid, Missing, Rejected
from services.portal.forms import Form, FormRefused
from services.portal.routing import action, page
from services.portal.showing import WORDS
from services.portal.visit import Visit

_WEBHOOKS = "/n/{network:str}/settings/webhooks"
_WEBHOOK = f"{_WEBHOOKS}/{{webhook:str}}"
TYPES = sorted(f"membership.{fact.entity}.{fact.event}.v1" for fact in membership.FACTS if fact.audience == "net")
"""What the changes feed has (G4)."""

WORDS["webhookstate"] = {"active": _("Active"), "paused": _("Paused"), "failing": _("Given up after failures")}
WORDS["deliverystate"] = {"waiting": _("Waiting"), "delivered": _("Delivered"), "failed": _("Failed")}
WORDS["failure"] = {
    "timeout": _("No answer in time"),
    "refused": _("The connection was refused"),
    "address-not-public": _("The address is not a public one"),
    "redirect": _("Answered with a redirect, which is not followed"),
    "tls": _("The certificate was not accepted"),
    "too-large": _("The answer was too large"),
    "sandbox": _("A sandbox sends nothing to the outside"),
}


@page(_WEBHOOKS)
async def list_webhooks(visit: Visit, network: str, cursor: str | None = None) -> Response[bytes]:
    found = await visit.api.get(Page[WebhookView], f"/networks/{network}/webhooks", cursor=cursor, limit=50)
    return visit.page("webhooks/list.html", found=found)


@page(f"{_WEBHOOKS}/new")
async def begin(visit: Visit, network: str) -> Response[bytes]:  # noqa: ARG001 - of the address
    if visit.standing is None:
        raise Missing
    return visit.page("webhooks/new.html", form=Form(), types=TYPES)


@action(f"{_WEBHOOKS}/new")
async def add(visit: Visit, network: str) -> Response[bytes]:
    """The secret is shown by this answer and never again."""
    try:
        visit.form.demand(url=_("Enter the address."))
        body = visit.form.read(NewWebhook)
        issued = await visit.api.post(IssuedWebhook, f"/networks/{network}/webhooks", body, key=visit.form.key)
    except (FormRefused, Invalid) as wrong:
        return visit.page("webhooks/new.html", status=422, form=visit.form.with_errors(wrong), types=TYPES)
    except Rejected as refused:
        if refused.status != 409:
            raise
        if refused.slug == "answer-shown-once":
            return await _shown_before(visit)
        visit.form.errors[""] = refused.sentence
        return visit.page("webhooks/new.html", status=409, form=visit.form, types=TYPES)
    return visit.page("webhooks/issued.html", issued=issued, rotated=False)


@page(_WEBHOOK)
async def show(visit: Visit, network: str, webhook: str, cursor: str | None = None) -> Response[bytes]:
    return await _page(visit, network, webhook, state=visit.asked("state"), cursor=cursor)  # `state` is the framework's


@action(_WEBHOOK)
async def save(visit: Visit, network: str, webhook: str) -> Response[bytes]:
    """Address, types, and whether it is paused."""
    form = visit.form
    try:
        form.demand(url=_("Enter the address."))
        body = WebhookEdit(url=form.get("url"), types=form.all("types"), active=form.get("active") == "yes")
        path = f"/networks/{network}/webhooks/{webhook}"
        await visit.api.put(WebhookView, path, body, version=form.version, key=form.key)
    except EditedMeanwhile:
        form.errors[""] = _("Somebody else has changed the webhook meanwhile. Check your entries and save again.")
        return await _page(visit, network, webhook, form=form, status=412)
    except (FormRefused, Invalid) as wrong:
        return await _page(visit, network, webhook, form=form.with_errors(wrong), status=422)
    await visit.say(_("The webhook was saved."))
    return visit.go(_address(visit, webhook))


@action(f"{_WEBHOOK}/secret")
async def rotate(visit: Visit, network: str, webhook: str) -> Response[bytes]:
    path = f"/networks/{network}/webhooks/{webhook}/secret"
    try:
        issued = await visit.api.post(IssuedWebhook, path, key=visit.form.key)
    except Rejected as refused:
        if refused.slug == "answer-shown-once":
            return await _shown_before(visit)
        raise
    return visit.page("webhooks/issued.html", issued=issued, rotated=True)


@action(f"{_WEBHOOK}/test")
async def test(visit: Visit, network: str, webhook: str) -> Response[bytes]:
    try:
        await visit.api.post(Delivery, f"/networks/{network}/webhooks/{webhook}/test", key=visit.form.key)
    except Rejected as refused:
        if refused.status != 409:
            raise
        form = Form()
        form.errors[""] = refused.sentence
        return await _page(visit, network, webhook, errors=form, status=409)
    await visit.say(_("A test is on its way. Its result stands below in a moment."))
    return visit.go(_address(visit, webhook))


@action(f"{_WEBHOOK}/redelivery")
async def redeliver(visit: Visit, network: str, webhook: str) -> Response[bytes]:
    delivery = visit.form.get("delivery")
    path = f"/networks/{network}/webhooks/{webhook}/deliveries/{delivery}/redelivery"
    await visit.api.post(Delivery, path, key=visit.form.key)
    await visit.say(_("It is delivered again."))
    return visit.go(_address(visit, webhook))


@action(f"{_WEBHOOK}/removal")
async def remove(visit: Visit, network: str, webhook: str) -> Response[bytes]:
    path = f"/networks/{network}/webhooks/{webhook}"
    try:
        await visit.api.delete(Done, path, version=visit.form.version, key=visit.form.key)
    except EditedMeanwhile:
        form = Form()
        form.errors[""] = _("Somebody else has changed the webhook meanwhile. Look at it again before you remove it.")
        return await _page(visit, network, webhook, errors=form, status=412)
    await visit.say(_("The webhook was removed."))
    return visit.go(f"{visit.home}/settings/webhooks")


async def _page(
    visit: Visit, network: str, webhook: str, *, form: Form | None = None, errors: Form | None = None,
    state: str | None = None, cursor: str | None = None, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    """`form`: what was entered and is wrong. `errors`: what is wrong beside the form."""
    path = f"/networks/{network}/webhooks/{webhook}"
    found = await visit.api.get(WebhookView, path)
    chosen = state if state in WORDS["deliverystate"] else None
    deliveries = await visit.api.get(Page[Delivery], f"{path}/deliveries", state=chosen, cursor=cursor, limit=25)
    if form is None:
        form = Form.of(url=found.url, types=found.types, active="" if found.state == "paused" else "yes")
        form.errors = errors.errors if errors else {}
    return visit.page(
        "webhooks/webhook.html", status=status, webhook=found, deliveries=deliveries, form=form, types=TYPES,
        state=chosen,
    )  # fmt: skip


async def _shown_before(visit: Visit) -> Response[bytes]:
    await visit.say(_("It was done already, and the secret was shown. Make a new secret if you lost it."))
    return visit.go(f"{visit.home}/settings/webhooks")


def _address(visit: Visit, webhook: str) -> str:
    return f"{visit.home}/settings/webhooks/{webhook}"


PAGES = (list_webhooks, begin, add, show, save, rotate, test, redeliver, remove)
