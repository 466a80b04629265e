"""What belongs to no feature: the first page, the choice of language, what an operator must say."""

from litestar import Response

from services.portal.addresses import safe_target
from services.portal.rendering import LOCALES
from services.portal.routing import action, page
from services.portal.visit import Visit


@page("/", public=True)
async def start(visit: Visit) -> Response[bytes]:
    """Whoever has one network is there at once."""
    if visit.session is None:
        return visit.page("shell/welcome.html")
    networks = await visit.networks()
    if len(networks) == 1:
        return visit.go(f"/n/{networks[0].id}")
    return visit.page("shell/networks.html", networks=networks)


@action("/language", public=True)
async def choose_language(visit: Visit) -> Response[bytes]:
    """Remembered in this browser; which language mails have is a setting of the person's."""
    chosen = visit.form.get("language")
    if chosen in LOCALES:
        visit.cookies.append(visit.house.cookies.kept("language", chosen))
    return visit.go(safe_target(visit.form.get("next")))


@page("/accessibility", public=True)
async def accessibility(visit: Visit) -> Response[bytes]:
    return _said_by_operator(visit, "accessibility")


@page("/privacy", public=True)
async def privacy(visit: Visit) -> Response[bytes]:
    return _said_by_operator(visit, "privacy")


@page("/imprint", public=True)
async def imprint(visit: Visit) -> Response[bytes]:
    return _said_by_operator(visit, "imprint")


def _said_by_operator(visit: Visit, name: str) -> Response[bytes]:
    own = visit.house.operator_pages.find(name, visit.locale)
    return visit.page(f"shell/{name}.html", own=own, file=f"{name}.html")


PAGES = (start, choose_language, accessibility, privacy, imprint)
