"""A member's own page, where it is changed: profile, people, invitations (O3). For the member and the office."""

from litestar import Response

from contracts.membership.access import Invitation
from contracts.membership.members import MemberView, NamedPerson, PersonDetails
from contracts.membership.profiles import MemberProfile
from contracts.membership.words import Role
from contracts.texts import marked as _
from services.portal import days
from services.portal.api import EditedMeanwhile, Invalid, Missing, Rejected, TooMany
from services.portal.forms import Form, FormRefused
from services.portal.members import listing
from services.portal.members.pages import rights
from services.portal.rendering import LANGUAGES
from services.portal.routing import action, page
from services.portal.showing import WORDS
from services.portal.visit import Visit

_MEMBER = "/n/{network:str}/members/{member:str}"

WORDS["field"] = WORDS.get("field", {}) | {
    "address": _("Address"), "phone": _("Telephone"), "email": _("E-mail"), "website": _("Website"),
}  # fmt: skip


@page(f"{_MEMBER}/profile")
async def edit_profile(visit: Visit, network: str, member: str) -> Response[bytes]:
    found = await _member(visit, network, member)
    if not rights(visit, found).edit:
        raise Missing
    form = Form.of(address=found.address or "", phone=found.phone, email=found.email, website=found.website)
    return _profile(visit, found, form, version=found.version)


@action(f"{_MEMBER}/profile")
async def save_profile(visit: Visit, network: str, member: str) -> Response[bytes]:
    path = f"/networks/{network}/members/{member}"
    try:
        visit.form.demand(address=_("Enter the address."))
        body = visit.form.read(MemberProfile)
        await visit.api.put(MemberView, path, body, version=visit.form.version, key=visit.form.key)
    except EditedMeanwhile:
        found = await _member(visit, network, member)
        return _profile(visit, found, visit.form, version=found.version, theirs=found, status=412)
    except (FormRefused, Invalid) as wrong:
        found = await _member(visit, network, member)
        return _profile(visit, found, visit.form.with_errors(wrong), version=visit.form.version, status=422)
    await visit.say(_("The profile was saved."))
    return visit.go(f"{visit.home}/members/{member}")


def _profile(
    visit: Visit, member: MemberView, form: Form, *, version: int | None, theirs: MemberView | None = None,
    status: int = 200,
) -> Response[bytes]:  # fmt: skip
    return visit.page("members/profile.html", status=status, member=member, form=form, version=version, theirs=theirs)


@page(f"{_MEMBER}/people/{{role:str}}")
async def edit_person(visit: Visit, network: str, member: str, role: str) -> Response[bytes]:
    found = await _member(visit, network, member)
    if not rights(visit, found).people:
        raise Missing
    return _person(visit, found, _role(role), Form.of(language=visit.locale))


@action(f"{_MEMBER}/people/{{role:str}}")
async def name_person(visit: Visit, network: str, member: str, role: str) -> Response[bytes]:
    """Whoever had the function has it no more, and the one named gets an invitation by e-mail."""
    function = _role(role)
    try:
        visit.form.demand(name=_("Enter the name."), email=_("Enter the e-mail address."))
        person = visit.form.read(PersonDetails)
        body = NamedPerson(role=function, person=person, since=days.day_in(visit.form, "since"))
        await visit.api.post(
            MemberView, f"/networks/{network}/members/{member}/representations", body, key=visit.form.key
        )
    except (FormRefused, Invalid) as wrong:
        return _person(
            visit, await _member(visit, network, member), function, visit.form.with_errors(wrong), status=422
        )
    except Rejected as refused:
        if refused.status != 409 and refused.slug != "sent-a-moment-ago":
            raise
        visit.form.errors[""] = refused.sentence
        return _person(visit, await _member(visit, network, member), function, visit.form, status=refused.status)
    await visit.say(_("The person was named and gets an invitation by e-mail."))
    return visit.go(f"{visit.home}/members/{member}")


@action(f"{_MEMBER}/people/{{role:str}}/invitation")
async def invite(visit: Visit, network: str, member: str, role: str) -> Response[bytes]:
    path = f"/networks/{network}/members/{member}/invitations"
    try:
        await visit.api.post(MemberView, path, Invitation(role=_role(role)), key=visit.form.key)
    except TooMany as refused:
        if refused.slug != "sent-a-moment-ago":
            raise
        await visit.pass_on(refused)
    else:
        await visit.say(_("The invitation was sent."))
    return visit.go(f"{visit.home}/members/{member}")


def _person(visit: Visit, member: MemberView, role: Role, form: Form, *, status: int = 200) -> Response[bytes]:
    return visit.page(
        "members/person.html", status=status, member=member, role=role, now=listing.holder(member, role), form=form,
        languages_of=list(LANGUAGES.items()),
    )  # fmt: skip


async def _member(visit: Visit, network: str, member: str) -> MemberView:
    return await visit.api.get(MemberView, f"/networks/{network}/members/{member}")


def _role(written: str) -> Role:
    try:
        return Role(written)
    except ValueError:
        raise Missing from None


PAGES = (edit_profile, save_profile, edit_person, name_person, invite)
