"""HTML pages: templates and the words of both languages."""

import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.gateway.arrival import PAGE_POLICY, Arrival, Header, Locale, Send

HTML = b"text/html; charset=utf-8"
_FOLDER = Path(__file__).parent / "templates"
_WEEKDAYS = {
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(),  # noqa: SIM905
    "en": "January February March April May June July August September October November December".split(),  # noqa: SIM905
}


@cache
def words(locale: Locale) -> dict[str, Any]:
    """The texts of all pages in one language, from `templates/words.toml`."""
    content: dict[str, Any] = tomllib.loads((_FOLDER / "words.toml").read_text("utf-8"))
    return {name: entry[locale] for name, entry in content.items()}


def render(template: str, locale: Locale, **values: Any) -> bytes:
    return _environment().get_template(template).render(w=words(locale), lang=locale, **values).encode()


async def send_page(
    arrival: Arrival, send: Send, status: int, page: bytes, locale: Locale, more: tuple[Header, ...] = ()
) -> None:
    """A page: strict policy, never stored (it may be about a member), not for search engines."""
    await arrival.respond(send, status, page, HTML, [*page_headers(locale), *more])


def page_headers(locale: Locale) -> tuple[Header, ...]:
    return PAGE_POLICY, (b"content-language", locale.encode()), (b"x-robots-tag", b"noindex")


_ZONES_DE = {"CET": "MEZ", "CEST": "MESZ"}


def written(moment: datetime, time_zone: str, locale: Locale) -> str:
    """A moment for people: weekday, date, time and zone, in the network's zone."""
    try:
        local = moment.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        local = moment
    weekday, month = _WEEKDAYS[locale][local.weekday()], _MONTHS[locale][local.month - 1]
    if locale == "de":
        zone = _ZONES_DE.get(f"{local:%Z}", f"{local:%Z}")
        return f"{weekday}, {local.day}. {month} {local.year}, {local:%H:%M} Uhr ({zone})"
    return f"{weekday}, {local.day} {month} {local.year}, {local:%H:%M} ({local:%Z})"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
