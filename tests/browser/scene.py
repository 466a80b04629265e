"""A network in which something of everything goes on, so that every page has something to show."""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from services.chassis import ids
from services.cli.api import Api, Rejected
from services.cli.demo import law
from services.cli.installation.running import Installation
from services.cli.installation.seeding import details, found_example
from tests.world import SENNE, STADT, WORLD

BEGIN = law.local(2026, 12, 7, 9)
HANDED_OVER = "Handed over at the meeting"


class Scene(Struct, frozen=True):
    """Ids by name, for the addresses in `pages.py`."""

    ids: dict[str, str]

    def path(self, template: str) -> str:
        return template.format(**self.ids)


def prepared(installation: Installation) -> Scene:
    """Founds the network and lets people act in it."""
    with Api(installation.url, installation.issuer, installation.secrets.password) as api:
        return _Play(api, installation.issuer).play()


class _Play:
    def __init__(self, api: Api, issuer: str) -> None:
        self.network = f"show-{ids.new('net')[-8:]}"
        self.path = f"/networks/{self.network}"
        self.api = api
        self.issuer = issuer
        self.office = api.of(STADT.representative.user)
        self.members: dict[str, str] = {}

    def play(self) -> Scene:
        self.members = found_example(
            self.api, self.issuer, WORLD, network=self.network, sandbox=True, clock=BEGIN.isoformat()
        )
        named = {f"member_{one.representative.user}": self.members[one.name] for one in WORLD.members}
        application, ballot = self._admission()
        waiting = self._apply("Kiezküche Sennestadt e. V.")
        exclusion, second = self._exclusion()
        return Scene({
            "network": self.network, "application": application, "waiting_application": waiting, "ballot": ballot,
            "exclusion": exclusion, "exclusion_ballot": second, **named,
        })  # fmt: skip

    def _apply(self, name: str) -> str:
        """Entered by the office, so received at once."""
        body = {
            "name": name,
            "field_of_work": SENNE.field_of_work,
            "address": SENNE.address,
            "contact": details(SENNE.representative, None),
            "representative": details(SENNE.representative, self.issuer),
            "deputy": details(SENNE.deputy, self.issuer),
            "will_to_cooperate": True,
        }
        return str(self.office.post(f"{self.path}/applications", body)["application"]["id"])

    def _admission(self) -> tuple[str, str]:
        application = self._apply(SENNE.name)
        ballot = str(self.office.post(f"{self.path}/applications/{application}/announcement")["id"])
        self._received(ballot, ("bethel", "wohnbau", "stadt", "trockendock"), BEGIN + timedelta(hours=2))
        self._vote(ballot, "bethel", "no-objection")
        self._vote(ballot, "trockendock", "object", "The same help is offered by two members already.")
        return application, ballot

    def _exclusion(self) -> tuple[str, str]:
        body = {"member": self.members[WORLD.members[3].name], "reason": "No representative has come for two years."}
        exclusion = str(self.api.of("bethel").post(f"{self.path}/exclusions", body)["id"])
        ballot = str(self.office.post(f"{self.path}/exclusions/{exclusion}/announcement")["id"])
        self._received(ballot, ("bethel", "stadt"), BEGIN + timedelta(hours=5))
        self._vote(ballot, "stadt", "approve")
        return exclusion, ballot

    def _received(self, ballot: str, users: tuple[str, ...], at: datetime) -> None:
        self.api.of(WORLD.operator.user).post(f"{self.path}/clock", {"moment": at.isoformat()})
        for user in users:
            body = {
                "member": self._member(user),
                "kind": "letter",
                "received_at": at.isoformat(),
                "reason": HANDED_OVER,
            }
            self._patiently(f"{self.path}/ballots/{ballot}/receipts", body)

    def _vote(self, ballot: str, user: str, choice: str, reason: str | None = None) -> None:
        body = {"choice": choice, **({"reason": reason} if reason else {})}
        self.api.of(user).post(f"{self.path}/ballots/{ballot}/votes", body)

    def _patiently(self, path: str, body: Any) -> None:
        """What the notices' own evidence has established already needs no receipt by the office."""
        try:
            self.office.post(path, body)
        except Rejected as rejected:
            if rejected.status != 409:
                raise

    def _member(self, user: str) -> str:
        return next(self.members[one.name] for one in WORLD.members if one.representative.user == user)
