"""What a notice says, from a template for each purpose and language: one source for the plain text and the HTML.

A template renders to `subject`, a line `===`, and blocks separated by empty lines. Lines `| label | value` form a list
of facts; every other block is a paragraph. Names reach the texts only here, at the moment of sending; subjects have
none (N8).
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from textwrap import wrap
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_timezone_name
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from mjml import mjml2html
from msgspec import Struct

from contracts.membership.words import Threshold
from contracts.notifications.words import Purpose
from services.notifications.notices.rules import Content

Language = Literal["de", "en"]
LANGUAGES: tuple[Language, ...] = ("de", "en")
_TEMPLATES = Path(__file__).parent / "templates"
_WIDTH = 78
_FACT = re.compile(r"\|\s*([^|]+?)\s*\|\s*(.+)")


class Names(Struct, frozen=True, kw_only=True):
    """What is looked up at the moment of sending and never stored."""

    network: str
    time_zone: str
    person: str
    organisation: str
    """Of the person, or of the applicant."""
    office: str | None = None
    subject_name: str | None = None
    """The applicant that a ballot or task is about."""
    concerned_name: str | None = None
    question: str | None = None
    """What the office asks an applicant."""


_NOBODY = Names(
    network="-", time_zone="UTC", person="-", organisation="-", subject_name="-", concerned_name="-", question="-"
)


class Block(Struct, frozen=True, kw_only=True):
    """A paragraph, or a list of facts."""

    text: str = ""
    facts: list[tuple[str, str]] = []


class Confirm(Struct, frozen=True, kw_only=True):
    """The link that confirms receipt (N5)."""

    url: str
    label: str
    note: str


class Text(Struct, frozen=True, kw_only=True):
    """A finished message."""

    subject: str
    plain: str
    html: str


_WORDS: dict[Language, dict[str, str]] = {
    "de": {
        "greeting": "Guten Tag {person}!",
        "closing": "Mit freundlichen Grüßen\n{office}",
        "nobody": "{network}",
        "footer": "Diese Nachricht wurde automatisch verschickt. {network}",
        "confirm": "Empfang bestätigen",
        "answer": "Antworten",
        "confirm_address": "Adresse bestätigen",
        "accept": "Einladung annehmen",
        "open": "Antrag öffnen",
        "confirm_note": "Der Link gilt bis {until}. Auf der Seite bestätigen Sie mit einem Knopf; "
        "das Öffnen allein bestätigt nichts. Geben Sie den Link nicht weiter.",
        "rejected": "ab {needed} Widersprüchen von {electorate} Mitgliedern",
        "passed": "ab {needed} Zustimmungen von {electorate} Mitgliedern",
        "moment": "EEEE, d. MMMM y, HH:mm 'Uhr'",
    },
    "en": {
        "greeting": "Dear {person},",
        "closing": "Kind regards\n{office}",
        "nobody": "{network}",
        "footer": "This message was sent automatically. {network}",
        "confirm": "Confirm receipt",
        "answer": "Answer",
        "confirm_address": "Confirm the address",
        "accept": "Accept the invitation",
        "open": "Open the application",
        "confirm_note": "The link is valid until {until}. You confirm with a button on the page; "
        "opening it alone confirms nothing. Please do not pass the link on.",
        "rejected": "with {needed} or more objections of {electorate} members",
        "passed": "with {needed} or more approvals of {electorate} members",
        "moment": "EEEE, d MMMM y, HH:mm",
    },
}
_LABELS: dict[Purpose, str] = {
    Purpose.BALLOT_REMINDER: "answer",
    Purpose.APPLICATION_CONFIRMATION: "confirm_address",
    Purpose.REDIRECT_CONFIRMATION: "confirm_address",
    Purpose.INVITATION: "accept",
    Purpose.APPLICATION_RECEIVED: "open",
    Purpose.APPLICATION_QUESTION: "open",
    Purpose.APPLICATION_WELCOME: "open",
    Purpose.APPLICATION_REMINDER: "open",
}
_LOCALES = {"de": "de_DE", "en": "en_GB"}


def language_for(wanted: str) -> Language:
    """The recipient's language; Dutch and Danish readers get English until their texts exist, all others German."""
    if wanted in LANGUAGES:
        return wanted
    return "en" if wanted in ("nl", "da") else "de"


def compose(
    purpose: Purpose,
    language: Language,
    names: Names,
    content: Content,
    *,
    portal: str,
    link: tuple[str, datetime] | None = None,
    table: Sequence[Sequence[str]] = (),
) -> Text:
    """The finished text. `link`: address and end of validity; `table`: rows under a header row.

    Raises jinja2.UndefinedError where the template wants something that is missing.
    """
    words = _WORDS[language]
    subject, blocks = _rendered(purpose, language, names, content, portal=portal, members=max(len(table) - 1, 0))
    confirm = _confirm(purpose, words, link, language, names.time_zone)
    office = names.office or words["nobody"].format(network=names.network)
    parts: dict[str, Any] = {
        "language": language,
        "network": names.network,
        "subject": subject,
        "preview": next((block.text for block in blocks if block.text), ""),
        "greeting": words["greeting"].format(person=names.person),
        "blocks": blocks,
        "table": [list(row) for row in table],
        "confirm": confirm,
        "closing": words["closing"].format(office=office),
        "footer": words["footer"].format(network=names.network),
    }
    return Text(subject=subject, plain=_plain(parts), html=_layout().render(parts))


