"""Letters that nobody sends: planned from the fact that would become true, addressed and written as the sender does."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from contracts.ids import NetworkId, NoticeId, PersonId
from contracts.membership.ballots import BallotOpened
from contracts.membership.contacts import Contacts, Foreseen
from contracts.notifications.notices import NoticeState
from contracts.notifications.settings import Preview, PreviewRecipient, PreviewText
from contracts.request import Refused
from services.chassis import ids
from services.notifications.email.composing import Composer, Letter, NobodyError
from services.notifications.networks import handlers as networks
from services.notifications.notices.rules import Addressee, Content, Known, Planned, planned
from services.notifications.notices.rules_life import Standing, Stored
from services.notifications.preferences import rules as preferring
from services.notifications.preferences.rules import Wishes


class Foresight(Struct, frozen=True):
    """What would be sent, to whom, and what these people wish."""

    notices: list[Stored]
    contacts: Contacts
    wishes: Mapping[PersonId, Wishes]


def notices(network: NetworkId, foreseen: Foreseen, now: datetime) -> list[Stored]:
    """Of those to the office itself nothing is shown."""
    known = Known()
    if isinstance(foreseen.fact, BallotOpened):
        known = Known(ballot=networks.ballot_content(foreseen.fact, foreseen.concerned))
    told = [one for one in planned(foreseen.fact, known) if one.addressee is not Addressee.OFFICE]
    return [_unsent(network, one, now) for one in told]


def shown(composer: Composer, foresight: Foresight, now: datetime) -> Preview:
    """One text for each language; where names of readers stand in it, those of the first."""
    recipients: list[PreviewRecipient] = []
    texts: dict[str, PreviewText] = {}
    for notice in foresight.notices:
        try:
            letter = composer.letter(notice, foresight.contacts, now, attach=False, token="…")  # noqa: S106 - no secret
        except NobodyError:
            continue  # the function is vacant; the desk says so
        recipients.append(_recipient(notice, letter, foresight.wishes))
        text = PreviewText(language=letter.language, subject=letter.text.subject, text=letter.text.plain)
        texts.setdefault(letter.language, text)
    if not recipients:
        raise Refused("nobody-to-tell", "Nobody is named who could be told.")
    return Preview(recipients=recipients, texts=list(texts.values()), outside=not foresight.contacts.sandbox)


def _recipient(notice: Stored, letter: Letter, wishes: Mapping[PersonId, Wishes]) -> PreviewRecipient:
    own = wishes.get(letter.person.person, Wishes()) if letter.person.person is not None else Wishes()
    by_email = preferring.by_email(notice.purpose, own.preferences)
    return PreviewRecipient(
        organisation=letter.person.organisation, member=letter.person.member, name=letter.person.name,
        role=letter.role, language=letter.language, channels=["portal", "email"] if by_email else ["portal"],
    )  # fmt: skip


def _unsent(network: NetworkId, one: Planned, now: datetime) -> Stored:
    content: Content = one.content
    return Stored(
        id=NoticeId(ids.new("ntc")), network=network, purpose=one.purpose, about=one.about, member=one.member,
        addressee=one.addressee, channel="email", content=content, reminder_of=None,
        standing=Standing(state=NoticeState.CREATED, sending=0, seen_in=0), created_at=now, confirmed_at=None,
        language=None, failure=None, attempts=0, due_at=None, first_tried_at=None, fence=0,
    )  # fmt: skip
