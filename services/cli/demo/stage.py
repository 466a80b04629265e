"""The stage of the demo: an installation seen from outside, a clock to move, and a record of what was checked."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any, TypeVar

import httpx
import rich_click as click

from services.cli.api import Api, Rejected
from services.cli.demo import law
from services.cli.examples import Example, Organisation

T = TypeVar("T")
BOUNCING = "gfs"
"""The representative whose mail bounces throughout; the office helps itself with letters."""
PATIENCE_SECONDS = 10.0
"""Real time within which an effect must show after its cause."""


class Different(Exception):
    """The installation did something else than the rules demand. `str()` says what."""


class Stage:
    """One network on one installation."""

    def __init__(self, api: Api, mailbox: str, issuer: str, network: str, example: Example) -> None:
        self.api = api
        self.issuer = issuer
        self.network = network
        self.example = example
        self.path = f"/networks/{network}"
        self.members: dict[str, str] = {}
        """Name → id."""
        self.steps: list[dict[str, Any]] = []
        self.now = law.local(2026, 12, 7, 9)
        self._mails: dict[str, list[Any]] = {}
        """By address, as far as they were read: the mailbox takes each mail apart for every answer."""
        self._mailbox = httpx.Client(base_url=mailbox, timeout=10)

    def close(self) -> None:
        self._mailbox.close()

    # Who acts

    @property
    def operator(self) -> Api:
        return self.api.of(self.example.operator.user)

    @property
    def office(self) -> Api:
        return self.api.of(self.example.office_holder.representative.user)

    def organisation(self, user: str) -> Organisation:
        """Whose representative or deputy signs in with this name."""
        everyone = [*self.example.members, self.example.applicant]
        return next(one for one in everyone if user in (one.representative.user, one.deputy.user))

    def member(self, user: str) -> str:
        """The id of that organisation."""
        return self.members[self.organisation(user).name]

    # What is told

    def step(self, what: str, **evidence: Any) -> None:
        """Something that happened and was found right."""
        self.steps.append({"time": self.now.isoformat(), "what": what, "evidence": evidence})
        click.echo(f"{self.now:%a %d %b %Y %H:%M}  {what}", err=True)

    def expect(self, what: str, found: Any, demanded: Any) -> None:
        """Raises Different unless both are equal."""
        if found != demanded:
            raise Different(f"{what}: found {found!r}, but the rules demand {demanded!r} (at {self.now.isoformat()})")

    def refused(self, slug: str, attempt: Callable[[], Any]) -> str:
        """The attempt must be refused with this slug. Gives the sentence for people."""
        try:
            attempt()
        except Rejected as rejected:
            self.expect("refusal", rejected.slug, slug)
            return str(rejected.problem["detail"])
        raise Different(f"what should be refused as {slug} was carried out (at {self.now.isoformat()})")

    def eventually(self, what: str, look: Callable[[], T | None], patience: float = PATIENCE_SECONDS) -> T:
        """What `look` finds as soon as it finds something. Raises Different when nothing shows in time."""
        deadline = time.monotonic() + patience
        pause = 0.02
        while True:
            if found := look():
                return found
            if time.monotonic() > deadline:
                raise Different(f"{what}: did not show within {patience:g} s (at {self.now.isoformat()})")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.2)  # asking costs the installation time, too

    # Time

    def go_to(self, moment: datetime) -> None:
        """Advances the network's test clock."""
        self.operator.post(f"{self.path}/clock", {"moment": moment.isoformat()})
        self.now = moment.astimezone(law.ZONE)

    # What the installation shows

    def ballot(self, ballot: str) -> Any:
        return self.office.get(f"{self.path}/ballots/{ballot}")

    def elector(self, ballot: str, user: str) -> Any:
        """How one member stands in a ballot."""
        member = self.member(user)
        return next(one for one in self.ballot(ballot)["electors"] if one["member"] == member)

    def notices(self, about: str, purpose: str) -> list[Any]:
        """Notices about something, as the office sees them."""
        found = self.office.items(f"{self.path}/notices", about=about)
        return [notice for notice in found if notice["purpose"] == purpose]

    def directory(self) -> list[str]:
        """Names of the present members."""
        return sorted(member["name"] for member in self.office.items(f"{self.path}/members"))

    # Mail

    def mails(self, address: str) -> list[Any]:
        """What lies in the mailbox for one address, oldest first."""
        found = self._mails.setdefault(address, [])
        after = found[-1]["id"] if found else 0
        answer = self._mailbox.get("/api/messages", params={"to": address, "after": after})
        answer.raise_for_status()
        found += answer.json()["messages"]
        return found

    def attachment(self, mail: Any, number: int) -> bytes:
        """The content of an attachment."""
        answer = self._mailbox.get(f"/messages/{mail['id']}/attachments/{number}")
        answer.raise_for_status()
        return answer.content

    def notice_of(self, mail: Any) -> str:
        """The notice that a mail carries: its Message-ID begins with the notice's id."""
        return str(mail["message_id"]).strip("<>").partition(".")[0]

    def mail_of_notice(self, about: str, purpose: str, user: str) -> Any:
        """The mail of a member's notice in its representative's mailbox; waits for it."""
        member, address = self.member(user), self.organisation(user).representative.email
        return self._arriving(about, purpose, address, member)

    def mail_of(self, about: str, purpose: str, address: str) -> Any:
        """The mail to somebody who is no member yet; waits for it."""
        return self._arriving(about, purpose, address, None)

    def directory_sent(self, users: list[str], edition: int) -> None:
        """A5: each of these members, and nobody else, gets this edition of the directory."""
        members = {self.member(user) for user in users}
        demanded = edition_sizes(self.steps) + len(users)
        notices = self.eventually(
            f"the directory for {len(users)} members",
            lambda: found if len(found := self.notices(self.network, "directory")) == demanded else None,
        )
        newest = sorted(notices, key=lambda one: str(one["created_at"]))[-len(users) :]
        self.expect("recipients of the directory (A5)", {one["member"] for one in newest}, members)
        notice_for = {one["member"]: one["id"] for one in newest}
        for user in users:
            if user != BOUNCING:
                self._carried(notice_for[self.member(user)], self.organisation(user).representative.email)
        self.step(f"The directory is sent to {len(users)} members", edition=edition, directory_to=len(users))

    def _carried(self, notice: str, address: str) -> Any:
        return self.eventually(
            f"the mail of {notice}",
            lambda: next((mail for mail in self.mails(address) if self.notice_of(mail) == notice), None),
        )

    def _arriving(self, about: str, purpose: str, address: str, member: str | None) -> Any:
        notices: set[str] = set()

        def look() -> Any:
            if not notices:
                notices.update(one["id"] for one in self.notices(about, purpose) if one["member"] == member)
            return next((mail for mail in reversed(self.mails(address)) if self.notice_of(mail) in notices), None)

        return self.eventually(f"a mail ({purpose}) to {address}", look)

    def link(self, mail: Any) -> str:
        """The confirm link in a mail's text."""
        found = re.search(r"https?://\S+/l/\S+", mail["text"])
        if not found:
            raise Different("the mail has no link to confirm receipt with")
        return unescape(found[0]).rstrip(".>)")

    def token(self, mail: Any) -> str:
        """The secret in a mail's link, as a portal sends it to the API."""
        return self.link(mail).rpartition("/")[2]

    def open_link(self, link: str) -> httpx.Response:
        """As a mail scanner or a browser does; changes nothing (N5)."""
        return httpx.get(link, headers={"Accept": "text/html"}, follow_redirects=True)

    def confirm(self, link: str) -> None:
        """As the page's button has the portal do. Raises Rejected."""
        self.api.link(link.rpartition("/")[2]).post("/link/confirmation")


def edition_sizes(steps: list[dict[str, Any]]) -> int:
    """How many copies of the directory went out in earlier steps."""
    return sum(int(step["evidence"].get("directory_to", 0)) for step in steps)


def moment(text: str) -> datetime:
    """A moment of the API, UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
