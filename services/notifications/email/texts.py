"""What a notice says, from a template for each purpose: one source for the plain text and the HTML, in the reader's
language (`locale/`).

A template renders to `subject`, a line `===`, and blocks separated by empty lines. Lines `| label | value` form a list
of facts; every other block is a paragraph. Names reach the texts only here, at the moment of sending; subjects have
none (N8).
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from textwrap import wrap
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from mjml import mjml2html
from msgspec import Struct

from contracts.membership.words import Threshold
from contracts.notifications.words import Purpose
from contracts.texts import Marked
from contracts.texts import marked as _
from services.chassis import texts as speech
from services.notifications.notices.rules import Content

Language = Literal["de", "en", "nl", "da"]
LANGUAGES: tuple[Language, ...] = speech.LOCALES
TEXTS = speech.of("services.notifications")
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


_TASKS: dict[str, Marked] = {
    "check-application": _("New application to check"),
    "application-supplemented": _("An application was supplemented"),
    "welcome-applicant": _("Admission passed: sign the agreement"),
    "application-withdrawn": _("An application was withdrawn"),
    "application-expired": _("An application has expired"),
    "announce-exclusion": _("A request for exclusion is to be announced"),
    "answer-missing": _("A member has not answered and its period ends soon"),
    "receipt-missing": _("A member has not confirmed receipt"),
    "countersignature-missing": _("A signed copy is missing"),
    "notice-bounced": _("A message came back as undeliverable"),
    "notice-failed": _("A message could not be delivered"),
}
_CONFIRM = _("Confirm receipt")
_AUTOMATIC = _("This message was sent automatically.")
_OPEN = _("Open the application")
_LABELS: dict[Purpose, Marked] = {
    Purpose.BALLOT_REMINDER: _("Answer now"),
    Purpose.APPLICATION_CONFIRMATION: _("Confirm the address"),
    Purpose.REDIRECT_CONFIRMATION: _("Confirm the address"),
    Purpose.INVITATION: _("Accept the invitation"),
    Purpose.APPLICATION_RECEIVED: _OPEN,
    Purpose.APPLICATION_QUESTION: _OPEN,
    Purpose.APPLICATION_WELCOME: _OPEN,
    Purpose.APPLICATION_REMINDER: _OPEN,
}


def language_for(wanted: str) -> Language:
    """The recipient's language; German where it is none of ours."""
    return wanted if wanted in LANGUAGES else "de"


def compose(
    purpose: Purpose,
    language: Language,
    names: Names,
    content: Content,
    *,
    portal: str,
    link: tuple[str, datetime] | None = None,
    table: Sequence[Sequence[str]] = (),
    paper: bool = False,
) -> Text:
    """The finished text. `link`: address and end of validity; `table`: rows under a header row; `paper`: for a letter,
    which has no link.

    Raises jinja2.UndefinedError where the template wants something that is missing.
    """
    members = max(len(table) - 1, 0)
    subject, blocks = _rendered(purpose, language, names, content, portal=portal, members=members, paper=paper)
    confirm = _confirm(purpose, link, language, names.time_zone)
    parts: dict[str, Any] = {
        "language": language,
        "network": names.network,
        "subject": subject,
        "preview": next((block.text for block in blocks if block.text), ""),
        "greeting": TEXTS.translate(language, "Dear {person},", person=names.person),
        "blocks": blocks,
        "table": [list(row) for row in table],
        "confirm": confirm,
        "closing": TEXTS.translate(language, "Kind regards") + f"\n{names.office or names.network}",
        "footer": names.network if paper else f"{TEXTS.translate(language, _AUTOMATIC)} {names.network}",
    }
    return Text(subject=subject, plain=_plain(parts), html=_layout().render(parts))


def heading(purpose: Purpose, language: Language, content: Content) -> str:
    """The subject line alone, for the page behind a link. It needs no names (N8)."""
    return _rendered(purpose, language, _NOBODY, content, portal="", members=0)[0]


def _rendered(
    purpose: Purpose,
    language: Language,
    names: Names,
    content: Content,
    *,
    portal: str,
    members: int,
    paper: bool = False,
) -> tuple[str, list[Block]]:
    given = {name: getattr(names, name) for name in names.__struct_fields__ if getattr(names, name) is not None}
    known = {name: value if name == "question" else _one_line(value) for name, value in given.items()}
    title = TEXTS.translate(language, _TASKS[content.task]) if content.task is not None else ""
    written = _template(purpose, language, names.time_zone).render(
        {
            "office": None,
            **known,
            "content": content,
            "portal": portal,
            "members": members,
            "task_title": title,
            "paper": paper,
        }
    )
    subject, _rule, body = written.partition("\n===\n")
    return " ".join(subject.split()), _blocks(body)


def _one_line(name: str) -> str:
    """A name that cannot pass for a line of facts."""
    return " ".join(name.split()).replace("|", "¦")


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


def _confirm(purpose: Purpose, link: tuple[str, datetime] | None, language: Language, zone: str) -> Confirm | None:
    if link is None:
        return None
    url, expires_at = link
    note = TEXTS.translate(
        language,
        "The link is valid until {until}. Opening it alone changes nothing; what it is for takes a button on the page. "
        "Please do not pass it on.",
        until=spoken_moment(expires_at, language, zone),
    )
    return Confirm(url=url, label=TEXTS.translate(language, _LABELS.get(purpose, _CONFIRM)), note=note)


@lru_cache(512)
def _template(purpose: Purpose, language: Language, zone: str) -> Template:
    environment = Environment(  # noqa: S701 - plain text; the HTML layout escapes what it takes over
        loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True
    )
    speech.install(environment, TEXTS, language)

    def rejected(threshold: Threshold, electorate: int) -> str:
        sentence = _("with {needed} or more objections of {electorate} members")
        return TEXTS.translate(language, sentence, needed=needed(threshold, electorate), electorate=electorate)

    def passed(threshold: Threshold, electorate: int) -> str:
        sentence = _("with {needed} or more approvals of {electorate} members")
        return TEXTS.translate(language, sentence, needed=needed(threshold, electorate), electorate=electorate)

    environment.filters |= {
        "moment": lambda at: spoken_moment(at, language, zone),
        "last_moment": lambda at: spoken_moment(at - timedelta(minutes=1), language, zone),
        "rejected": rejected,
        "passed": passed,
    }
    return environment.get_template(f"{purpose.value}.txt")


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
    return speech.when(language, at, zone)


@lru_cache(8)
def plain_template(name: str, language: Language) -> Template:
    """A text file that is attached."""
    environment = Environment(  # noqa: S701 - plain text
        loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True
    )
    speech.install(environment, TEXTS, language)
    return environment.get_template(f"{name}.txt")
