"""People without a sign-in, invitations to them, and identity providers that speak for one member alone (G2, O3)."""

from litestar import Response

from contracts.membership.access import Invitation, IssuerName
from contracts.membership.members import MemberView
from contracts.membership.words import Role
from contracts.request import Page
from contracts.texts import marked as _
from services.portal.api import Invalid, Missing, Rejected, TooMany
from services.portal.forms import Form
from services.portal.routing import action, page
from services.portal.visit import Visit

_DESK = "/n/{network:str}/desk"


@page(f"{_DESK}/people")
async def list_people(visit: Visit, network: str, cursor: str | None = None) -> Response[bytes]:
    if not (visit.office or visit.operator):
        raise Missing
    found = await visit.api.get(Page[MemberView], f"/networks/{network}/members", cursor=cursor, limit=25)
    return visit.page("desk/people.html", found=found)


@action(f"{_DESK}/people/{{member:str}}/invitation")
async def invite(visit: Visit, network: str, member: str) -> Response[bytes]:
    """Sends the invitation (again); not twice in a row."""
    if visit.form.get("role") not in set(Role):
        raise Missing
    path = f"/networks/{network}/members/{member}/invitations"
    try:
        await visit.api.post(MemberView, path, Invitation(role=Role(visit.form.get("role"))), key=visit.form.key)
    except TooMany as refused:
        if refused.slug != "sent-a-moment-ago":
            raise
        await visit.pass_on(refused)
    else:
        await visit.say(_("The invitation is sent."))
    return visit.go(f"/n/{network}/desk/people")


@page(f"{_DESK}/people/{{member:str}}/issuer")
async def show_issuer(visit: Visit, network: str, member: str) -> Response[bytes]:
    return await _issuer(visit, network, member)


async def _issuer(
    visit: Visit, network: str, member: str, form: Form | None = None, status: int = 200
) -> Response[bytes]:
    if not (visit.office or visit.operator):
        raise Missing
    found = await visit.api.get(MemberView, f"/networks/{network}/members/{member}")
    issuers = [client.provider for client in visit.house.clients.values() if client.provider.url != _own(visit)]
    filled = form or Form.of(issuer=found.issuer or "any")
    return visit.page("desk/issuer.html", status=status, member=found, issuers=issuers, form=filled)


def _own(visit: Visit) -> str:
    """Where whoever chooses has signed in: bound to another member, it would shut them out with everybody else."""
    return str(visit.person.issuer)


@action(f"{_DESK}/people/{{member:str}}/issuer")
async def bind(visit: Visit, network: str, member: str) -> Response[bytes]:
    form = visit.form
    chosen = form.get("issuer")
    if chosen != "any" and (chosen not in visit.house.clients or chosen == _own(visit)):
        form.errors["issuer"] = _("Choose where these people sign in.")
        return await _issuer(visit, network, member, form, 422)
    try:
        body = IssuerName(issuer=None if chosen == "any" else chosen)
        await visit.api.put(
            MemberView, f"/networks/{network}/members/{member}/issuer", body, version=None, key=form.key
        )
    except Invalid as refused:
        return await _issuer(visit, network, member, form.with_errors(refused), 422)
    except Rejected as refused:
        if refused.status != 409:
            raise
        return await _issuer(visit, network, member, form.with_errors(refused), 409)
    await visit.say(_("The choice is saved."))
    return visit.go(f"/n/{network}/desk/people")


PAGES = (list_people, invite, show_issuer, bind)
