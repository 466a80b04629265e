"""A network in which something of everything goes on, so that every page has something to show."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from services.chassis import ids
from services.cli.api import Api, Rejected
from services.cli.demo import law
from services.cli.installation.running import Installation
from services.cli.installation.seeding import details, found_example
from tests.browser.cast import USUAL, Cast
from tests.browser.links import tokens

LONG_AGO = law.local(2026, 11, 4, 9)
BEGIN = law.local(2026, 12, 7, 9)
HANDED_OVER = "Handed over at the meeting"
PROFILES: dict[str, tuple[dict[str, str], list[dict[str, Any]]]] = {
    "bethel": (
        {"address": "Königsweg 1\n33617 Bielefeld", "phone": "+49 521 144-0", "email": "info@bethel.example",
         "website": "https://www.bethel.example"},
        [{"title": "Bahnhofsmission", "service": "Beratung", "target_groups": ["Wohnungslose", "Reisende"],
          "area": "Mitte", "opening_hours": "Mo bis Fr 8 bis 18 Uhr", "languages": ["Deutsch", "Polnisch"],
          "contact": "In der Halle, Gleis 1"}],
    ),
    "wohnbau": (
        {"address": "Carlmeyerstraße 1\n33613 Bielefeld", "phone": "+49 521 880 901", "email": "", "website": ""},
        [{"title": "Wohnungen mit Begleitung", "service": "Wohnraum", "target_groups": ["Familien"], "capacity": 12,
          "area": "Sennestadt, Brackwede"}],
    ),
}  # fmt: skip
"""Profile and offers by the representative's sign-in; the data are invented."""


class Scene(Struct, frozen=True):
    """Ids by name, for the addresses in `pages.py`."""

    ids: dict[str, str]

    def path(self, template: str) -> str:
        return template.format(**self.ids)


def prepared(installation: Installation, cast: Cast = USUAL) -> Scene:
    """Founds the network and lets people act in it."""
    with Api(installation.url, installation.issuer, installation.secrets.password) as api:
        play = _Play(api, installation.issuer, cast)
        scene = play.play()
        links = tokens(installation, api, play.network, play.members, scene.ids["ballot"], cast)
        return Scene({**scene.ids, **links})


