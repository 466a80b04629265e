"""Makes notices, moves them through their lives, plans and carries out reminders. One transaction for each call."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from contracts.event import Event, Fact
from contracts.ids import MemberId, NetworkId, NoticeId
from contracts.membership.admission import ApplicationLapsed
from contracts.membership.ballots import ReceiptEstablished
from contracts.membership.members import MemberLeft
from contracts.notifications.notices import Notice, NoticeState
from contracts.notifications.words import Purpose
from contracts.request import Refused
from services.chassis import clock, ids, journal
from services.chassis.database import Transaction
from services.notifications.networks import handlers as networks
from services.notifications.notices import rules, rules_life, rules_reminders, tables, tables_reminders
from services.notifications.notices import tables_mailings as mailings
from services.notifications.notices.rules import Addressee, Planned
from services.notifications.notices.rules_life import UNDELIVERED, Step, Stored

CHANNEL = "email"


def take(tx: Transaction, fact: Fact, event: Event, now: datetime) -> None:
    """Everything that one of membership's facts sets going here. Raises NotYet while an earlier fact is missing."""
    now = networks.follow_clock(tx, event.network, event.time, now)
    networks.note(tx, fact, event.time)
    if (stop := rules_reminders.stops(fact)) is not None:
        tables_reminders.stop(tx, stop)
        _cancel(tx, tables.reminders_matching(stop), "answered or over", now)
    if isinstance(fact, MemberLeft):
        _farewell(tx, fact, now)
    if isinstance(fact, ApplicationLapsed):
        _cancel(tx, tables.about_it(fact.application), "never confirmed", now)
    known = networks.surroundings(tx, fact)
    create(tx, event.network, event.message_id, rules.planned(fact, known), now)
    content = known.ballot
    if isinstance(fact, ReceiptEstablished):
        content = structs.replace(content, ends_at=fact.window_ends_at, last_day=fact.last_day)
    tables_reminders.add(tx, event.network, rules_reminders.plan(fact, content))


def create(tx: Transaction, network: NetworkId, source: str, planned: Sequence[Planned], now: datetime) -> None:
    """Makes the notices that are due, once for each source, recipient and purpose, and puts them into the queue."""
    office = networks.office(tx, network)
    rows = {}
    for one in planned:
        notice = NoticeId(ids.new("ntc"))
        member = office if one.addressee is Addressee.OFFICE else one.member
        rows[notice] = {
            "id": notice,
            "network": network,
            "source": source,
            "purpose": str(one.purpose),
            "about": one.about,
            "member": member,
            "recipient": one.member or one.about,
            "addressee": str(one.addressee),
            "channel": CHANNEL,
            "content": one.content,
            "reminder_of": one.reminder_of,
            "state": str(NoticeState.CREATED),
            "created_at": now,
            "due_at": clock.now(),
        }
    mailings.note(tx, network, source, planned, now)
    for added in tables.add(tx, list(rows.values())):
        row = rows[NoticeId(added)]
        notice = NoticeId(added)
        why = f"asked for by {source}"
        tables.add_step(tx, notice, Step(state=NoticeState.CREATED, sending=0, at=now, evidence=why))
        fact = rules_life.fact(
            NoticeState.CREATED, network=network, notice=notice, purpose=Purpose(str(row["purpose"])),
            about=str(row["about"]), member=_member(row["member"]), at=now,
        )  # fmt: skip
        journal.record(tx, network=network, record=notice, facts=[fact] if fact else [], now=now)


def find(tx: Transaction, notice: str, *, lock: bool = False) -> Stored | None:
    """A notice; with `lock` it stays as it is until the transaction's end."""
    return tables.find(tx, notice, lock=lock)


def take_step(tx: Transaction, notice: Stored, step: Step) -> Stored:
    """Stores a step with its evidence and, where it is news, the notice's new state and the fact. The caller holds the
    notice's lock. Repeatable."""
    if not tables.add_step(tx, notice.id, step):
        return notice
    after = rules_life.advance(notice.standing, step)
    if (after.state, after.seen_in) == (notice.standing.state, notice.standing.seen_in):
        return notice
    changes: dict[str, object] = {"state": str(after.state), "seen_in": after.seen_in}
    if after.state in UNDELIVERED:
        changes["failure"] = step.evidence
    elif after.state is not NoticeState.HANDED_OVER:
        changes["failure"] = None
    if after.state is NoticeState.CONFIRMED:
        changes["confirmed_at"] = step.at
    tables.save(tx, notice.id, **changes)
    fact = rules_life.fact(
        after.state, network=notice.network, notice=notice.id, purpose=notice.purpose, about=notice.about,
        member=notice.member, at=step.at,
    )  # fmt: skip
    journal.record(tx, network=notice.network, record=notice.id, facts=[fact] if fact else [], now=step.at)
    if after.state in UNDELIVERED:
        planned = rules.on_failure(notice.purpose, notice.about, notice.member, after.state, notice.content)
        create(tx, notice.network, f"{notice.id}:{after.seen_in}:{after.state}", planned, step.at)
    return structs.replace(notice, standing=after, confirmed_at=step.at if "confirmed_at" in changes else None)


