"""Keys as pages show them, and what their scopes are called."""

from datetime import datetime

from contracts.membership.access import KeyView, Scope
from contracts.request import Page
from contracts.texts import marked as _
from services.portal.api import Api
from services.portal.showing import WORDS

WORDS["scope"] = {
    Scope.DIRECTORY: _("Read the directory"),
    Scope.PROCEDURES: _("Read procedures"),
    Scope.NOTICES: _("Read notices"),
    Scope.CHANGES: _("Read the changes feed"),
    Scope.PROCEDURES_WRITE: _("Give commands in procedures"),
    Scope.WEBHOOKS: _("Manage webhooks"),
    Scope.SANDBOX: _("Advance a sandbox's test clock"),
}
SCOPE_HINTS: dict[Scope, str] = {
    Scope.DIRECTORY: _("Network, charter, members, offers."),
    Scope.PROCEDURES: _("Ballots, admissions, exclusions, what waits for an answer, search."),
    Scope.NOTICES: _("Notices to your organisation and the steps of their delivery."),
    Scope.CHANGES: _("What became true, in order, also live."),
    Scope.PROCEDURES_WRITE: _(
        "Only what your organisation may do, and nothing that takes a person. A key never votes."
    ),
    Scope.WEBHOOKS: _("Add, change and remove webhooks, read their deliveries."),
    Scope.SANDBOX: _("For tests, by operators and the office."),
}
_MOST = 1000


async def keys_of(api: Api, network: str) -> list[KeyView]:
    """The member's keys and one's own personal ones."""
    found: list[KeyView] = []
    cursor = None
    while True:
        part = await api.get(Page[KeyView], f"/networks/{network}/keys", cursor=cursor, limit=200)
        found += part.items
        if part.next is None or len(found) >= _MOST:
            return found
        cursor = part.next


def good(key: KeyView, now: datetime) -> bool:
    return key.revoked_at is None and key.expires_at > now


def own_calendar(key: KeyView, now: datetime) -> bool:
    """A personal key that may read procedures and nothing else is a calendar's."""
    return key.person is not None and key.scopes == [Scope.PROCEDURES] and key.client is None and good(key, now)
