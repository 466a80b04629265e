"""Signing in and out, one's own sessions, for whom one acts."""

import msgspec
from litestar import Response

from contracts.texts import marked as _
from services.chassis import clock, telemetry
from services.portal.addresses import safe_target, with_query
from services.portal.api import Api, Missing
from services.portal.routing import action, page
from services.portal.signing_in.agents import agent_name
from services.portal.signing_in.oidc import ProviderFailed, SignedIn, SignInRefused, new_attempt
from services.portal.signing_in.sessions import Person
from services.portal.visit import Visit

_CODE_LENGTH = 2000


@page("/sign-in", public=True)
async def choose_provider(visit: Visit) -> Response[bytes]:
    """With a single provider, straight on to it, unless there is something to say first."""
    go_on, again = safe_target(visit.asked("next")), visit.asked("again") is not None
    if visit.session is not None:
        return visit.go(go_on)
    clients = visit.house.clients
    offered = sorted(clients.values(), key=lambda client: client.provider.url != visit.provider)
    found = [client.provider for client in offered]
    if len(found) == 1 and not again:
        return visit.go(with_query("/sign-in/start", {"provider": found[0].url, "next": go_on}))
    return visit.page("signing_in/choose.html", providers=found, go_on=go_on, again=again)


@page("/sign-in/start", public=True)
async def start(visit: Visit) -> Response[bytes]:
    """Sends the browser to the provider."""
    provider = visit.asked("provider") or ""
    client = visit.house.clients.get(provider)
    if client is None:
        raise Missing
    attempt = new_attempt(provider, safe_target(visit.asked("next")))
    try:
        state = await visit.house.sessions.begin(attempt, visit.known_browser())
        address = await client.address(attempt, state, visit.locale)
    except ProviderFailed as failed:
        return _failed(visit, failed)
    return visit.go(address)


@page("/sign-in/callback", public=True)
async def come_back(visit: Visit) -> Response[bytes]:
    """From the provider, with a code. The session that begins has a new secret (no fixation)."""
    attempt = None
    if visit.visitor and visit.method == "GET" and not visit.ahead:
        attempt = await visit.house.sessions.take(visit.asked("state") or "", visit.visitor)
    if attempt is None:
        return visit.page("signing_in/stale.html", status=400)
    client = visit.house.clients[attempt.provider]
    if (visit.asked("iss") or attempt.provider) != attempt.provider:  # RFC 9207: another provider's answer
        return visit.page("signing_in/stale.html", status=400)
    code = visit.asked("code")
    if not code or len(code) > _CODE_LENGTH:
        return visit.page("signing_in/declined.html", status=403, go_on=attempt.go_on)
    try:
        found = await client.exchange(code, attempt, clock.now())
        person = await _person(visit, attempt.provider, found)
    except (ProviderFailed, SignInRefused) as failed:
        return _failed(visit, failed)
    await _begin(visit, person, found)
    visit.cookies.append(visit.house.cookies.kept("provider", attempt.provider))
    return visit.go(attempt.go_on)


async def _begin(visit: Visit, person: Person, found: SignedIn) -> None:
    sessions = visit.house.sessions
    if visit.session is not None:
        await sessions.end(visit.session)
    before = visit.owner_of_drafts if visit.session is None else None
    secret, session = await sessions.start(person, found.tokens, agent_name(visit.agent))
    if before is not None:
        await sessions.hand_over_drafts(before, session.digest_of_person)
    visit.cookie, visit.session = secret, session
    visit.cookies.append(visit.house.cookies.session(secret))
    visit.cookies.append(visit.house.cookies.gone("fallnetz-visitor"))


async def _person(visit: Visit, issuer: str, found: SignedIn) -> Person:
    """What the API knows of whoever signed in; nobody, too."""
    person = Person(
        issuer=issuer, subject=found.subject, name=found.name or found.subject, looked_at=clock.now(),
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {found.tokens.access}", "Accept-Language": visit.locale}
    return await visit.house.look_at(Api(visit.house.http, headers), person)


def _failed(visit: Visit, failed: Exception) -> Response[bytes]:
    telemetry.log("sign-in-failed", "warning", cause=str(failed) or type(failed).__name__)
    return visit.page("signing_in/failed.html", status=502)


@action("/sign-out", public=True)
async def sign_out(visit: Visit) -> Response[bytes]:
    """Ends the session here at once, then at the provider where it offers that."""
    return await _leave(visit)


async def _leave(visit: Visit) -> Response[bytes]:
    visit.cookies.append(visit.house.cookies.gone("fallnetz"))
    session, visit.session = visit.session, None
    if session is None:
        return visit.go("/signed-out")
    await visit.house.sessions.end(session)
    visit.house.relay.end(session.id)
    client = visit.house.clients.get(session.person.issuer)
    back = f"{visit.house.origin}/signed-out"
    address = await client.sign_out(session.tokens, back) if client else None
    if address is None:
        return visit.go("/signed-out")
    # A form's policy (form-action 'self') forbids a redirect to the provider: a page of ours goes there.
    visit.headers["Refresh"] = f"0; url={address}"
    return visit.page("signing_in/signed_out.html", address=address)


@page("/signed-out", public=True)
async def signed_out(visit: Visit) -> Response[bytes]:
    return visit.page("signing_in/signed_out.html", address=None)


@page("/sessions")
async def list_sessions(visit: Visit) -> Response[bytes]:
    return visit.page("signing_in/sessions.html", sessions=await visit.house.sessions.all_of(visit.mine))


@action("/sessions/end")
async def end_session(visit: Visit) -> Response[bytes]:
    other = visit.form.get("session")
    if other == visit.mine.id:
        return await _leave(visit)
    if await visit.house.sessions.end_other(visit.mine, other):
        await visit.say(_("The session was ended."))
    return visit.go("/sessions")


@action("/acting-for")
async def act_for(visit: Visit) -> Response[bytes]:
    """Chooses the member for which the person acts in a network."""
    network, member = visit.form.get("network"), visit.form.get("member")
    person = visit.mine.person
    if member not in {standing.member for standing in person.standings_in(network)}:
        raise Missing
    chosen = msgspec.structs.replace(person, chosen={**person.chosen, network: member})
    await visit.house.sessions.know(visit.mine, chosen)
    return visit.go(f"/n/{network}")


PAGES = (choose_provider, start, come_back, sign_out, signed_out, list_sessions, end_session, act_for)
