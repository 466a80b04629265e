"""Every address under /api/v1: the gateway's table of contents."""

from services.gateway import routes_access, routes_membership, routes_notifications
from services.gateway.route import Route

ROUTES: tuple[Route, ...] = (*routes_membership.ROUTES, *routes_access.ROUTES, *routes_notifications.ROUTES)
