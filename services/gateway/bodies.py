"""The one place where what a client sends becomes a contract's Struct: strictly, or not at all.

The framework's own decoding is lenient (`"1"` becomes 1, `0` becomes 1970) and answers 500 on bad UTF-8, so the raw
body comes here. Every refusal says what to do and, where one field is at fault, names it by a JSON pointer.
"""

import json
import re
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar

import msgspec

from contracts.request import Refused
from contracts.texts import marked as _
from contracts.texts import phrase
from services.chassis import http_bodies
from services.gateway.arrival import Arrival, Receive

Wanted = TypeVar("Wanted", bound=msgspec.Struct)

LIMIT = 1024 * 1024
"""Bytes of a JSON body."""
REGISTER_LIMIT = 5 * 1024 * 1024
"""Bytes of a register as CSV."""
_YEARS = range(1900, 2201)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_INTEGER_BITS = 63


async def read(arrival: Arrival, receive: Receive, limit: int, seconds: float) -> bytes:
    """The whole body. Refused("body-too-large") as soon as more than `limit` bytes are announced or have come,
    Refused("body-too-slow") after so many seconds. Raises http_bodies.Gone."""
    announced = arrival.headers.get(b"content-length", b"")
    try:
        raw = await http_bodies.whole(receive, announced, most=limit, seconds=seconds)
    except http_bodies.TooLong:
        raise _too_large(limit) from None
    except http_bodies.TooSlow:
        detail = "The body did not arrive within {seconds} seconds; send it again."
        raise Refused("body-too-slow", detail, status=408, words={"seconds": f"{seconds:g}"}) from None
    arrival.body_waits = False
    return raw


def expect_content_type(headers: dict[bytes, bytes], media_type: str) -> None:
    """Refused("unsupported-content-type") unless the body is declared as `media_type` in UTF-8 and not compressed."""
    declared = headers.get(b"content-type", b"").decode("latin-1")
    name, *parameters = (part.strip().lower() for part in declared.split(";"))
    charsets = [p.removeprefix("charset=").strip('"') for p in parameters if p.startswith("charset=")]
    encoding = headers.get(b"content-encoding", b"identity").lower()
    if name != media_type or any(charset not in {"utf-8", "utf8"} for charset in charsets) or encoding != b"identity":
        detail = "Send the body as {kind} in UTF-8, uncompressed, and say so in the header Content-Type."
        raise Refused("unsupported-content-type", detail, status=415, words={"kind": media_type})


def decode(raw: bytes, wanted: type[Wanted]) -> Wanted:
    """`raw` as the contract's Struct. Raises Refused: `body-malformed` (400) if it is no JSON in UTF-8, `body-invalid`
    (422) if it is not what the contract wants."""
    if not raw.strip():
        raise _malformed("The body is empty; send a JSON object.")
    if raw.startswith(_BYTE_ORDER_MARK):
        raise _malformed("The body starts with a byte order mark; send UTF-8 without it.")
    try:
        value: Wanted = _decoder(wanted).decode(raw)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from None
    except UnicodeDecodeError:
        raise _malformed("The body is not valid UTF-8.") from None
    except RecursionError:
        raise _malformed("The body is nested too deeply.") from None
    except (msgspec.DecodeError, ValueError) as error:
        raise _no_json(str(error)) from None
    _refuse_doubled_names(raw)
    _inspect(value, "")
    return value


def expect_nothing(raw: bytes) -> None:
    """For commands that carry no body: empty or `{}`. Refused("body-unexpected") otherwise."""
    if raw.strip() not in {b"", b"{}"}:
        raise Refused("body-unexpected", "This request takes no body; send none, or an empty object.", status=422)


