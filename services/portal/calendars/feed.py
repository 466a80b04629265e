"""Deadlines as a calendar (RFC 5545), behind a secret address (P9).

The address holds, sealed, a personal API key that may only read procedures. So it ends when the key is revoked or its
person's function ends (L3), and whoever finds the address in a log has the calendar and nothing else of the API.
No person's name stands in it, and of an exclusion not even whose: calendars are kept with all sorts of services.
"""

import base64
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from icalendar import Alarm, Calendar, Event, vDuration
from msgspec import Struct

from contracts.membership.desk import InboxItem
from contracts.membership.words import Motion, Subject
from contracts.texts import Marked
from contracts.texts import marked as _
from services.portal.rendering import TEXTS
from services.portal.sealing import Sealer, Unreadable

_PURPOSE = "calendar"
REFRESHED_EVERY = timedelta(hours=1)
_SUMMARIES: dict[Subject, Marked] = {
    Subject.ADMISSION: _("Answer due: admission of {name}"),
    Subject.EXCLUSION: _("Answer due: an exclusion"),
}
_SILENCE: dict[Motion, Marked] = {
    Motion.OBJECTION: _("Whoever does not answer agrees."),
    Motion.APPROVAL: _("Silence counts against it."),
}


class Address(Struct, frozen=True, kw_only=True, array_like=True):
    """What the secret address stands for."""

    network: str
    key: str
    locale: str
    network_name: str
    """With the zone as they were when the address was made: the key may read procedures only."""
    zone: str


def secret(sealer: Sealer, address: Address) -> str:
    sealed = sealer.seal(msgspec.msgpack.encode(address), _PURPOSE)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def opened(sealer: Sealer, written: str) -> Address | None:
    """None: not one of ours."""
    try:
        sealed = base64.urlsafe_b64decode(written.encode("ascii") + b"=" * (-len(written) % 4))
        return msgspec.msgpack.decode(sealer.open(sealed, _PURPOSE), type=Address)
    except (ValueError, Unreadable, msgspec.MsgspecError):
        return None


def calendar(items: list[InboxItem], told: Address, portal: str, now: datetime) -> bytes:
    """One event for each window that runs, on its last day. `portal`: its own address, without a slash at the end."""
    found = Calendar()
    found.add("prodid", "-//Fallnetz//Deadlines//EN")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", _say(told, _("Deadlines: {network}"), network=told.network_name))
    found.add("name", _say(told, _("Deadlines: {network}"), network=told.network_name))
    found.add("refresh-interval", vDuration(REFRESHED_EVERY), parameters={"value": "DURATION"})
    found.add("x-published-ttl", vDuration(REFRESHED_EVERY))
    for item in items:
        if item.window is not None and item.state != "closed":
            found.add_component(_event(item, item.window.ends_at, told, f"{portal}/n/{told.network}/ballots", now))
    written: bytes = found.to_ical()
    return written


def _event(item: InboxItem, ends_at: datetime, told: Address, ballots: str, now: datetime) -> Event:
    event = Event()
    last = (ends_at - timedelta(minutes=1)).astimezone(ZoneInfo(told.zone))
    summary = _say(told, _SUMMARIES[item.subject], name=item.subject_name)
    answered = _say(told, _("Answered; may be changed."))
    event.add("uid", f"{item.ballot}@fallnetz")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", last.date())
    event.add("dtend", last.date() + timedelta(days=1))
    event.add("summary", f"✓ {summary}" if item.choice else summary)
    until = _say(told, _("Answer possible until {moment}."), moment=last)
    event.add("description", f"{until}\n{answered if item.choice else _say(told, _SILENCE[item.motion])}")
    event.add("url", f"{ballots}/{item.ballot}")
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    if item.choice is None:
        event.add_component(_alarm(summary))
    return event


def _alarm(summary: str) -> Alarm:
    """In the morning two days before."""
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", timedelta(hours=9) - timedelta(days=2))
    return alarm


def _say(told: Address, text: str, **words: object) -> str:
    return TEXTS.translate(told.locale, text, **words)
