"""Two networks of the same shape on one installation. Every text and name in them holds a canary: a word that must
never turn up in front of anybody of the other network, nor in logs, on the bus or in a webhook's payload.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from contracts.membership.access import Scope
from services.cli.api import Api, Rejected
from services.cli.demo.stage import Stage
from services.cli.installation.running import Installation
from tests.gateway.issuer import Issuer
from tests.security.receiving import Receiver
from tests.world import WORLD

CANARY = re.compile(r"zk(?P<network>[ab])canary[a-z0-9]+qx")
START = datetime(2026, 12, 7, 8, tzinfo=UTC)
ORGANISATIONS = ("office", "member", "leaving", "elsewhere", "quiet", "bound")
"""One of each network; `bound` signs in at an identity provider of its own."""
USERS = {"a": ("stadt", "diakonie", "gfs"), "b": ("bethel", "wohnbau", "trockendock")}
"""Who of the development identity provider represents office, member and leaving: they can use the portal."""

DEPUTIES = {"a": "diakonie-2", "b": "wohnbau-2"}
"""Who of them is deputy of `elsewhere`."""


def canary(tag: str, what: str) -> str:
    return f"zk{tag}canary{what}qx"


def found_in(text: str, tag: str | None = None) -> list[str]:
    """The canaries in a text, of one network or of any."""
    return [one[0] for one in CANARY.finditer(text.lower()) if tag in (None, one["network"])]


class Net(Struct, kw_only=True):
    """One network, with the ids of what is in it and the credentials of whoever has to do with it."""

    tag: str
    id: str
    members: dict[str, str]
    ids: dict[str, str]
    """By the name that stands in the braces of routes."""
    secrets: dict[str, str]
    """API keys, tokens of links, the applicant's key."""
    unannounced: str
    """An application that only office and applicant know of."""
    mails: list[str]
    """To whom mails go."""


