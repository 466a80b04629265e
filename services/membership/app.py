"""The service's table of contents: settings, features, subscriptions."""

from services.chassis.service import Service
from services.chassis.settings import ServiceSettings
from services.membership import authority
from services.membership.members.requests import requests as members
from services.membership.networks.requests import requests as networks


class MembershipSettings(ServiceSettings, frozen=True, kw_only=True):
    """Variables begin with `FALLNETZ_MEMBERSHIP_`."""

    operators: str = ""
    """Who runs the installation: `issuer|subject,…`."""


def service(settings: MembershipSettings) -> Service:
    """Raises ValueError where `operators` is not written as it should be."""
    authority.appoint_operators(authority.read_operators(settings.operators))
    return Service("membership", settings=settings, requests=[networks, members])