class _Play:
    def __init__(self, api: Api, issuer: str, cast: Cast) -> None:
        self.network = f"show-{ids.new('net')[-8:]}"
        self.path = f"/networks/{self.network}"
        self.api = api
        self.issuer = issuer
        self.cast = cast
        self.world = cast.example
        self.office = api.of(self.world.office_holder.representative.user)
        self.members: dict[str, str] = {}
        self.offer = ""

    def play(self) -> Scene:
        self.members = found_example(
            self.api, self.issuer, self.world, network=self.network, register=self.cast.register,
            charter=self.cast.charter, sandbox=True, clock=LONG_AGO.isoformat(),
        )  # fmt: skip
        self._profiles()
        passed, decided, welcomed = self._decided()
        named = {f"member_{one.representative.user}": self.members[one.name] for one in self.world.members}
        application, ballot = self._admission()
        waiting = self._apply("Kiezküche Sennestadt e. V.")
        exclusion, second = self._exclusion()
        return Scene({
            "network": self.network, "application": application, "waiting_application": waiting, "ballot": ballot,
            "exclusion": exclusion, "exclusion_ballot": second, "decided_ballot": decided,
            "passed_application": passed, "welcomed_application": welcomed,
            "offer": self.offer, "webhook": self._webhook(), **named,
        })  # fmt: skip

    def _profiles(self) -> None:
        """Two members say what they do and where; the office enters it."""
        for user, (profile, offers) in PROFILES.items():
            member = f"{self.path}/members/{self._member(user)}"
            written = {**profile, "address": self.cast.text(profile["address"])}
            self._put(member, written, version=self.office.get(member)["version"])
            for offer in offers:
                self.offer = str(self.office.post(f"{member}/offers", self._written(offer))["id"])

    def _written(self, offer: dict[str, Any]) -> dict[str, Any]:
        """As the cast writes it."""
        line, text = self.cast.line, self.cast.text
        written: dict[str, Callable[[Any], Any]] = {
            "title": line, "service": line, "area": text, "opening_hours": text, "contact": text,
            "target_groups": lambda groups: [line(one) for one in groups],
            "languages": lambda languages: [line(one) for one in languages],
        }  # fmt: skip
        return {name: written[name](value) if name in written else value for name, value in offer.items()}

    def _decided(self) -> tuple[str, str, str]:
        """Ballots of a month ago, over since. Of the first, in which two of six objected, the application and the
        ballot; of the second the application, to which the office has sent the agreement."""
        users = tuple(one.representative.user for one in self.world.members)
        passed, welcomed = self._apply("Möbelkiste Heepen gGmbH"), self._apply("Mietertreff Baumheide e. V.")
        ballots = [str(self.office.post(f"{self.path}/applications/{one}/announcement")["id"])
                   for one in (passed, welcomed)]  # fmt: skip
        for ballot in ballots:
            self._received(ballot, users, LONG_AGO + timedelta(hours=1))
        for user, choice in zip(users, ("no-objection", "object", "abstain", "object", "no-objection"), strict=False):
            self._vote(ballots[0], user, choice)
        self._go_to(BEGIN)
        for application in (passed, welcomed):
            self._wait_until_passed(application)
        self.office.post(f"{self.path}/applications/{welcomed}/welcome")
        return passed, ballots[0], welcomed

    def _wait_until_passed(self, application: str) -> None:
        until = time.monotonic() + 15
        while self.office.get(f"{self.path}/applications/{application}")["state"] != "passed":
            assert time.monotonic() < until, application
            time.sleep(0.1)

    def _webhook(self) -> str:
        """A sandbox sends nothing to the outside, and its log says so."""
        wohnbau = self.api.of("wohnbau")
        body = {"url": self.cast.hook, "types": ["membership.ballot.closed.v1"]}
        webhook = str(wohnbau.post(f"{self.path}/webhooks", body)["webhook"]["id"])
        wohnbau.post(f"{self.path}/webhooks/{webhook}/test")
        in_a_year = (BEGIN + timedelta(days=365)).isoformat()
        key = {
            "label": self.cast.line("Intranet")[:80],
            "scopes": ["directory:read", "changes:read"],
            "expires_at": in_a_year,
        }
        wohnbau.post(f"{self.path}/keys", key)
        return webhook

    def _put(self, path: str, body: Any, *, version: int) -> None:
        """As the office, for the version that was read."""
        answer = self.office.put(path, body, version=version)
        assert answer["version"] > version

    def _go_to(self, moment: datetime) -> None:
        self.api.of(self.world.operator.user).post(f"{self.path}/clock", {"moment": moment.isoformat()})

    def _apply(self, name: str) -> str:
        """Entered by the office, so received at once."""
        body = {
            "name": self.cast.line(name),
            "field_of_work": self.world.applicant.field_of_work,
            "address": self.world.applicant.address,
            "contact": details(self.world.applicant.representative, None),
            "representative": details(self.world.applicant.representative, self.issuer),
            "deputy": details(self.world.applicant.deputy, self.issuer),
            "will_to_cooperate": True,
        }
        return str(self.office.post(f"{self.path}/applications", body)["application"]["id"])

    def _admission(self) -> tuple[str, str]:
        application = self._apply(self.world.applicant.name)
        ballot = str(self.office.post(f"{self.path}/applications/{application}/announcement")["id"])
        self._received(ballot, ("bethel", "wohnbau", "stadt", "trockendock"), BEGIN + timedelta(hours=2))
        self._vote(ballot, "bethel", "no-objection")
        self._vote(ballot, "trockendock", "object", self.cast.text("The same help is offered by two members already."))
        return application, ballot

    def _exclusion(self) -> tuple[str, str]:
        body = {
            "member": self.members[self.world.members[3].name],
            "reason": self.cast.text("No representative has come for two years."),
        }
        exclusion = str(self.api.of("bethel").post(f"{self.path}/exclusions", body)["id"])
        ballot = str(self.office.post(f"{self.path}/exclusions/{exclusion}/announcement")["id"])
        self._received(ballot, ("bethel", "stadt"), BEGIN + timedelta(hours=5))
        self._vote(ballot, "stadt", "approve")
        return exclusion, ballot

    def _received(self, ballot: str, users: tuple[str, ...], at: datetime) -> None:
        self._go_to(at)
        for user in users:
            body = {
                "member": self._member(user),
                "kind": "letter",
                "received_at": at.isoformat(),
                "reason": self.cast.text(HANDED_OVER),
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
        return next(self.members[one.name] for one in self.world.members if one.representative.user == user)
