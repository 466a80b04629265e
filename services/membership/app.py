"""The service's table of contents: settings, features, subscriptions."""

from contracts.membership.words import Subject
from services.chassis.service import Service
from services.chassis.settings import ServiceSettings, SettingsError
from services.membership import authority
from services.membership.access.requests import requests as keys
from services.membership.access.requests_me import requests as oneself
from services.membership.access.requests_people import requests as sign_ins
from services.membership.admission import handlers as admission
from services.membership.admission.listeners import listeners as confirmations
from services.membership.admission.requests import requests as applications
from services.membership.ballots import handlers as ballots
from services.membership.ballots import handlers_outages as outages
from services.membership.ballots.listeners import listeners as receipts
from services.membership.ballots.requests import requests as voting
from services.membership.charter.requests import requests as charters
from services.membership.desk.requests import requests as desk
from services.membership.leaving import handlers as leaving
from services.membership.leaving.listeners import listeners as exclusion_messages
from services.membership.leaving.requests import requests as departures
from services.membership.members.requests import requests as members
from services.membership.members.requests_contacts import requests as contacts
from services.membership.members.requests_foresight import requests as foresight
from services.membership.networks.requests import requests as networks
from services.membership.networks.requests_tasks import requests as tasks
from services.membership.profiles.requests import requests as profiles

REQUESTS = (
    networks, tasks, charters, members, profiles, contacts, keys, sign_ins, oneself, applications, departures, voting,
    desk, foresight,
)  # fmt: skip
LISTENERS = (receipts, exclusion_messages, confirmations)
DEADLINES = (ballots.closing, admission.expiry)


class MembershipSettings(ServiceSettings, frozen=True, kw_only=True):
    """Variables begin with `FALLNETZ_MEMBERSHIP_`."""

    operators: str = ""
    """Who runs the installation: `issuer|subject,…`."""


def operators(setting: str) -> frozenset[authority.SignIn]:
    """The setting's sign-ins. Raises SettingsError that names the part which is not written as it should be."""
    try:
        return authority.read_operators(setting)
    except ValueError as wrong:
        raise SettingsError([f"FALLNETZ_MEMBERSHIP_OPERATORS: {wrong}."]) from None


def join_features() -> None:
    """Ballots tell admission and leaving of their end without importing them."""
    ballots.on_closed[Subject.ADMISSION] = admission.conclude
    ballots.on_closed[Subject.EXCLUSION] = leaving.conclude


def service(settings: MembershipSettings) -> Service:
    """Raises SettingsError where `operators` is not written as it should be."""
    authority.appoint_operators(operators(settings.operators))
    join_features()
    return Service(
        "membership",
        settings=settings,
        requests=REQUESTS,
        listeners=LISTENERS,
        deadlines=DEADLINES,
        workers=[outages.watch],
    )
