"""Path and query parameters, checked as strictly as bodies.

What a query may hold follows from the contract's request: each field that is neither in the path nor the body nor a
header is a query parameter.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from urllib.parse import unquote_to_bytes

import msgspec

from contracts.request import Method, Paging, Refused
from contracts.texts import Marked, Phrase, phrase
from contracts.texts import marked as _

NETWORK = re.compile(r"[a-z][a-z0-9-]{1,39}\Z")
"""2 to 40 lower-case letters, digits and hyphens."""
ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}\Z")
_CURSOR = re.compile(r"[A-Za-z0-9._~=:+/-]{1,2000}\Z")
_WORDS = re.compile(r"[^\x00-\x1f\x7f]{1,200}\Z")
_WHOLE = re.compile(r"(0|[1-9][0-9]{0,17})\Z")
_YEARS = range(1900, 2201)

NOT_IN_QUERY = frozenset({"network", "body", "applicant_key", "csv", "token"})


@dataclass(frozen=True)
class Parameter:
    """One query parameter: how it is read, and how the API's description shows it."""

    name: str
    read: Callable[[str], Any]
    expected: Marked | Phrase
    schema: dict[str, Any]
    description: str
    required: bool = False


_DESCRIPTIONS = {
    "cursor": "Where to go on: `next` of the part before. Opaque.",
    "limit": "How many items at most.",
    "on": "The directory as of the end of this day in the network's time zone; without it as of now.",
    "open": "Only ballots that are open (`true`) or decided (`false`).",
    "undelivered": "Only notices that bounced or failed.",
    "about": "The ballot, exclusion, application or network that it is about.",
    "or_about": "With `about`: or about this, for example the ballot of the application.",
    "member": "Only those of this member.",
    "ballot": "Only those of this ballot.",
    "q": "Words that must all occur.",
    "waiting": "`false`: what needs your member's answer; `true`: what your member waits for.",
    "running": "Only procedures that are running (`true`) or over (`false`).",
    "kind": "Only procedures of this kind.",
    "state": "Only those in this state.",
    "purpose": "What the notices would be for.",
    "version": "A charter's version; without it the one in force.",
    "after": "The position after which to go on.",
    "newest": "Nothing of what was, only where the feed stands now (`last`), to go on from there.",
    "dry_run": "Only report what would happen; nothing is changed.",
}
_LIMITS = {"limit": (1, 200), "after": (0, 2**53), "version": (1, 1_000_000)}


def of(method: Method[Any, Any], in_path: Collection[str]) -> dict[str, Parameter]:
    """The query parameters of a contract's request."""
    request = method.asks
    elsewhere = NOT_IN_QUERY.union(in_path, {"version"} if method.writes else ())
    found: dict[str, Parameter] = {}
    hints = get_type_hints(request)
    for field in msgspec.structs.fields(request):
        if field.name in elsewhere:
            continue
        if field.name == "paging":
            found["cursor"] = _parameter("cursor", str)
            found["limit"] = _parameter("limit", int, msgspec.structs.fields(Paging)[1].default)
        else:
            found[field.name] = replace(
                _parameter(field.name, _without_none(hints[field.name]), field.default, request),
                required=field.required,
            )
    return found


def read(query: bytes, known: dict[str, Parameter]) -> dict[str, Any]:
    """The parameters that were given, as values. Refused("parameter-invalid") (400) for an unknown, repeated or
    malformed one."""
    values: dict[str, Any] = {}
    if len(query) > 8192:
        raise _refused("The query is too long.")
    for piece in query.split(b"&") if query else ():
        if not piece:
            continue
        name, value = _pair(piece)
        parameter = known.get(name)
        if parameter is None:
            if not known:
                raise _refused("There is a query parameter that this address does not know; it takes none.")
            detail = "There is a query parameter that this address does not know; it takes {names}."
            raise _refused(detail, names=", ".join(known))
        if name in values:
            raise _refused("The query parameter {name} stands more than once.", name=name)
        try:
            values[name] = parameter.read(value)
        except ValueError:
            detail = "The query parameter {name} must be {expected}."
            raise _refused(detail, name=name, expected=parameter.expected) from None
    return values


