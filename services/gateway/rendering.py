"""HTML pages: templates that speak the reader's language."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.chassis import texts
from services.chassis.formats import Locale
from services.gateway.arrival import PAGE_POLICY, Arrival, Header, Send

HTML = b"text/html; charset=utf-8"
_FOLDER = Path(__file__).parent / "templates"
TEXTS = texts.of("services.gateway")


def render(template: str, locale: Locale, **values: Any) -> bytes:
    return _environment(locale).get_template(template).render(lang=locale, **values).encode()


async def send_page(
    arrival: Arrival, send: Send, status: int, page: bytes, locale: Locale, more: tuple[Header, ...] = ()
) -> None:
    """A page: strict policy, never stored (it may be about a member), not for search engines."""
    await arrival.respond(send, status, page, HTML, [*page_headers(locale), *more])


def page_headers(locale: Locale) -> tuple[Header, ...]:
    return PAGE_POLICY, (b"content-language", locale.encode()), (b"x-robots-tag", b"noindex")


@cache
def _environment(locale: Locale) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    texts.install(environment, TEXTS, locale)
    return environment
