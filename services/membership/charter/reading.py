"""Reads a charter's fields one by one and keeps every complaint, not only the first."""

from collections.abc import Collection, Mapping
from datetime import time
from difflib import get_close_matches
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from msgspec import Struct

from contracts.membership.words import Threshold
from contracts.texts import Phrase, phrase
from contracts.texts import marked as _
from services.membership.charter.lines import line_of

Kind = TypeVar("Kind", bound=StrEnum)


class CharterError(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a charter."""

    line: int
    """Line of the text, from 1; where a field is missing, the line of its section, else 1."""
    field: str
    """Dotted, as `admission.window_days`; empty where the text as a whole is meant."""
    slug: str
    says: Phrase

    @property
    def sentence(self) -> str:
        """What is wrong, in English."""
        return str(self.says)


class CharterErrors(Exception):
    """Everything that is wrong with a charter, by line."""

    def __init__(self, errors: list[CharterError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = sorted(errors, key=lambda error: (error.line, error.field))


class Reading:
    """The decoded text with the lines of its fields. Every `take` method gives a usable stand-in where it complains,
    so that reading goes on."""

    def __init__(self, content: Mapping[str, Any], lines: dict[str, int]) -> None:
        self._content = content
        self._lines = lines
        self.errors: list[CharterError] = []

    def complain(self, field: str, slug: str, says: Phrase) -> None:
        self.errors.append(CharterError(line=line_of(self._lines, field), field=field, slug=slug, says=says))

    def refuse_unknown(self, known: Mapping[str, Collection[str]]) -> None:
        """`known`: section → its keys; the section `""` lists the keys above all sections."""
        for name, value in self._content.items():
            if name in known and name:
                self._refuse_unknown_keys(name, value, known[name])
            elif name not in known[""]:
                self._unknown(name, [*known[""], *(section for section in known if section)])

    def _refuse_unknown_keys(self, section: str, value: object, keys: Collection[str]) -> None:
        if not isinstance(value, dict):
            self.complain(
                section, "section-expected", phrase("“{section}” is a section: write [{section}].", section=section)
            )
            return
        for key in value:
            if key not in keys:
                self._unknown(f"{section}.{key}", [f"{section}.{known}" for known in keys])

    def _unknown(self, field: str, known: list[str]) -> None:
        near = get_close_matches(field, known, n=1, cutoff=0.0)
        self.complain(
            field,
            "field-unknown",
            phrase("There is no field “{field}”. Did you mean “{near}”?", field=field, near=near[0]),
        )

    def _find(self, field: str, default: object = None) -> Any:
        section, _, key = field.rpartition(".")
        place = self._content.get(section) if section else self._content
        if isinstance(place, dict) and key in place:
            return place[key]
        if default is None and isinstance(place, dict):  # of a missing section the section alone is named
            self.complain(field, "field-missing", phrase("The field “{field}” is missing.", field=field))
        return default

    def text(self, field: str) -> str:
        value = self._find(field)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.complain(
                field, "text-expected", phrase("“{field}” is a text in quotation marks and not empty.", field=field)
            )
            return ""
        if len(value) > 200 or not value.isprintable():
            self.complain(
                field, "text-unusable", phrase("“{field}” has at most 200 characters, all in one line.", field=field)
            )
        return value.strip()

    def one_of(self, field: str, known: Collection[str], default: str | None = None) -> str:
        value = self._find(field, default)
        if value is None:
            return ""
        if not isinstance(value, str) or value not in known:
            self.complain(
                field,
                "value-unknown",
                phrase(
                    "“{field}” cannot be {value}; {choices}",
                    field=field,
                    value=_shown(value),
                    choices=_choices(value, known),
                ),
            )
            return ""
        return value

    def texts(self, field: str, known: Collection[str] | None = None) -> list[str]:
        """A list of different texts, not empty; with `known` only of those."""
        value = self._find(field)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self.complain(field, "list-expected", phrase('“{field}” is a list of texts, as ["…", "…"].', field=field))
            return []
        if not value:
            self.complain(field, "list-empty", phrase("“{field}” needs at least one entry.", field=field))
        self._refuse_twice(field, value)
        for item in value:
            if known is not None and item not in known:
                self.complain(
                    field,
                    "value-unknown",
                    phrase(
                        "“{field}” cannot name {value}; {choices}",
                        field=field,
                        value=_shown(item),
                        choices=_choices(item, known),
                    ),
                )
            elif len(item) > 200 or not item.isprintable():
                self.complain(
                    field, "text-unusable", phrase("Every entry of “{field}” has at most 200 characters.", field=field)
                )
        return [item for item in value if known is None or item in known]

    def kinds(self, field: str, kind: type[Kind]) -> list[Kind]:
        return [kind(name) for name in self.texts(field, [member.value for member in kind])]

    def flag(self, field: str, default: bool | None = None) -> bool:
        value = self._find(field, default)
        if value is not None and not isinstance(value, bool):
            self.complain(
                field, "yes-or-no-expected", phrase("“{field}” is true or false, without quotation marks.", field=field)
            )
        return value is True

    def days(self, field: str, *, least: int = 1, most: int = 366) -> int:
        """A number of days. The stand-in is 0, which fits nothing."""
        value = self._find(field)
        if value is None:
            return 0
        if not isinstance(value, int) or isinstance(value, bool):
            self.complain(
                field,
                "number-expected",
                phrase("“{field}” is a whole number of days, without quotation marks.", field=field),
            )
            return 0
        if not least <= value <= most:
            self.complain(
                field,
                "number-out-of-range",
                phrase("“{field}” is {least} to {most} days.", field=field, least=least, most=most),
            )
            return 0
        return value

    def day_list(self, field: str) -> list[int]:
        """Ascending numbers of days; may be empty or missing."""
        value = self._find(field, [])
        if not isinstance(value, list) or not all(type(item) is int for item in value):
            self.complain(
                field,
                "list-expected",
                phrase("“{field}” is a list of whole numbers of days, as [3, 7, 12].", field=field),
            )
            return []
        if any(not 1 <= item <= 366 for item in value):
            self.complain(
                field, "number-out-of-range", phrase("Every entry of “{field}” is 1 to 366 days.", field=field)
            )
            return []
        self._refuse_twice(field, value)
        return sorted(set(value))

    def time_of_day(self, field: str) -> time:
        value = self._find(field)
        if isinstance(value, time):
            return value
        try:
            if isinstance(value, str):
                return time.fromisoformat(value) if len(value) == 5 else _not_a_time()
        except ValueError:
            pass
        if value is not None:
            self.complain(field, "time-expected", phrase('“{field}” is a time of day as "08:00".', field=field))
        return time()

    def threshold(self, field: str, reach_field: str) -> Threshold:
        """B2: an exact fraction of the electorate, of which the count can be met."""
        value, reach = self._find(field), self.flag(reach_field, default=False)
        fraction = self._fraction(field, value) if value is not None else None
        if fraction is None:
            return Threshold(numerator=1, denominator=2, reach=reach)
        if fraction == 1 and not reach:
            self.complain(
                field, "threshold-out-of-reach",
                phrase(
                    "No count exceeds the whole electorate: take less than {value} or set {reach} = true.",
                    value=value, reach=reach_field,
                ),
            )  # fmt: skip
        if fraction == 0 and reach:
            self.complain(
                field, "threshold-always-met", phrase("A count always reaches {value} of the electorate.", value=value)
            )
        return Threshold(numerator=fraction.numerator, denominator=fraction.denominator, reach=reach)

    def _fraction(self, field: str, value: object) -> Fraction | None:
        above, slash, below = value.partition("/") if isinstance(value, str) else ("", "", "")
        digits = above.isascii() and below.isascii() and above.isdigit() and below.isdigit()
        if not slash or not digits or len(above) > 6 or len(below) > 6 or int(below) == 0:
            self.complain(
                field,
                "fraction-expected",
                phrase('“{field}” is an exact fraction in quotation marks, as "1/2" or "3/4".', field=field),
            )
            return None
        fraction = Fraction(int(above), int(below))
        if fraction > 1:
            self.complain(
                field,
                "fraction-above-one",
                phrase('“{field}” is a part of the electorate: at most "1/1".', field=field),
            )
            return None
        return fraction

    def _refuse_twice(self, field: str, values: list[Any]) -> None:
        twice = sorted({str(value) for value in values if values.count(value) > 1})
        if twice:
            self.complain(
                field,
                "entry-twice",
                phrase("“{field}” names {entries} more than once.", field=field, entries=", ".join(twice)),
            )


def _not_a_time() -> time:
    raise ValueError


def _shown(value: object) -> str:
    text = str(value)
    return f"“{text[:40]}”" if text.isprintable() else _("that")


def _choices(value: object, known: Collection[str]) -> Phrase:
    if len(known) <= 20:
        return phrase("it can be {choices}.", choices=", ".join(sorted(known)))
    near = get_close_matches(str(value)[:80], known, n=1, cutoff=0.4)
    return phrase("did you mean {near}?", near=near[0]) if near else phrase("it is not known.")