@cache
def _decoder(wanted: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(wanted)


def _refuse_doubled_names(raw: bytes) -> None:
    """Two readers of a doubled name may each take another value. Runs only on what has a contract's shallow form."""

    def pairs(found: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in found]
        if len(set(names)) < len(names):
            raise _malformed("A field stands twice in the same object; send each field once.")

    json.loads(raw.decode(), object_pairs_hook=pairs, parse_int=_nothing, parse_float=_nothing)


def _nothing(_: str) -> None:
    """Numbers were checked already; a long one must not be computed again."""


def _inspect(value: object, pointer: str) -> None:
    """What the types can't say: times with a zone, years that calendars can compute with, texts without control
    characters (a database may not store NUL), integers that every database can hold."""
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            _inspect(getattr(value, name), f"{pointer}/{name}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            _inspect(item, f"{pointer}/{place}")
    elif isinstance(value, str):
        if _CONTROL.search(value):
            raise _invalid("{subject} holds a control character; remove it.", pointer)
    elif isinstance(value, date):
        _inspect_date(value, pointer)
    elif isinstance(value, int) and value.bit_length() > _INTEGER_BITS:
        raise _invalid("{subject} is a number out of range.", pointer)


def _inspect_date(value: date, pointer: str) -> None:
    if isinstance(value, datetime) and value.tzinfo is None:
        detail = "{subject} is a time without a zone; write it as 2026-12-11T10:00:00+01:00 or with Z."
        raise _invalid(detail, pointer)
    if value.year not in _YEARS:
        detail = "{subject} lies outside the years {first} to {last}."
        raise _invalid(detail, pointer, first=_YEARS.start, last=_YEARS.stop - 1)


_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`")
_EXPECTED = re.compile(r"Expected `(?P<wanted>.*)`, got `(?P<got>.*)`")


def _explained(message: str) -> Refused:
    found = _AT.match(message)
    what, path = (found["what"], found["path"] or "$") if found else (message, "$")
    pointer = pointer_of(path)
    if unknown := _UNKNOWN.match(what):
        return _invalid("{subject} is not known here; remove it.", f"{pointer}/{_escaped(unknown['name'])}")
    if missing := _MISSING.match(what):
        return _invalid("{subject} is missing.", f"{pointer}/{_escaped(missing['name'])}")
    if expected := _EXPECTED.match(what):
        detail = "{subject} must be of type {wanted}, not {given}."
        return _invalid(detail, pointer, wanted=_plain(expected["wanted"]), given=expected["got"])
    if what.startswith("Invalid enum value"):
        return _invalid("{subject} has none of the allowed values.", pointer)
    if what.startswith("Invalid RFC3339"):
        detail = "{subject} must be written as in RFC 3339, as 2026-12-11T10:00:00+01:00 (a date as 2026-12-11)."
        return _invalid(detail, pointer)
    if "range" in what:
        return _invalid("{subject} is out of range.", pointer)
    return _invalid("{subject} is not what is expected here.", pointer)


def pointer_of(path: str) -> str:
    """msgspec's `$.a[0].b` as a JSON pointer (RFC 6901). A place in an array that it does not number stays `-`."""
    parts = re.findall(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]", path)
    return "".join("/" + _escaped(name or ("-" if place == "..." else place)) for name, place in parts)


def _escaped(name: str) -> str:
    return name.encode(errors="replace").decode()[:80].replace("~", "~0").replace("/", "~1")


def _plain(wanted: str) -> str:
    return wanted.replace(" | ", " or ").replace("str", "string").replace("int", "whole number")


def _no_json(message: str) -> Refused:
    place = re.search(r"\(byte (\d+)\)", message)
    if place is None:
        return _malformed("The body is not valid JSON; send one complete JSON object.")
    return _malformed("The body is not valid JSON (at byte {byte}); send one complete JSON object.", byte=place[1])


def _invalid(detail: str, pointer: str, **words: object) -> Refused:
    """`{subject}` in the detail is the field, or the body as a whole."""
    words["subject"] = phrase("The field {field}", field=pointer) if pointer else _("The body")
    return Refused("body-invalid", detail, status=422, field=pointer, words=words)


def _malformed(detail: str, **words: object) -> Refused:
    return Refused("body-malformed", detail, status=400, words=words)


def _too_large(limit: int) -> Refused:
    detail = "The body is larger than the {most} MiB that are taken here; divide or shorten it."
    return Refused("body-too-large", detail, status=413, words={"most": f"{limit / 1024 / 1024:.2g}"})
