"""`/live/‹network›`: what changes while a page is open."""

from litestar import Response
from litestar.response import Stream

from services.portal.routing import page
from services.portal.visit import Visit

EVENTS = "text/event-stream"


@page("/live/{network:str}", public=True, media_type=EVENTS)
async def follow(visit: Visit, network: str) -> "Response[bytes] | Stream":
    """204 ends a browser's attempts to connect: nobody is signed in, or there is nothing to read."""
    if visit.method == "HEAD":
        return Response(b"", media_type=EVENTS)
    if visit.session is None or visit.session.person.network(network) is None:
        return Response(b"", status_code=204)
    standing = visit.session.person.standing(network)
    member = standing.member if standing else None
    headers = {"X-Accel-Buffering": "no"}
    events = visit.house.relay.follow(visit.session, network, member, again=visit.connects_again)
    return Stream(events, media_type=EVENTS, headers=headers)


PAGES = (follow,)
