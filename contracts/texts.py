"""Marks texts for the catalogues where nothing but contracts may be imported; `services.chassis.texts` says them."""

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct


class Marked(str):
    """A sentence, or a word, that has its own entry in the catalogues. Among the words of another sentence it is
    translated too."""

    __slots__ = ("context",)
    context: str
    """Tells apart what English says with one word and other languages with several; part of the entry's key."""

    def __new__(cls, message: str, context: str = "") -> "Marked":
        made = super().__new__(cls, message)
        made.context = context or getattr(message, "context", "")
        return made


class Phrase(Struct, frozen=True):
    """A marked text with its words, as a part of another text. In English where nobody translates it."""

    text: Marked
    words: Mapping[str, object]

    def __str__(self) -> str:
        return self.text.format(**self.words) if self.words else self.text


class Lines(Struct, frozen=True):
    """Parts of a text one below the other."""

    parts: Sequence[object]

    def __str__(self) -> str:
        return "\n".join(map(str, self.parts))


class ShortDay(Struct, frozen=True):
    """A day as it is written among other things: `Fri 25 Dec 2026`."""

    day: date


class Zone(Struct, frozen=True):
    """A time zone's short name, `CET`, of which languages have their own."""

    name: str


def marked(message: str, *, context: str = "") -> Marked:
    """Marks a text for the catalogues: `from contracts.texts import marked as _`; `_("Open", context="ballot")` where
    the same English word says something else elsewhere."""
    return Marked(message, context)


def phrase(message: str, /, **words: object) -> Phrase:
    """Marks a text and gives it its words."""
    return Phrase(Marked(message), words)