class Builder:
    """Founds one of the networks, over the API alone."""

    def __init__(
        self, installation: Installation, api: Api, home: Issuer, own: Issuer, receiver: Receiver, tag: str
    ) -> None:
        self._installation, self._api = installation, api
        self._home, self._own, self._receiver = home, own, receiver
        self.tag, self.id = tag, {"a": "first-net", "b": "second-net"}[tag]
        self.path = f"/networks/{self.id}"
        self.stage = Stage(api, installation.mailbox, installation.issuer, self.id, WORLD)
        self.stage.now = START
        self.members: dict[str, str] = {}

    def word(self, what: str) -> str:
        return canary(self.tag, what)

    def speaking(self, organisation: str, role: str = "representative") -> Api:
        """As the person who has the function."""
        issuer, subject = self.sign_in(organisation, role)
        if issuer == self._installation.issuer:
            return self._api.of(subject)
        signing = self._own if issuer == self._own.url else self._home
        return self._api.bearer(subject_token(signing, subject))

    def sign_in(self, organisation: str, role: str) -> tuple[str, str]:
        number = ORGANISATIONS.index(organisation)
        if role == "representative" and number < len(USERS[self.tag]):
            return self._installation.issuer, USERS[self.tag][number]
        if (organisation, role) == ("elsewhere", "deputy"):
            return self._installation.issuer, DEPUTIES[self.tag]
        issuer = self._own if organisation == "bound" else self._home
        return issuer.url, f"{self.tag}-{organisation}-{role}"

    def build(self) -> Net:
        self._found()
        secrets = self._keys()
        ids = {"network": self.id, "member": self.members["member"]}
        ids["offer"] = self._post("member", "/members/{member}/offers", self._offer())["id"]
        self._profile()
        secrets["webhook"], ids["webhook"], ids["delivery"] = self._webhook()
        unannounced, _key, _ = self._application("hidden")
        ids["application"], secrets["applicant"], link = self._application("shown")
        secrets["applicant-link"] = link
        self._post("office", f"/applications/{ids['application']}/question", {"question": self.word("question")})
        self._api.applicant(secrets["applicant"]).post(
            f"{self.path}/applications/{ids['application']}/supplement", {"answer": self.word("answer")}
        )
        self._post("office", f"/applications/{unannounced}/question", {"question": self.word("hiddenquestion")})
        ids["ballot"] = self._post("office", f"/applications/{ids['application']}/announcement")["id"]
        mail = self._mail(ids["ballot"], "admission-ballot", "member")
        secrets["ballot-link"] = self.stage.token(mail)
        ids["notice"] = self.stage.notice_of(mail)
        self.stage.confirm(self.stage.link(mail))
        self._vote(ids["ballot"])
        reason = {"member": self.members["quiet"], "reason": self.word("exclusionreason")}
        ids["exclusion"] = self._post("member", "/exclusions", reason)["id"]
        self._post("office", f"/exclusions/{ids['exclusion']}/announcement")
        second = {"member": self.members["elsewhere"], "reason": self.word("secondreason")}
        self._post("member", "/exclusions", second)
        self.speaking("member").delete(f"{self.path}/keys/{secrets['id of revoked']}")
        self._pass_hours()
        ids["key"] = secrets.pop("id of all")
        self._post("leaving", "/resignations", {"member": self.members["leaving"]})
        self.stage.close()
        mails = [
            f"{self.word(f'{one}{role}mail')}@example.org"
            for one in ORGANISATIONS
            for role in ("representative", "deputy")
        ]
        return Net(
            tag=self.tag, id=self.id, members=self.members, ids=ids, secrets=secrets, unannounced=unannounced,
            mails=mails,
        )  # fmt: skip

    def _found(self) -> None:
        operator = self._api.of(WORLD.operator.user)
        charter = re.sub(r'name = "[^"]*"', f'name = "{self.word("charter")}"', WORLD.charter_text, count=1)
        operator.post("/networks", {"id": self.id, "charter": charter, "sandbox": True, "clock": START.isoformat()})
        rows = "\n".join(f"{self.word(one)},charity,{self.word(one + 'street')}" for one in ORGANISATIONS)
        operator.post(f"{self.path}/members/import", f"name,kind,address\n{rows}\n".encode())
        names = {member["name"]: member["id"] for member in operator.items(f"{self.path}/members")}
        self.members = {one: names[self.word(one)] for one in ORGANISATIONS}
        for one, member in self.members.items():
            if one == "bound":
                operator.put(f"{self.path}/members/{member}/issuer", {"issuer": self._own.url}, version=1)
            for role in ("representative", "deputy"):
                issuer, subject = self.sign_in(one, role)
                person = {
                    "name": self.word(f"{one}{role}"), "email": f"{self.word(f'{one}{role}mail')}@example.org",
                    "language": "en", "issuer": issuer, "subject": subject,
                }  # fmt: skip
                operator.post(f"{self.path}/members/{member}/representations", {"role": role, "person": person})
        operator.post(f"{self.path}/office", {"member": self.members["office"]})

    def _keys(self) -> dict[str, str]:
        later = START + timedelta(days=300)
        every = [scope.value for scope in Scope]
        made: dict[str, dict[str, Any]] = {
            "all": {"scopes": every}, "narrow": {"scopes": [Scope.SANDBOX.value]}, "revoked": {"scopes": every},
            "personal": {"scopes": every, "personal": True},
            "expired": {"scopes": every, "expires_at": (START + timedelta(hours=1)).isoformat()},
            "machine": {"scopes": every, "client": {"issuer": self._home.url, "subject": f"{self.tag}-machine"}},
        }  # fmt: skip
        found = {}
        for name, changes in made.items():
            body = {"label": self.word(f"label{name}"), "expires_at": later.isoformat(), **changes}
            issued = self._post("member", "/keys", body)
            found[name] = issued["secret"] or ""
            found[f"id of {name}"] = issued["key"]["id"]
        return found

    def _pass_hours(self) -> None:
        """One of the keys expires."""
        operator = self._api.of(WORLD.operator.user)
        operator.post(f"{self.path}/clock", {"moment": (START + timedelta(hours=2)).isoformat()})

    def _offer(self) -> dict[str, Any]:
        return {name: self.word(f"offer{name.replace('_', '')}") for name in ("title", "service", "area", "contact")}

    def _profile(self) -> None:
        member = f"{self.path}/members/{self.members['member']}"
        version = self.speaking("member").get(member)["version"]
        profile = {"address": self.word("address"), "phone": "", "website": f"https://{self.word('site')}.example"}
        self.speaking("member").put(member, profile, version=version)
        redirect = {"redirect_to": f"{self.word('redirect')}@example.org"}
        version = self.speaking("member").get(f"{self.path}/preferences")["version"]
        self.speaking("member").put(f"{self.path}/preferences", redirect, version=version)

    def _webhook(self) -> tuple[str, str, str]:
        url = f"http://127.0.0.1:{self._receiver.port}/{self.word('hook')}"
        issued = self._post("member", "/webhooks", {"url": url})
        webhook = issued["webhook"]["id"]
        self._post("member", f"/webhooks/{webhook}/test")
        deliveries = self.stage.eventually("a delivery", lambda: self._deliveries(webhook))
        return issued["secret"], webhook, deliveries[0]["id"]

    def _deliveries(self, webhook: str) -> list[Any]:
        return self.speaking("member").items(f"{self.path}/webhooks/{webhook}/deliveries")

    def _application(self, what: str) -> tuple[str, str, str]:
        """Id, key and link of an application that its contact has confirmed."""
        people = {
            role: {
                "name": self.word(what + role),
                "email": f"{self.word(f'{what}{role}mail')}@example.org",
                "language": "en",
            }
            for role in ("contact", "representative", "deputy")
        }
        field = self._api.get(f"{self.path}/application-form")["fields_of_work"][0]
        body = {"name": self.word(what), "field_of_work": field, "address": self.word(what + "at")}
        receipt = self._api.post(f"{self.path}/applications", body | people | {"will_to_cooperate": True})
        application, key = receipt["application"]["id"], receipt["applicant_key"]
        mail = self._first_mail(people["contact"]["email"])
        self.stage.confirm(self.stage.link(mail))
        own = self._api.applicant(key)
        path = f"{self.path}/applications/{application}"
        self.stage.eventually("the application", lambda: own.get(path)["state"] != "unconfirmed")
        return application, key, self.stage.token(mail)

    def _first_mail(self, address: str) -> Any:
        return self.stage.eventually(f"a mail to {address}", lambda: next(iter(self.stage.mails(address)), None))

    def _mail(self, about: str, purpose: str, organisation: str) -> Any:
        address = f"{self.word(f'{organisation}representativemail')}@example.org"
        member = self.members[organisation]

        def look() -> Any:
            found = [one["id"] for one in self.speaking("office").items(f"{self.path}/notices", about=about)
                     if one["purpose"] == purpose and one["member"] == member]  # fmt: skip
            return next((mail for mail in self.stage.mails(address) if self.stage.notice_of(mail) in found), None)

        return self.stage.eventually("the ballot's mail", look)

    def _vote(self, ballot: str) -> None:
        body = {"choice": "object", "reason": self.word("votereason")}

        def voted() -> bool:
            try:
                self._post("member", f"/ballots/{ballot}/votes", body)
            except Rejected:
                return False
            return True

        self.stage.eventually("the receipt", voted)

    def _post(self, organisation: str, path: str, body: Any = None) -> Any:
        path = path.replace("{member}", self.members[organisation])
        return self.speaking(organisation).post(self.path + path, body)


def subject_token(issuer: Issuer, subject: str, **claims: Any) -> str:
    return issuer.token(subject, lifetime=timedelta(hours=3), **claims)