def heading(purpose: Purpose, language: Language, content: Content) -> str:
    """The subject line alone, for the page behind a link. It needs no names (N8)."""
    return _rendered(purpose, language, _NOBODY, content, portal="", members=0)[0]


def _rendered(
    purpose: Purpose, language: Language, names: Names, content: Content, *, portal: str, members: int
) -> tuple[str, list[Block]]:
    given = {name: getattr(names, name) for name in names.__struct_fields__ if getattr(names, name) is not None}
    known = {name: value if name == "question" else " ".join(value.split()) for name, value in given.items()}
    written = _template(purpose, language, names.time_zone).render(
        {"office": None, **known, "content": content, "portal": portal, "members": members}
    )
    subject, _, body = written.partition("\n===\n")
    return " ".join(subject.split()), _blocks(body)


def _blocks(body: str) -> list[Block]:
    blocks: list[Block] = []
    for part in re.split(r"\n\s*\n", body):
        lines = [line.strip() for line in part.strip().splitlines() if line.strip()]
        facts = [(found[1], found[2]) for line in lines if (found := _FACT.match(line))]
        words = " ".join(line for line in lines if not _FACT.match(line))
        if words:
            blocks.append(Block(text=words))
        if facts:
            blocks.append(Block(facts=facts))
    return blocks


def _plain(parts: dict[str, Any]) -> str:
    paragraphs = [parts["greeting"]]
    for block in parts["blocks"]:
        facts = [_wrapped(f"{label}: {value}", "  ") for label, value in block.facts]
        paragraphs.append("\n".join(facts) if facts else _wrapped(block.text))
    if parts["table"]:
        paragraphs.append("\n\n".join(_entry(parts["table"][0], row) for row in parts["table"][1:]))
    if parts["confirm"] is not None:
        confirm: Confirm = parts["confirm"]
        paragraphs.append(f"{confirm.label}:\n{confirm.url}")
        paragraphs.append(_wrapped(confirm.note))
    paragraphs += [parts["closing"], f"-- \n{_wrapped(parts['footer'])}"]
    return "\n\n".join(paragraphs) + "\n"


def _entry(header: Sequence[str], row: Sequence[str]) -> str:
    """One row of a table for readers of plain text: the first cell, then the others by name."""
    rest = [f"  {label}: {cell}" for label, cell in zip(header[1:], row[1:], strict=True) if cell]
    return "\n".join([row[0], *rest])


def _wrapped(text: str, indent: str = "") -> str:
    """Lines of a length that mail programs show well; links stay whole."""
    return "\n".join(wrap(text, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))


def _confirm(
    purpose: Purpose, words: dict[str, str], link: tuple[str, datetime] | None, language: Language, zone: str
) -> Confirm | None:
    if link is None:
        return None
    url, expires_at = link
    until = spoken_moment(expires_at, language, zone)
    return Confirm(
        url=url, label=words[_LABELS.get(purpose, "confirm")], note=words["confirm_note"].format(until=until)
    )


@lru_cache(256)
def _template(purpose: Purpose, language: Language, zone: str) -> Template:
    environment = Environment(  # noqa: S701 - plain text; the HTML layout escapes what it takes over
        loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True
    )
    words = _WORDS[language]

    def rejected(threshold: Threshold, electorate: int) -> str:
        return words["rejected"].format(needed=needed(threshold, electorate), electorate=electorate)

    def passed(threshold: Threshold, electorate: int) -> str:
        return words["passed"].format(needed=needed(threshold, electorate), electorate=electorate)

    environment.filters |= {
        "moment": lambda at: spoken_moment(at, language, zone),
        "last_moment": lambda at: spoken_moment(at - timedelta(minutes=1), language, zone),
        "day": lambda day: _day(day, language),
        "rejected": rejected,
        "passed": passed,
    }
    return environment.get_template(f"{language}/{purpose.value}.txt")


@lru_cache(1)
def _layout() -> Template:
    """The MJML layout, turned into responsive HTML once; names are filled in and escaped later, for each message."""
    source = (_TEMPLATES / "layout.mjml").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(mjml2html(source))


def needed(threshold: Threshold, electorate: int) -> int:
    """B2: the smallest count that exceeds the fraction of the electorate, or reaches it where that is enough."""
    whole, rest = divmod(electorate * threshold.numerator, threshold.denominator)
    return whole if threshold.reach and rest == 0 else whole + 1


def spoken_moment(at: datetime, language: Language, zone: str) -> str:
    """`Montag, 28. Dezember 2026, 23:59 Uhr (MEZ)`"""
    local = at.astimezone(ZoneInfo(zone))
    locale = _LOCALES[language]
    written = format_datetime(local, _WORDS[language]["moment"], locale=locale)
    return f"{written} ({get_timezone_name(local, width='short', locale=locale)})"


def _day(day: date, language: Language) -> str:
    return format_date(day, "full", locale=_LOCALES[language])
