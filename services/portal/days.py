"""Days and times of day as people write them. In the four languages the day comes first; ISO 8601, as machines and
browsers write it, comes with the year first. Two digits are no year: nobody knows which century is meant."""

import re
from datetime import date, time

from contracts.texts import Marked
from contracts.texts import marked as _
from services.chassis import texts
from services.portal.forms import Form, FormRefused

_MARK = r"\s?[-./]\s?"
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}}){_MARK}([0-9]{{1,2}}){_MARK}([0-9]+)\.?\Z")
_YEAR_FIRST = re.compile(rf"([0-9]{{4}}){_MARK}([0-9]{{1,2}}){_MARK}([0-9]{{1,2}})\Z")
_CLOCK = re.compile(r"(?:kl\.?\s?)?([0-9]{1,2})[:.]([0-9]{2})(?:[:.][0-9]{2})?(?:\s?(?:Uhr|uur|h))?\Z", re.IGNORECASE)
_HOUR = re.compile(r"(?:kl\.?\s?([0-9]{1,2})|([0-9]{1,2})\s?(?:Uhr|uur|h))\Z", re.IGNORECASE)
_NO_DAY = _("Enter a day, for example 24/12/2026.")
_NO_YEAR = _("Write the year with four digits, for example 24/12/2026.")
_NO_CLOCK = _("Enter a time of day, for example 09:30.")


class Unread(Exception):
    """No day, or no time of day. `sentence`: what to do."""

    def __init__(self, sentence: Marked) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def day(written: str) -> date:
    """Raises Unread."""
    found = _YEAR_FIRST.match(written.strip())
    numbers = found.groups() if found else ()
    if not found and (other := _DAY_FIRST.match(written.strip())):
        numbers = other.groups()[::-1]
        if len(numbers[0]) == 2:
            raise Unread(_NO_YEAR)
    if not numbers or len(numbers[0]) != 4:
        raise Unread(_NO_DAY)
    try:
        return date(*map(int, numbers))
    except ValueError:
        raise Unread(_NO_DAY) from None


def clock(written: str) -> time:
    """To the minute. Raises Unread."""
    text = written.strip()
    found, hour = _CLOCK.match(text), _HOUR.match(text)
    try:
        if found:
            return time(int(found[1]), int(found[2]))
        if hour:
            return time(int(hour[1] or hour[2]))
    except ValueError:
        pass
    raise Unread(_NO_CLOCK)


def day_in(form: Form, name: str) -> date | None:
    """None: nothing was entered. Raises FormRefused."""
    try:
        return day(form.get(name)) if form.get(name) else None
    except Unread as unread:
        raise FormRefused({name: unread.sentence}) from None


def clock_in(form: Form, name: str) -> time | None:
    """None: nothing was entered. Raises FormRefused."""
    try:
        return clock(form.get(name)) if form.get(name) else None
    except Unread as unread:
        raise FormRefused({name: unread.sentence}) from None


def as_day(locale: str, written: str) -> str:
    """An entry as that language writes it; what is no day stays as it was entered."""
    try:
        return texts.numeric_day(locale, day(written))
    except Unread:
        return written


def as_clock(locale: str, written: str) -> str:
    """An entry as that language writes it; what is no time stays as it was entered."""
    try:
        return texts.numeric_clock(locale, clock(written))
    except Unread:
        return written