def expect(values: Collection[str], required: Collection[str]) -> None:
    """Refused("parameter-invalid") unless every required parameter was given."""
    for name in required:
        if name not in values:
            raise _refused("The query parameter {name} is missing.", name=name)


def path_value(name: str, value: str) -> str:
    """An id from the path. Refused("not-found") for what can be no id: there is nothing at that address."""
    if (NETWORK if name == "network" else ID).match(value) and value != "installation":
        return value
    detail = "There is nothing here: the address holds no valid id ({name})."
    raise Refused("not-found", detail, status=404, words={"name": name})


def _pair(piece: bytes) -> tuple[str, str]:
    name, _, value = piece.replace(b"+", b" ").partition(b"=")
    try:
        return unquote_to_bytes(name).decode(), unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        raise _refused("The query is not valid UTF-8.") from None


def _parameter(name: str, kind: Any, default: Any = None, request: type | None = None) -> Parameter:
    description = _DESCRIPTIONS[name]
    if kind is bool:
        return Parameter(name, _read_bool, _("true or false"), {"type": "boolean"}, description)
    if kind is date:
        dated = {"type": "string", "format": "date"}
        return Parameter(name, _read_date, _("a date as 2026-12-11"), dated, description)
    if kind is int:
        low, high = _LIMITS[name]
        if name == "limit" and request is not None:
            high = 1000  # a request with a limit of its own, not a page
        schema: dict[str, Any] = {"type": "integer", "minimum": low, "maximum": high}
        if isinstance(default, int):
            schema["default"] = default
        expected = phrase("a whole number from {low} to {high}", low=low, high=high)
        return Parameter(name, _whole_reader(low, high), expected, schema, description)
    if choices := _choices(kind):
        listed = {"type": "string", "enum": list(choices)}
        expected = phrase("one of {choices}", choices=", ".join(choices))
        return Parameter(name, _choice_reader(choices), expected, listed, description)
    if name == "q":
        words = {"type": "string", "minLength": 1, "maxLength": 200}
        return Parameter(name, _text_reader(_WORDS), _("a text of 1 to 200 characters"), words, description)
    pattern = _CURSOR if name == "cursor" else ID
    shown = {"type": "string", "pattern": f"^{pattern.pattern.removesuffix(chr(92) + 'Z')}$"}
    return Parameter(name, _text_reader(pattern), _TEXTS.get(name, _("an id")), shown, description)


_TEXTS = {"cursor": _("the cursor of an earlier part (`next`)")}


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, UnionType):
        return next(part for part in get_args(kind) if part is not type(None))
    return getattr(kind, "__supertype__", kind)


def _choices(kind: Any) -> dict[str, Any]:
    """The values that a Literal or an enumeration allows, by how they are written."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {str(one.value): one for one in kind}
    return {str(one): one for one in get_args(kind)} if get_origin(kind) is Literal else {}


def _choice_reader(choices: dict[str, Any]) -> Callable[[str], Any]:
    def reader(value: str) -> Any:
        if value not in choices:
            raise ValueError(value)
        return choices[value]

    return reader


def _read_bool(value: str) -> bool:
    if value not in {"true", "false"}:
        raise ValueError(value)
    return value == "true"


def _read_date(value: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError(value)
    found = date.fromisoformat(value)
    if found.year not in _YEARS:
        raise ValueError(value)
    return found


def _whole_reader(low: int, high: int) -> Callable[[str], int]:
    def reader(value: str) -> int:
        if not _WHOLE.match(value) or not low <= int(value) <= high:
            raise ValueError(value)
        return int(value)

    return reader


def _text_reader(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def reader(value: str) -> str:
        if not pattern.match(value):
            raise ValueError(value)
        return value

    return reader


def _refused(detail: str, **words: object) -> Refused:
    return Refused("parameter-invalid", detail, status=400, words=words)
