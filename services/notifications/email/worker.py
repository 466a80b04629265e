"""Sends what is due. Several copies may run: each notice is taken under a fenced lease (`notices.handlers_sending`).

The order is: claim → addresses from membership → connect, MAIL, RCPT → *store the attempt* → DATA → store the answer.
Whoever is killed before the attempt was stored has sent nothing; whoever is killed after it leaves an attempt in doubt,
which is sent again with the same Message-ID once the lease has ended (docs/delivery.md).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby

from contracts.ids import PersonId
from contracts.membership.contacts import Contacts
from contracts.request import Refused
from services.chassis import clock, telemetry
from services.chassis.database import Database
from services.notifications.email import addressing
from services.notifications.email.composing import Composed, Composer, Letter, NoAgreementError, NobodyError
from services.notifications.email.message import UnusableAddressError
from services.notifications.email.smtp import Connection, Outcome, Result
from services.notifications.membership import Membership
from services.notifications.notices import handlers_sending as sending
from services.notifications.notices.handlers_sending import Patience
from services.notifications.notices.rules import Addressee
from services.notifications.notices.rules_life import Stored
from services.notifications.preferences import handlers as preferences
from services.notifications.preferences import rules as preferring
from services.notifications.preferences.rules import Wishes
from services.notifications.settings import NotificationsSettings, Relay

_BATCH = 64
_TROUBLE_PAUSE = 1.0
_ERASED = "application-not-found"
_SETTLING_TRIES = 30


class Sender:
    """One copy's loop."""

    def __init__(self, database: Database, membership: Membership, settings: NotificationsSettings) -> None:
        self._database = database
        self._membership = membership
        self._settings = settings
        self._composer = Composer(settings)
        self._patience = Patience(
            first_pause=timedelta(seconds=settings.retry_seconds),
            give_up=timedelta(hours=settings.give_up_hours),
            lease=timedelta(seconds=settings.lease_seconds),
        )
        self._connections: dict[Relay, list[Connection]] = {}
        self._stopping = False

    async def run(self) -> None:
        """Until cancelled. What goes over the wire at that moment is finished, nothing new is begun."""
        try:
            while True:
                round_ = asyncio.ensure_future(self._careful_round())
                try:
                    pause = await asyncio.shield(round_)
                except asyncio.CancelledError:
                    self._stopping = True
                    await round_
                    raise
                await asyncio.sleep(pause)
        finally:
            await self.close()

    async def _careful_round(self) -> float:
        """Seconds until the next one."""
        try:
            return 0.0 if await self.round() else self._settings.poll_seconds
        except Refused as refusal:  # our own database: what was claimed comes back when its lease ends
            telemetry.log("sending-paused", "warning", slug=refusal.slug)
            return _TROUBLE_PAUSE

    async def close(self) -> None:
        open_ones = [connection for pool in self._connections.values() for connection in pool]
        await asyncio.gather(*(connection.close() for connection in open_ones), return_exceptions=True)

    async def round(self) -> bool:
        """Sends one batch; False: nothing was due."""
        if not await self._database.read(sending.any_due, clock.now()):
            return False
        taken = await self._database.write(sending.claim, clock.now(), self._patience.lease, _BATCH)
        asked = (self._group(question, notices) for question, notices in _grouped(taken))
        ready: dict[Relay, list[Composed]] = {}
        for relay, composed in await asyncio.gather(*asked):
            if relay is not None:
                ready.setdefault(relay, []).extend(composed)
        await asyncio.gather(*(self._over(relay, composed) for relay, composed in ready.items()))
        return bool(taken)

    async def _group(
        self, question: addressing.Question, notices: Sequence[Stored]
    ) -> tuple[Relay | None, list[Composed]]:
        """The messages for notices of one kind, and the server that takes them; without one they are settled here."""
        asked = question.asked_for(notices)
        try:
            contacts = await self._membership.contacts(asked)
        except Refused as refusal:
            if refusal.slug == _ERASED:
                why = "the application has lapsed and is erased"
                await asyncio.gather(*(self._needless(notice, why) for notice in notices))
                return None, []
            why = f"membership gave no addresses ({refusal.slug})"
            await asyncio.gather(*(self._later(notice, why, tried=False) for notice in notices))
            return None, []
        if contacts.sandbox and contacts.clock is not None:
            await self._database.write(sending.follow_clock, notices[0], contacts.clock)
        people = [contact.person for contact in contacts.contacts if contact.person is not None]
        wishes = await self._database.read(preferences.several, question.network, people)
        prepared = await asyncio.gather(*(self._prepare(n, contacts, wishes) for n in notices))
        ready = [composed for composed in prepared if composed is not None]
        relay = self._settings.sandbox_relay if contacts.sandbox else self._settings.relay
        if relay is None and contacts.sandbox:
            await asyncio.gather(*(self._only_list(composed) for composed in ready))
        elif relay is None:
            why = "no mail server is configured"
            await asyncio.gather(*(self._later(composed.notice, why, tried=False) for composed in ready))
        return relay, ready

    async def _prepare(self, notice: Stored, contacts: Contacts, wishes: Mapping[PersonId, Wishes]) -> Composed | None:
        """The message, or an end where there is none to send."""
        try:
            letter = self._composer.letter(notice, contacts, clock.now())
            own = wishes.get(letter.person.person, Wishes()) if letter.person.person is not None else Wishes()
            if await self._held_back(notice, letter, own, contacts):
                return None
            return self._composer.compose(letter, notice, own, clock.now())
        except NobodyError:
            if notice.addressee is Addressee.DEPUTY:
                await self._needless(notice, "no other person to tell")
            else:
                await self._database.write(sending.failed, notice, "nobody is named who could be told", clock.now())
        except NoAgreementError:
            await self._later(notice, "membership gave no agreement to send with it", tried=False)
        except UnusableAddressError:
            why = "the name or address of the recipient cannot be used"
            await self._database.write(sending.failed, notice, why, clock.now())
        except Exception as error:  # noqa: BLE001 - one notice that cannot be written must not hold up the others
            telemetry.log_error("notice-not-written", error)
            await self._later(notice, "the text could not be made", tried=True)
        return None

    async def _held_back(self, notice: Stored, letter: Letter, wishes: Wishes, contacts: Contacts) -> bool:
        """N2: the recipient wants this kind in the portal only, or not at this hour."""
        now = clock.now()
        if not preferring.by_email(notice.purpose, wishes.preferences):
            await self._database.write(sending.only_in_portal, notice, letter.language, letter.role, now)
            return True
        if contacts.sandbox:
            return False  # its clock stands still: a night there would never end
        quiet = preferring.quiet_until(notice.purpose, wishes.preferences, now, contacts.time_zone)
        if quiet is None:
            return False
        await self._database.write(sending.postpone, notice, quiet)
        return True

    async def _over(self, relay: Relay, ready: Sequence[Composed]) -> None:
        """Several connections share the work; when the server turns out to be away, the rest is put back untried."""
        waiting = list(reversed(ready))
        away: list[str] = []
        pool = self._connections.setdefault(relay, [])
        while len(pool) < self._settings.smtp_connections:
            pool.append(Connection(relay, self._settings.smtp_timeout_seconds))

        async def work(connection: Connection) -> None:
            while waiting:
                composed = waiting.pop()
                if self._stopping:
                    await self._database.write(sending.give_back, composed.notice)
                elif away:
                    await self._later(composed.notice, away[0], tried=False)
                elif (result := await self._send(connection, composed)).outcome is Outcome.AWAY:
                    away.append(result.evidence)

        outcomes = await asyncio.gather(
            *(work(connection) for connection in pool[: len(ready)]), return_exceptions=True
        )
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def _send(self, connection: Connection, composed: Composed) -> Result:
        notice = composed.notice
        number: int | None = None

        async def before_data() -> bool:
            nonlocal number
            number = await self._database.write(
                sending.begin, notice, composed.language, composed.role, clock.now(), self._patience.lease
            )
            return number is not None

        try:
            result = await connection.send(composed.envelope, before_data)
        except Refused:
            raise
        except Exception as error:  # noqa: BLE001 - one notice that cannot be sent must not hold up the others
            telemetry.log_error("notice-not-sent", error)
            outcome = Outcome.LATER if number is None else Outcome.DOUBT
            result = Result(outcome=outcome, evidence="the message could not be sent")
        await self._settle(notice, number, result)
        return result

    async def _settle(self, notice: Stored, number: int | None, result: Result) -> None:
        """Stores how it ended; tries for a while, since a result that is lost is a message that is sent twice."""
        for tries_left in reversed(range(_SETTLING_TRIES)):
            try:
                await self._store(notice, number, result)
            except Refused as refusal:
                if not tries_left:
                    raise
                telemetry.log("result-not-stored", "warning", slug=refusal.slug)
                await asyncio.sleep(_TROUBLE_PAUSE)
            else:
                return

    async def _store(self, notice: Stored, number: int | None, result: Result) -> None:
        now = clock.now()
        match result.outcome:
            case Outcome.ACCEPTED if number is not None:
                await self._database.write(sending.accepted, notice, number, result.evidence, now)
            case Outcome.REFUSED:
                await self._database.write(sending.refused, notice, number, result.evidence, now)
            case Outcome.LATER:
                await self._later(notice, result.evidence, tried=True, number=number)
            case Outcome.DOUBT:
                await self._later(notice, result.evidence, tried=True, number=number, doubt=True)
            case Outcome.AWAY:
                await self._later(notice, result.evidence, tried=False, number=number)
            case _:
                pass  # cancelled, or in other hands

    async def _only_list(self, composed: Composed) -> None:
        why = "practice network without a mailbox: listed only"
        listed = sending.only_listed
        await self._database.write(listed, composed.notice, composed.language, composed.role, why, clock.now())

    async def _needless(self, notice: Stored, why: str) -> None:
        await self._database.write(sending.needless, notice, why, clock.now())

    async def _later(
        self, notice: Stored, why: str, *, tried: bool, number: int | None = None, doubt: bool = False
    ) -> None:
        await self._database.write(
            sending.later, notice, number, why, clock.now(), self._patience, tried=tried, doubt=doubt
        )


def _grouped(notices: Iterable[Stored]) -> list[tuple[addressing.Question, list[Stored]]]:
    """Notices for which one question is enough."""

    def key(notice: Stored) -> tuple[str, str, bool, bool, bool]:
        question = addressing.question(notice)
        return (
            question.network, question.application or "", question.office, question.directory, question.agreement,
        )  # fmt: skip

    groups = [list(group) for _, group in groupby(sorted(notices, key=key), key=key)]
    return [(addressing.question(group[0]), group) for group in groups]
