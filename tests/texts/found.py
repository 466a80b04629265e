"""What the sources say to people, and what of it could not be read."""

import re
import string
from collections.abc import Iterable

from msgspec import Struct

CONTEXT = "\x04"
_FIELD = re.compile(r"[a-z][a-z0-9_]*\Z")


class Text(Struct, frozen=True, order=True):
    """One text of a service, English."""

    id: str
    many: str = ""
    """The plural, where there is one."""
    note: str = ""
    """Where it is used, for translators: a refusal's slug, a page."""
    context: str = ""
    """Tells it apart from the same English words elsewhere (msgctxt)."""

    @property
    def key(self) -> str:
        """Of its entry: as gettext joins them."""
        return f"{self.context}{CONTEXT}{self.id}" if self.context else self.id


class Found:
    """All texts of one service."""

    def __init__(self) -> None:
        self.texts: dict[str, Text] = {}
        self.notes: dict[str, set[str]] = {}
        self.faults: list[str] = []

    def add(self, text: Text, place: str) -> None:
        try:
            names = placeholders(text.id) | placeholders(text.many)
        except ValueError:
            self.faults.append(f"{place}: the braces of “{text.id}” do not match")
            return
        if wrong := [name for name in names if not _FIELD.match(name)]:
            self.faults.append(f"{place}: {{{wrong[0]}}} is no plain name")
        known = self.texts.get(text.key)
        if known is not None and known.many and text.many and known.many != text.many:
            self.faults.append(f"{place}: “{text.id}” has two plurals")
        if known is None or (text.many and not known.many):
            self.texts[text.key] = text
        if text.note:
            self.notes.setdefault(text.key, set()).add(text.note)


def placeholders(text: str) -> set[str]:
    """The names in braces. Raises ValueError for braces that do not match."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def unmet(text: str, given: Iterable[str] | None) -> set[str]:
    """The placeholders for which no word is given; none if it is not known which are given."""
    try:
        return set() if given is None else placeholders(text) - set(given)
    except ValueError:
        return set()  # `Found.add` says so
