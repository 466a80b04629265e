"""Everything that somebody may do, done once by each who may, on objects made for it (promise 9)."""

from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.security import networks
from tests.security.actors import actors
from tests.security.conftest import Scene
from tests.security.networks import START, Builder, found_in
from tests.security.rights import APPLICATION, BALLOT, EXCLUSION, KEY, MEMBER, NOTICE, OFFER, WEBHOOK, N

PERSONS = ("representative", "deputy", "office")
MACHINES = ("key", "personal key", "machine")
LATE = START + timedelta(days=1)


class Deeds:
    """`done` names what was carried out and by whom; `leaked` words of another network in the answers."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.net = scene, scene.nets["a"]
        self.done: set[tuple[str, str]] = set()
        self.leaked: list[str] = []
        self.now = LATE
        self._who = actors(scene)
        self._http = httpx.Client(base_url=scene.gateway.url, timeout=30)
        self.builder, self._other = self._builder("a"), self._builder("b")

    def all(self) -> None:
        try:
            self.go_to(LATE)
            for part in (self.settings, self.directory, self.machines, self.webhooks, self.applying, self.excluding,
                         self.admitting, self.running, self.people, self.leaving):  # fmt: skip
                part()
        finally:
            self._http.close()
            self.builder.stage.close()
            self._other.stage.close()

    def _builder(self, tag: str) -> Builder:
        scene = self.scene
        found = Builder(scene.installation, scene.api, scene.home, scene.owns[tag], scene.receivers[tag], tag)
        found.members = scene.nets[tag].members
        return found

    # Each part

    def settings(self) -> None:
        for actor in (*PERSONS, "elsewhere's office", "elsewhere's member", "left"):
            self.act("PUT /api/v1/me", actor, {"language": "en"})
        for actor in PERSONS:
            wishes = {"kinds": [{"kind": "results", "email": actor == "deputy"}]}
            self.act(f"PUT {N}/preferences", actor, wishes, version=self.version(actor, f"{N}/preferences"))
        for actor in ("representative", "deputy"):
            self.act(f"POST {NOTICE}/opening", actor)

    def directory(self) -> None:
        for actor in PERSONS:
            profile = {"address": self.word(f"address{actor}"), "website": ""}
            self.act(f"PUT {MEMBER}", actor, profile, version=self.version(actor, MEMBER))
            offer = {name: self.word(f"new{name}") for name in ("title", "service", "area", "contact")}
            made = self.act(f"POST {MEMBER}/offers", actor, offer)["id"]
            self.act(f"PUT {OFFER}", actor, offer | {"capacity": 3}, version=1, offer=made)
            self.act(f"DELETE {OFFER}", actor, version=2, offer=made)

    def machines(self) -> None:
        for actor in PERSONS:
            key = {"label": self.word("newkey"), "scopes": ["directory:read"], "expires_at": self.at(days=90)}
            made = self.act(f"POST {N}/keys", actor, key)["key"]["id"]
            if actor != "office":
                self.act(f"DELETE {KEY}", actor, key=made)

    def webhooks(self) -> None:
        url = f"http://127.0.0.1:{self.scene.receivers['a'].port}/{self.word('another')}"
        for actor in (*PERSONS, *MACHINES):
            made = self.act(f"POST {N}/webhooks", actor, {"url": url})["webhook"]["id"]
            if actor == "office":
                continue
            self.act(f"POST {WEBHOOK}/secret", actor, webhook=made)
            self.act(f"POST {WEBHOOK}/test", actor, webhook=made)
            sent = self.builder.stage.eventually("a delivery", lambda made=made: self._deliveries(made))  # type: ignore[misc]
            at = f"POST {WEBHOOK}/deliveries/{{delivery}}/redelivery"
            self.act(at, actor, webhook=made, delivery=sent[0]["id"])
            version = self.version(actor, WEBHOOK, webhook=made)
            self.act(f"PUT {WEBHOOK}", actor, {"url": url, "types": [], "active": False}, version=version, webhook=made)
            self.act(f"DELETE {WEBHOOK}", actor, version=version + 1, webhook=made)

    def applying(self) -> None:
        applicant = self._application("stranger")
        self.act(f"POST {N}/applications", "stranger", applicant)
        mail = self.builder._first_mail(applicant["contact"]["email"])
        self._confirm("applicant's link", self.builder.stage.token(mail))
        mail = self._other._mail(self.scene.nets["b"].ids["ballot"], "admission-ballot", "elsewhere")
        self._confirm("elsewhere's link", self._other.stage.token(mail))
        for actor in ("applicant", "applicant's link", "office"):
            application, who = self.applied(f"gone{len(actor)}", actor)
            self.act(f"POST {APPLICATION}/withdrawal", actor, who=who, application=application)
        application, _ = self.applied("declined", "office")
        self.act(f"POST {APPLICATION}/decline", "office", {"reason": self.word("why")}, application=application)

    def admitting(self) -> None:
        for actor in ("applicant", "applicant's link"):
            application, who = self.applied(f"asked{len(actor)}", actor)
            self.act(f"POST {APPLICATION}/question", "office", {"question": self.word("what")}, application=application)
            answer = {"answer": self.word("this")}
            self.act(f"POST {APPLICATION}/supplement", actor, answer, who=who, application=application)
        self.act(f"POST {APPLICATION}/question", "office", {"question": self.word("what")}, application=application)
        told = {"answer": self.word("told"), "told_by": self.word("teller"), "way": "telephone", "told_at": self.at()}
        self.act(f"POST {APPLICATION}/recorded-answer", "office", told, application=application)
        ballot = self.act(f"POST {APPLICATION}/announcement", "office", application=application)["id"]
        token = self.token(ballot, "admission-ballot", "elsewhere")
        self._confirm("ballot's link", token)
        link = {"fallnetz-link": token}
        self.receive(ballot, "office", "member", "quiet")
        choice = {"choice": "no-objection"}
        self.act(f"POST {BALLOT}/votes", "ballot's link", choice, who=link, ballot=ballot)
        self.act(f"POST {BALLOT}/votes", "representative", choice, ballot=ballot)
        self.act(f"POST {BALLOT}/votes", "office", choice, ballot=ballot)
        self.close(ballot)
        self.act(f"POST {APPLICATION}/welcome", "office", application=application)
        self.act(f"POST {APPLICATION}/countersignature", "office", {"received_at": self.at()}, application=application)

    def excluding(self) -> None:
        reason = {"member": self.net.members["bound"], "reason": self.word("reason")}
        for actor in PERSONS:
            made = self.act(f"POST {N}/exclusions", actor, reason)["id"]
            self.act(f"POST {EXCLUSION}/withdrawal", actor, exclusion=made)
        made = self.act(f"POST {N}/exclusions", "representative", reason)["id"]
        ballot = self.act(f"POST {EXCLUSION}/announcement", "office", exclusion=made)["id"]
        self.receive(ballot, "office", "member", "quiet", "elsewhere")
        self.act(f"POST {BALLOT}/votes", "deputy", {"choice": "approve"}, ballot=ballot)
        for one in ("office", "quiet", "elsewhere"):
            self.builder.speaking(one).post(f"{self.builder.path}/ballots/{ballot}/votes", {"choice": "approve"})
        self.close(ballot)
        message = {"kind": "letter", "received_at": self.at(), "reason": self.word("registered")}
        self.act(f"POST {EXCLUSION}/receipt", "office", message, exclusion=made)

    def running(self) -> None:
        for number, actor in enumerate(("office", "operator")):
            charter = self.charter() + f"\n# {number}\n"
            self.act(f"POST {N}/charter", actor, {"charter": charter.replace("14", str(15 + number), 1)})
            self.now += timedelta(hours=1)
            self.act(f"POST {N}/clock", actor, {"moment": self.at()})
            register = f"name,kind,address\n{self.word('added')}{number},charity,\n".encode()
            self.act(f"POST {N}/members/import", actor, register)
            member = self.net.members["elsewhere"]
            version = self.version(actor, MEMBER, member=member)
            self.act(f"PUT {MEMBER}/issuer", actor, {"issuer": None}, version=version, member=member)
        founded = {"id": "third-net", "charter": self.charter(), "sandbox": True, "clock": START.isoformat()}
        self.act("POST /api/v1/networks", "operator", founded)
        self.scene.api.of("betrieb").post("/networks/third-net/members/import", b"name,kind,address\nOne,charity,\n")
        first = self.scene.api.of("betrieb").items("/networks/third-net/members")[0]["id"]
        self.act(f"POST {N}/office", "operator", {"member": first}, network="third-net")

    def people(self) -> None:
        """Names and invites; the deputy last, who needs a representative without a sign-in. Whoever is named is invited
        at once, and nobody twice in ten minutes, so that it is the time that is refused."""
        for actor in (*PERSONS, "operator"):
            self.next_day()
            self.act(f"POST {MEMBER}/representations", actor, self._person("deputy", self.scene.home.url))
        self.next_day()
        self.act(f"POST {MEMBER}/representations", "office", self._person("deputy", None))
        for actor in ("representative", "office", "operator"):
            self.act(f"POST {MEMBER}/invitations", actor, {"role": "deputy"}, but="sent-a-moment-ago")
        self.next_day()
        self.act(f"POST {MEMBER}/representations", "office", self._person("deputy", self.scene.home.url))
        self.act(f"POST {MEMBER}/representations", "office", self._person("representative", None))
        self.act(f"POST {MEMBER}/invitations", "deputy", {"role": "representative"}, but="sent-a-moment-ago")

    def leaving(self) -> None:
        """Who declares it is out at once, so others of their kind do it (L3)."""
        for actor, organisation, role in (
            ("representative", "quiet", "representative"),
            ("deputy", "member", "deputy"),
        ):
            issuer, subject = self.builder.sign_in(organisation, role)
            assert issuer == self.scene.home.url
            token = networks.subject_token(self.scene.home, subject)
            member = {"member": self.net.members[organisation]}
            self.act(f"POST {N}/resignations", actor, member, who={"authorization": f"Bearer {token}"})
        holder = {"member": self.net.members["office"]}
        self.act(f"POST {N}/resignations", "office", holder, but="holds-the-office")
        self.act(f"POST {N}/office", "office", {"member": self.net.members["elsewhere"]})

    # What they are made of

    def act(
        self, name: str, actor: str, body: Any = None, *, version: int | None = None,
        who: dict[str, str] | None = None, but: str = "", **ids: str,
    ) -> Any:  # fmt: skip
        """Carries it out. Raises AssertionError where it is refused, unless for the reason `but`, which has nothing to
        do with rights."""
        verb, _, path = name.partition(" ")
        headers = {"accept-language": "en", **(who or self._who[actor])}
        if version is not None:
            headers["if-match"] = f'"{version}"'
        sent: dict[str, Any] = {"json": body} if body is not None else {}
        if isinstance(body, bytes):
            sent, headers["content-type"] = {"content": body}, "text/csv"
        answer = self._http.request(verb, path.format(**{**self.net.ids, **ids}), headers=headers, **sent)
        said = f"{name} by {actor}: {answer.status_code} {answer.text}"
        assert answer.json()["type"].endswith(f"/{but}") if but else answer.is_success, said
        other = "a" if actor.startswith("elsewhere") else "b"
        self.leaked += [f"{name} by {actor}: {word}" for word in found_in(f"{answer.headers}{answer.text}", other)]
        self.done.add((name, actor))
        return answer.json() if answer.content else None

    def word(self, what: str) -> str:
        return self.builder.word(what)

    def at(self, **later: float) -> str:
        return (self.now + timedelta(**later)).isoformat()

    def version(self, actor: str, path: str, **ids: str) -> int:
        answer = self._http.get(path.format(**{**self.net.ids, **ids}), headers=self._who[actor])
        return int(answer.headers["etag"].strip('"'))

    def charter(self) -> str:
        return str(self.scene.api.of("betrieb").get(f"/networks/{self.net.id}/charter")["text"])

    def next_day(self) -> None:
        self.go_to(self.now + timedelta(days=1))

    def go_to(self, moment: datetime) -> None:
        self.now = moment
        self.scene.api.of("betrieb").post(f"/networks/{self.net.id}/clock", {"moment": moment.isoformat()})

    def token(self, about: str, purpose: str, organisation: str) -> str:
        return self.builder.stage.token(self.builder._mail(about, purpose, organisation))

    def _confirm(self, actor: str, token: str) -> None:
        self.act("POST /api/v1/link/confirmation", actor, who={"fallnetz-link": token})

    def receive(self, ballot: str, *organisations: str) -> None:
        for one in organisations:
            receipt = {"member": self.net.members[one], "kind": "handed-over", "received_at": self.at(),
                       "reason": self.word("handed")}  # fmt: skip
            self.act(f"POST {BALLOT}/receipts", "office", receipt, ballot=ballot)

    def close(self, ballot: str) -> None:
        """A long time after; the loop that closes ballots wakes by itself."""
        self.go_to(self.now + timedelta(days=30))
        own = self.scene.api.of(networks.USERS["a"][0])
        path = f"/networks/{self.net.id}/ballots/{ballot}"
        self.builder.stage.eventually("the outcome", lambda: own.get(path)["outcome"], patience=60)

    def applied(self, what: str, actor: str) -> tuple[str, dict[str, str]]:
        """A new application whose contact has confirmed it, and the credential with which it is `actor`'s."""
        application, key, link = self.builder._application(what)
        own = {"applicant": {"fallnetz-applicant-key": key}, "applicant's link": {"fallnetz-link": link}}
        return application, own.get(actor, self._who["office"])

    def _application(self, what: str) -> dict[str, Any]:
        person = {"name": self.word(what), "email": f"{self.word(what)}@example.org", "language": "en"}
        form = self.scene.api.get(f"/networks/{self.net.id}/application-form")
        return {"name": self.word(f"{what}name"), "field_of_work": form["fields_of_work"][0], "address": "x",
                "contact": person, "representative": person, "deputy": person, "will_to_cooperate": True}  # fmt: skip

    def _person(self, role: str, issuer: str | None) -> dict[str, Any]:
        sign_in = {"issuer": issuer, "subject": f"a-member-{role}"} if issuer else {}
        name = self.word(f"new{role}" + ("in" if issuer else "out"))
        person = {"name": name, "email": f"{name}@example.org", "language": "en", **sign_in}
        return {"role": role, "person": person, "since": self.now.date().isoformat()}

    def _deliveries(self, webhook: str) -> Any:
        path = f"/networks/{self.net.id}/webhooks/{webhook}/deliveries"
        return self.scene.api.of(networks.USERS["a"][1]).items(path)
