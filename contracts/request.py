"""Requests between services: who asks, by when an answer is of use, and an envelope for the answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Generic, TypeVar

from msgspec import Raw, Struct, field

from contracts.ids import MemberId, NetworkId, NoticeId, PersonId

Item = TypeVar("Item")
Asked = TypeVar("Asked", bound=Struct)
Answered = TypeVar("Answered")


class LinkGrant(Struct, frozen=True, kw_only=True):
    """What a signed link in an e-mail opens (N5): the one object that the notice is about, for the person to whom it
    was written, as long as they have a function for the member. Checked by notifications, handed on by the gateway."""

    notice: NoticeId
    network: NetworkId
    purpose: str
    """A value of `notifications.Purpose`."""
    about: str
    """The id of the ballot, exclusion or application that may be opened, or of the person invited."""
    member: MemberId | None
    role: str | None = None
    """`representative`, `deputy`, `applicant`, `invited`."""
    person: PersonId | None = None
    """To whom the mail was written. Whoever has replaced them does not act by their link. None: the applicant."""


class Actor(Struct, frozen=True, kw_only=True):
    """Who acts, as the gateway authenticated them. What they may do is decided by the service that owns the data."""

    issuer: str
    subject: str
    member: MemberId | None = None
    """The member that the person has chosen to act for, where they may act for several."""
    link: LinkGrant | None = None
    """With `issuer` "link" and the notice's id as `subject`: nobody signed in, somebody holds a link. Beside a person's
    own issuer: somebody signed in who also holds a link, as for an invitation. With `issuer` "key" the subject is the
    id of an API key. The gateway trusts no provider of either name."""


class Call(Struct, frozen=True, kw_only=True):
    """One request on the bus."""

    at: datetime
    """Arrival, stamped once by the gateway (T5), UTC."""
    until: datetime
    """After this instant nobody waits for the answer; a service drops the request without effect."""
    actor: Actor | None = None
    """None: nobody signed in (a public route, a signed link, another service)."""
    key: str | None = None
    """Idempotency key: with the actor and method unique; the same key and content give the first answer again."""
    locale: str = "de"
    body: Raw = field(default_factory=lambda: Raw(b"{}"))


class Problem(Struct, frozen=True, kw_only=True):
    """A refusal, with what RFC 9457 needs to show it."""

    slug: str
    """Stable kebab-case name; the last part of the problem's `type`."""
    detail: str
    """One sentence for people: what is wrong and what to do."""
    status: int = 409
    """The HTTP status that fits, 400 to 599."""
    field: str | None = None
    """JSON pointer of the offending input, where there is one."""
    retry_after: int | None = None
    """Seconds after which a repetition makes sense."""


class Refused(Exception):
    """A command or request that cannot be carried out; nothing was changed. Mapped once, at the gateway."""

    def __init__(
        self,
        slug: str,
        detail: str,
        *,
        status: int = 409,
        field: str | None = None,
        retry_after: int | None = None,
        words: Mapping[str, object] | None = None,
    ) -> None:
        """`detail` is the English sentence, in braces the names of `words`: the service that refuses says it in the
        caller's language (`services.chassis.texts`)."""
        super().__init__(slug)
        self.template = detail
        self.words: Mapping[str, object] = words or {}
        if words:
            detail = detail.format(**words)
        self.problem = Problem(slug=slug, detail=detail, status=status, field=field, retry_after=retry_after)

    @property
    def slug(self) -> str:
        return self.problem.slug


class Answer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Either a problem or, where `problem` is None, a result."""

    result: Raw = field(default_factory=lambda: Raw(b"null"))  # not `Raw | None`: msgspec reads only null into that
    problem: Problem | None = None


class Method(Generic[Asked, Answered]):
    """One request that a service answers: the only place that ties name, question and answer together."""

    def __init__(
        self,
        service: str,
        name: str,
        asks: type[Asked],
        answers: type[Answered],
        *,
        writes: bool,
        shown_once: bool = False,
    ) -> None:
        self.service = service
        self.name = name
        self.asks = asks
        self.answers = answers
        self.writes = writes
        """True: takes an idempotency key and one write transaction; False: reads only."""
        self.shown_once = shown_once
        """True: the answer holds a secret and is never kept; a repetition with the same key is refused
        (`answer-shown-once`) and changes nothing."""


class Page(Struct, Generic[Item], frozen=True, kw_only=True):
    """A part of a list. `next` is an opaque cursor; None on the last page."""

    items: list[Item]
    next: str | None = None


class Paging(Struct, frozen=True, kw_only=True):
    """Which part of a list. `limit` 1 to 200."""

    cursor: str | None = None
    limit: int = 50


class InNetwork(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every request that concerns one network."""

    network: NetworkId


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything that a client sends."""


class Done(Struct, frozen=True):
    """The answer where there is nothing to say but that it is done."""
