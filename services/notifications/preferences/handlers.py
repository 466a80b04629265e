"""Keeps what people wish. Another address is used only when its own link was confirmed."""

from datetime import datetime, time

from msgspec import structs

from contracts.ids import MemberId, NetworkId, PersonId
from contracts.notifications.settings import Kind, Preferences
from contracts.notifications.words import Purpose
from contracts.request import Refused
from services.chassis import clock, pausing
from services.chassis.database import Transaction
from services.notifications.email.addresses import is_usable
from services.notifications.notices import handlers as notices
from services.notifications.notices.rules import Addressee, Content, Planned
from services.notifications.preferences import tables
from services.notifications.preferences.rules import Wishes


def find(tx: Transaction, network: NetworkId, person: PersonId) -> Wishes:
    return tables.find(tx, network, person)


def several(tx: Transaction, network: NetworkId, people: list[PersonId]) -> dict[PersonId, Wishes]:
    """Of those who ever set any."""
    return tables.several(tx, network, people)


def change(
    tx: Transaction, network: NetworkId, person: PersonId, member: MemberId, version: int, wished: Preferences,
    asked_at: datetime,
) -> Wishes:  # fmt: skip
    """Replaces what the person wished. A new address for legal notices gets a link to confirm it. `asked_at`: real
    time.

    Raises Refused `edited-meanwhile` (412), `legal-notices-always`, `quiet-hours-malformed`, `email-malformed` (422),
    `sent-a-moment-ago` (429).
    """
    _check(wished)
    before = tables.find(tx, network, person, lock=True)
    if before.version != version:
        detail = "These settings were changed meanwhile. Read them again, then change them."
        raise Refused("edited-meanwhile", detail, status=412)
    same = wished.redirect_to is not None and wished.redirect_to == before.preferences.redirect_to
    asks = _asks(before, wished, same=same, asked_at=asked_at)
    after = Wishes(
        version=version + 1, preferences=wished, redirect_asked=before.redirect_asked if same else version + 1,
        redirect_confirmed=same and before.redirect_confirmed,
        redirect_sent_at=asked_at if asks else before.redirect_sent_at,
    )  # fmt: skip
    tables.save(tx, network, person, member, after)
    if asks:
        now = clock.moment(tx, network, asked_at)
        notices.create(tx, network, f"{person}:{after.version}", [redirection(person, member, after)], now)
    return after


def _asks(before: Wishes, wished: Preferences, *, same: bool, asked_at: datetime) -> bool:
    """Whether a link goes to the other address now. One person has one sent in a while, whatever the address, since it
    may go to people who did not ask for it; whoever saves other settings meanwhile is not refused."""
    if wished.redirect_to is None or (same and before.redirect_confirmed):
        return False
    wait = pausing.wait(before.redirect_sent_at, asked_at)
    if wait and not same:
        detail = "A link to confirm another address was sent a moment ago. You can change the address again {wait}."
        raise Refused(
            "sent-a-moment-ago", detail, status=429, field="/redirect_to", retry_after=int(wait.total_seconds()),
            words={"wait": wait},
        )  # fmt: skip
    return not wait


def redirection(person: PersonId, member: MemberId, wishes: Wishes) -> Planned:
    """The notice that asks whoever reads the other address to confirm it."""
    return Planned(
        purpose=Purpose.REDIRECT_CONFIRMATION, about=person, addressee=Addressee.PERSON, member=member,
        content=Content(person=person, asked=wishes.redirect_asked),
    )  # fmt: skip


def confirm_redirect(tx: Transaction, network: NetworkId, content: Content) -> None:
    """The link in the mail to the other address was confirmed. Nothing happens where the address changed since."""
    if content.person is None:
        return
    found = tables.find(tx, network, content.person, lock=True)
    member = tables.member_of(tx, network, content.person)
    if member is not None and found.preferences.redirect_to is not None and found.redirect_asked == content.asked:
        tables.save(tx, network, content.person, member, structs.replace(found, redirect_confirmed=True))


def member_left(tx: Transaction, network: NetworkId, member: MemberId) -> None:
    """L3: what its people wished is of no use any more, and is a personal datum."""
    tables.erase_member(tx, network, member)


def _check(wished: Preferences) -> None:
    kinds = [wish.kind for wish in wished.kinds]
    if len(set(kinds)) != len(kinds):
        raise Refused("kind-twice", "Name each kind of message once.", status=422, field="/kinds")
    if any(wish.kind is Kind.LEGAL and not wish.email for wish in wished.kinds):
        detail = "Legally relevant notices cannot be switched off; they can be redirected to another address."
        raise Refused("legal-notices-always", detail, status=422, field="/kinds")
    _check_hours(wished.quiet_from, wished.quiet_until)
    if wished.redirect_to is not None and not is_usable(wished.redirect_to):
        raise Refused("email-malformed", "This is not an e-mail address.", status=422, field="/redirect_to")


def _check_hours(begin: time | None, end: time | None) -> None:
    if begin is None and end is None:
        return
    if begin is None or end is None or begin == end or begin.tzinfo is not None or end.tzinfo is not None:
        detail = "Quiet hours have a beginning and an end that differ, as local times without a zone."
        raise Refused("quiet-hours-malformed", detail, status=422, field="/quiet_from")