def remind(tx: Transaction, key: str, now: datetime) -> None:
    """Carries out one due reminder, or finds that it is overtaken. Repeatable."""
    waiting = tables_reminders.find(tx, key, now)
    if waiting is None or waiting.state != "waiting":
        return
    reminder = waiting.reminder
    if rules_reminders.overtaken(reminder, now, waiting.later_due):
        tables_reminders.mark(tx, key, "overtaken")
        return
    tables_reminders.mark(tx, key, "sent")
    original = tables.ballot_notice(tx, reminder.about, reminder.member) if reminder.member else None
    office = networks.office(tx, waiting.network)
    planned = [
        _reminding(reminder, addressee, original)
        for addressee in rules_reminders.addressees(reminder)
        if not (addressee is Addressee.OFFICE and reminder.member is not None and reminder.member == office)
    ]
    create(tx, waiting.network, key, planned, now)


def open_notice(tx: Transaction, notice: Stored, person: str, now: datetime) -> Stored:
    """A person of the receiving member opened it in the portal (T3: `opened-in-portal`)."""
    step = Step(state=NoticeState.OPENED, sending=notice.standing.sending, at=now, evidence=f"opened by {person}")
    if any(step.state is NoticeState.OPENED for step in tables.steps_of(tx, notice.id)):
        return notice
    return take_step(tx, notice, step)


def resend(tx: Transaction, notice: Stored, now: datetime) -> Stored:
    """N9: sends a notice again that bounced or was given up. Raises Refused `notice-not-undelivered`."""
    if notice.standing.state not in UNDELIVERED:
        detail = "Only notices that bounced or failed are sent again; this one did not."
        raise Refused("notice-not-undelivered", detail)
    if notice.due_at is not None:
        return notice  # asked for already
    sending = notice.standing.sending + 1
    tables.save(tx, notice.id, sending=sending, due_at=clock.now(), first_tried_at=None, attempts=0, leased_until=None)
    again = f"sending {sending + 1} asked for by the office"
    tables.add_step(tx, notice.id, Step(state=NoticeState.CREATED, sending=sending, at=now, evidence=again))
    return tables.find(tx, notice.id) or notice


def view(tx: Transaction, notice: Stored, *, with_steps: bool) -> Notice:
    """A notice as others see it."""
    return Notice(
        id=notice.id,
        purpose=notice.purpose,
        about=notice.about,
        member=notice.member,
        channel=notice.channel,
        state=notice.standing.state,
        created_at=notice.created_at,
        attempts=notice.attempts,
        reminder_of=notice.reminder_of,
        failure=notice.failure,
        steps=tables.steps_of(tx, notice.id) if with_steps else [],
        application=notice.content.application,
        concerned=notice.content.concerned,
        due=notice.content.ends_at or notice.content.expires_at,
    )


def _reminding(reminder: rules_reminders.Reminder, addressee: Addressee, original: NoticeId | None) -> Planned:
    last = reminder.number == reminder.of
    content = structs.replace(reminder.content, number=reminder.number, last=last)
    if addressee is not Addressee.OFFICE:
        return Planned(
            purpose=reminder.purpose, about=reminder.about, addressee=addressee, member=reminder.member,
            content=content, reminder_of=original,
        )  # fmt: skip
    content = structs.replace(content, task=rules_reminders.task(reminder.purpose), concerned=reminder.member)
    return Planned(purpose=Purpose.OFFICE_TASK, about=reminder.about, addressee=addressee, content=content)


def _farewell(tx: Transaction, fact: MemberLeft, now: datetime) -> None:
    """L3: whoever left is told nothing more, except why the membership ended."""
    tables_reminders.stop_member(tx, fact.network, fact.member)
    _cancel(tx, tables.to_member(fact.network, fact.member), "the member left", now)


def _cancel(tx: Transaction, conditions: Sequence[object], why: str, now: datetime) -> None:
    for notice in tables.unsent(tx, conditions):
        step = Step(state=NoticeState.CANCELLED, sending=notice.standing.sending, at=now, evidence=why)
        take_step(tx, notice, step)
        tables.save(tx, notice.id, due_at=None)


def _member(value: object) -> MemberId | None:
    return MemberId(value) if isinstance(value, str) else None
