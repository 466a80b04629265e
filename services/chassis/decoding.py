"""Strict decoding of what comes from outside, with a refusal that names the place and never repeats the content."""

import re
from typing import Any, TypeVar

import msgspec

from contracts.request import Refused

Content = TypeVar("Content")

_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `(?P<key>key in )?\$?(?P<path>[^`]*)`)?$", re.DOTALL)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_LONG_NUMBER = re.compile(rb"\d{19}")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")

FAULTS = (msgspec.MsgspecError, RecursionError, UnicodeError, OverflowError)
"""Everything that decoding hostile bytes can raise."""


def decode(decoder: msgspec.json.Decoder[Content], raw: bytes | msgspec.Raw, *, under: str = "") -> Content:
    """Decodes or raises Refused `malformed` (400) with a JSON pointer to the place, below `under`.

    Whole numbers beyond 64 bits are refused too: msgspec takes them, no database does.
    """
    try:
        content = decoder.decode(raw)
        if _LONG_NUMBER.search(raw) is not None:
            _refuse_huge(msgspec.json.decode(raw), under)
    except FAULTS as error:
        raise malformed(error, under=under) from None
    return content


def _refuse_huge(value: Any, path: str) -> None:
    if isinstance(value, dict):
        for name, part in value.items():
            _refuse_huge(part, f"{path}/{name}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            _refuse_huge(part, f"{path}/{index}")
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise Refused("malformed", "This number is too large.", status=400, field=path or None)


def malformed(error: Exception, *, under: str = "") -> Refused:
    """The refusal for a decoding error. It says what was expected and where, without the offending content."""
    if not isinstance(error, msgspec.ValidationError):
        deep = "The content is nested too deeply. Correct it and send it again."
        broken = "This is not valid JSON. Correct it and send it again."
        detail = deep if isinstance(error, RecursionError) else broken
        return Refused("malformed", detail, status=400, field=under or None)
    found = _PLACE.match(str(error))
    what = found["what"] if found else ""
    path = (found["path"] if found else None) or ""
    return Refused(
        "malformed",
        "This does not have the expected form: {fault}.",  # the fault in the decoder's own words, for developers
        status=400,
        field=under + pointer(path) or None,
        words={"fault": _QUOTED.sub("…", what)},
    )


def pointer(path: str) -> str:
    """Turns msgspec's `.votes[2].choice` into `/votes/2/choice`."""
    return "".join(f"/{name or index}" for name, index in _STEP.findall(path))


def cause(error: BaseException) -> str:
    """An exception in one line for logs and dead letters: class and place, never its message.

    Messages quote values; refusals and decoding errors have none and keep their words.
    """
    if isinstance(error, Refused):
        return f"{type(error).__name__}: {error.slug}"
    if isinstance(error, msgspec.ValidationError):
        return f"{type(error).__name__}: {_QUOTED.sub('…', str(error))}"
    place = ""
    trace: Any = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "site-packages" not in code.co_filename and not code.co_filename.startswith("<"):
            place = f" at {_module(code.co_filename)}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__}{place}"


def _module(path: str) -> str:
    for root in ("services", "contracts", "tests"):
        _, separator, rest = path.partition(f"/{root}/")
        if separator:
            return f"{root}/{rest}"
    return path.rsplit("/", 1)[-1]
