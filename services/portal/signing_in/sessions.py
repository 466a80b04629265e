"""What the portal knows of somebody who is signed in."""

from datetime import datetime

from msgspec import Struct

from contracts.membership.members import Standing
from services.portal.signing_in.oidc import Tokens


class NetworkName(Struct, frozen=True, kw_only=True):
    """What every page of a network needs to know of it."""

    id: str
    name: str
    time_zone: str
    sandbox: bool = False


class Person(Struct, frozen=True, kw_only=True):
    """Who is signed in and for whom they speak, as the API said at `looked_at`."""

    issuer: str
    subject: str
    name: str
    operator: bool = False
    standings: list[Standing] = []
    networks: list[NetworkName] = []
    chosen: dict[str, str] = {}
    """The member for which the person acts, for each network in which there are several."""
    language: str | None = None
    looked_at: datetime

    def network(self, network: str) -> NetworkName | None:
        return next((one for one in self.networks if one.id == network), None)

    def standings_in(self, network: str) -> list[Standing]:
        """One for each member for which the person speaks there."""
        found: dict[str, Standing] = {}
        for standing in self.standings:
            if standing.network == network:
                found.setdefault(standing.member, standing)
        return list(found.values())

    def standing(self, network: str) -> Standing | None:
        """The chosen one, or the first."""
        found = self.standings_in(network)
        chosen = self.chosen.get(network)
        return next((one for one in found if one.member == chosen), found[0] if found else None)


class Session(Struct, frozen=True, kw_only=True):
    id: str
    digest_of_person: str
    agent: str
    started_at: datetime
    seen_at: datetime
    ends_at: datetime
    tokens: Tokens
    person: Person
    note: str | None = None
