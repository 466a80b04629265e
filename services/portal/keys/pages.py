"""API keys of the member (G2): made with scopes, shown once, revoked."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from litestar import Response

from contracts.membership.access import ClientIdentity, IssuedKey, KeyView, NewKey, Scope
from contracts.texts import marked as _
from services.portal import days
from services.portal.api import Invalid, Missing, Rejected
from services.portal.forms import Form, FormRefused
from services.portal.keys.listing import SCOPE_HINTS, good, keys_of, own_calendar
from services.portal.routing import action, page
from services.portal.visit import Visit

_KEYS = "/n/{network:str}/settings/keys"
USUAL = timedelta(days=365)
MOST = timedelta(days=399)


@page(_KEYS)
async def list_keys(visit: Visit, network: str) -> Response[bytes]:
    found = [key for key in await keys_of(visit.api, network) if not own_calendar(key, visit.now)]
    return visit.page(
        "keys/list.html", keys=[key for key in found if good(key, visit.now)],
        over=[key for key in found if not good(key, visit.now)],
    )  # fmt: skip


@page(f"{_KEYS}/new")
async def begin(visit: Visit, network: str) -> Response[bytes]:  # noqa: ARG001 - of the address
    if visit.standing is None:
        raise Missing
    until = visit.local(visit.now + USUAL).date()
    return _page(visit, Form.of(expires=until.isoformat()))


@action(f"{_KEYS}/new")
async def issue(visit: Visit, network: str) -> Response[bytes]:
    """The secret is shown by this answer and never again."""
    try:
        body = _read(visit)
        issued = await visit.api.post(IssuedKey, f"/networks/{network}/keys", body, key=visit.form.key)
    except (FormRefused, Invalid) as wrong:
        form = visit.form.with_errors(wrong, expires_at="expires", issuer="issuer", subject="subject")
        return _page(visit, form, status=422)
    except Rejected as refused:
        if refused.status != 409:
            raise
        if refused.slug == "answer-shown-once":
            await visit.say(_("The key was made, and its secret was shown. Revoke it and make another if you lost it."))
            return visit.go(f"{visit.home}/settings/keys")
        visit.form.errors[""] = refused.sentence
        return _page(visit, visit.form, status=409)
    return visit.page("keys/issued.html", issued=issued)


@action(f"{_KEYS}/revoke")
async def revoke(visit: Visit, network: str) -> Response[bytes]:
    await visit.api.delete(KeyView, f"/networks/{network}/keys/{visit.form.get('id')}", key=visit.form.key)
    await visit.say(_("The key was revoked. Nothing opens with it any more."))
    return visit.go(f"{visit.home}/settings/keys")


def _page(visit: Visit, form: Form, *, status: int = 200) -> Response[bytes]:
    return visit.page("keys/new.html", status=status, form=form, scopes=list(Scope), hints=SCOPE_HINTS)


def _read(visit: Visit) -> NewKey:
    """Raises FormRefused."""
    form = visit.form
    form.demand(
        label=_("Enter what the key is for."),
        scopes=_("Choose at least one thing that the key may do."),
        holder=_("Choose whose key it is."),
        expires=_("Enter the last day on which the key works."),
    )
    try:
        scopes = [Scope(one) for one in form.all("scopes")]
    except ValueError:
        raise FormRefused({"scopes": _("Choose from the list.")}) from None
    return NewKey(
        label=form.get("label"), scopes=scopes, expires_at=_end_of(visit, form),
        personal=form.get("holder") == "person", client=_client(form),
    )  # fmt: skip


def _client(form: Form) -> ClientIdentity | None:
    issuer, subject = form.get("issuer"), form.get("subject")
    if not issuer and not subject:
        return None
    form.demand(issuer=_("Enter the provider's address too."), subject=_("Enter the machine's name there too."))
    return ClientIdentity(issuer=issuer, subject=subject)


def _end_of(visit: Visit, form: Form) -> datetime:
    """The end of that day in the network's zone. Raises FormRefused."""
    last, today = days.day_in(form, "expires"), visit.local(visit.now).date()
    if last is None or not today <= last <= today + MOST:
        raise FormRefused({"expires": _("Choose a day from today on, at most 13 months ahead.")})
    return datetime.combine(last + timedelta(days=1), time(), ZoneInfo(visit.zone))


PAGES = (list_keys, begin, issue, revoke)
