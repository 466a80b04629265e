"""What people read, in their language (P2, N7). The English sentence is the key; each service's `locale/‹language›.po`
holds the others. They are read as they are: `pybabel compile` would fill empty plurals with English.

Mark a sentence with `_("…")` where it is not the literal detail of a refusal; `python -m tests.texts` collects all. An
English word that other languages say differently by what it is about has a context (gettext's msgctxt):
`_("Open", context="ballot")`.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, Final

import msgspec
from babel import Locale
from babel.messages.pofile import read_po

from contracts.request import Problem, Refused
from contracts.texts import Lines, Marked, Phrase, ShortDay, Zone, marked, phrase
from services.chassis.formats import (
    LOCALES,
    clock,
    day,
    joined,
    left,
    number,
    numeric_clock,
    numeric_day,
    short_day,
    spoken,
    when,
    zone_name,
)

__all__ = [
    "LOCALES", "Marked", "Texts", "clock", "day", "install", "joined", "left", "marked", "number", "numeric_clock",
    "numeric_day", "of", "phrase", "short_day", "speaking", "spoken", "when", "zone_name",
]  # fmt: skip

SOURCE: Final = "en"
_Entry = tuple[str, ...]
_Key = tuple[str, str]
"""Context, mostly none, and English text."""


class Texts:
    """The catalogues of one service and, behind them, the chassis'."""

    locales: Final = LOCALES

    def __init__(self, *packages: str) -> None:
        """`packages` in the order in which a text is looked for."""
        self._entries: dict[str, dict[_Key, _Entry]] = {}
        for locale in LOCALES:
            found: dict[_Key, _Entry] = {}
            for package in reversed(packages):
                found |= dict(_entries(package, locale))
            self._entries[locale] = found

    def translate(self, locale: str, message: str, /, **words: object) -> str:
        """The sentence in the reader's language with its words put in. English where there is no translation, or
        where it lacks one of the words; never an error. The word `context` is that of the text, where it is not marked
        with it."""
        speech = spoken(locale)
        context = str(words.pop("context", "")) or getattr(message, "context", "")
        entry = self._entries[speech].get((context, message))
        return self._filled(speech, entry[0] if entry else message, message, words)

    def plural(self, locale: str, one: str, many: str, n: int, /, **words: object) -> str:
        """`one` or `many` by the language's own rule; `{n}` is the count."""
        speech = spoken(locale)
        index = 0 if _form(speech, n) == "one" else 1
        source = (one, many)[index] if speech == SOURCE else (one if n == 1 else many)
        entry = self._entries[speech].get(("", one))
        chosen = entry[index] if entry and len(entry) > 1 else source
        return self._filled(speech, chosen, source, {"n": number(speech, n), **words})

    def problem(self, locale: str, refusal: Refused) -> Problem:
        """A refusal in the reader's language."""
        detail = self.translate(locale, refusal.template, **refusal.words)
        return msgspec.structs.replace(refusal.problem, detail=detail)

    def _filled(self, speech: str, text: str, source: str, words: Mapping[str, object]) -> str:
        if not words:
            return str(text)  # a marked text itself is nothing that can be sent
        said = {name: self.said(speech, word) for name, word in words.items()}
        try:
            return _put_in(text, said)
        except (KeyError, IndexError, ValueError, AttributeError):
            return text if text == source else self._filled(SOURCE, source, source, words)

    def said(self, locale: str, word: object) -> object:
        """A word of a sentence as it is written in that language: moments, days, durations, marked texts, lists."""
        match word:
            case Marked():
                return self.translate(locale, word)
            case Phrase():
                return self.translate(locale, word.text, **word.words)
            case Lines():
                return "\n".join(str(self.said(locale, part)) for part in word.parts)
            case list() | tuple():
                return joined(locale, [str(self.said(locale, part)) for part in word])
            case _:
                return _written(locale, word)


def _written(locale: str, word: object) -> object:
    match word:
        case datetime():
            return when(locale, word)
        case date():
            return day(locale, word)
        case time():
            return clock(locale, word)
        case timedelta():
            return left(locale, word)
        case ShortDay():
            return short_day(locale, word.day)
        case Zone():
            return zone_name(locale, word.name)
        case _:
            return word


@cache
def of(package: str) -> Texts:
    """The texts of a service's package (`services.membership`), read once."""
    return Texts(package, "services.chassis")


def speaking(texts: Texts, locale: str) -> dict[str, Callable[..., Any]]:
    """What a template needs to speak one language: `{{ _("…", name=value) }}`, `{{ _("Open", context="ballot") }}`,
    `{{ ngettext("{n} day", "{n} days", n) }}`, and `when`, `day`, `short_day`, `clock`, `number`, `left`, `joined`
    without their first argument.

    The texts are plain and so escaped by Jinja; a word that is markup stays so, and the sentence around it is escaped.
    """
    formats = (when, day, short_day, clock, number, left, joined)
    return {
        "_": partial(texts.translate, locale),
        "gettext": partial(texts.translate, locale),
        "ngettext": partial(texts.plural, locale),
        **{shown.__name__: partial(shown, locale) for shown in formats},
    }


def install(environment: Any, texts: Texts, locale: str) -> None:
    """Makes a Jinja environment speak one language, macros and includes too: one environment for each language."""
    environment.globals.update(speaking(texts, locale))


def _put_in(text: str, words: Mapping[str, object]) -> str:
    markup = next((word for word in words.values() if hasattr(word, "__html__")), None)
    if markup is None:
        return text.format_map(words)
    # The class of the word itself, so that services without templates need no markupsafe.
    kind: Any = type(markup)
    put: str = kind.escape(text).format(**words)
    return put


@cache
def _form(speech: str, n: int) -> str:
    return Locale(speech).plural_form(n)


def _entries(package: str, locale: str) -> Iterator[tuple[_Key, _Entry]]:
    """A catalogue's translated entries: msgctxt and msgid (the singular one) → its forms. What is fuzzy or empty is
    left out."""
    if locale == SOURCE or find_spec(package) is None:
        return
    file = files(package) / "locale" / f"{locale}.po"
    if not file.is_file():
        return
    with file.open("rb") as stream:
        catalogue = read_po(stream, locale=locale)
    for message in catalogue:
        if not message.id or message.fuzzy:
            continue
        source = message.id if isinstance(message.id, str) else message.id[0]
        forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))
        if all(forms):
            yield (message.context or "", source), forms
