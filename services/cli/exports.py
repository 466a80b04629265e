"""Reading exported journals: a record's JSON, a list of entries, or one entry per line (NDJSON)."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from contracts.journal import JournalEntry
from services.cli.printing import Unusable


def read_bytes(name: str) -> bytes:
    """A file's content; `-` is stdin. Raises Unusable where it cannot be read."""
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as problem:
        raise Unusable(f"{name} cannot be read: {problem.strerror}. Name an existing file, or - for stdin.") from None


def entries(name: str) -> list[JournalEntry]:
    """The entries of an export, in the order of the file. Raises Unusable, naming the line where it can."""
    content = read_bytes(name)
    found = list(_decoded(name, content))
    if not found:
        raise Unusable(f"{name} holds no journal entry. Export one with `fallnetz journal export`.")
    return found


def _decoded(name: str, content: bytes) -> Iterator[JournalEntry]:
    """A whole document where the content is one, else lines."""
    whole = _whole(content)
    if whole is not None:
        for place, entry in enumerate(whole, 1):
            yield _entry(entry, f"{name}, entry {place}")
        return
    for line, text in enumerate(content.splitlines(), 1):
        if text.strip():
            yield _entry(_json(text, f"{name}, line {line}"), f"{name}, line {line}")


def _whole(content: bytes) -> list[Any] | None:
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    if isinstance(document, dict):
        return document["entries"] if isinstance(document.get("entries"), list) else [document]
    return document if isinstance(document, list) else None


def _json(text: bytes, place: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError) as problem:
        raise Unusable(f"{place}: no JSON ({problem}). An export has one JSON object per line.") from None


def _entry(value: Any, place: str) -> JournalEntry:
    try:
        return msgspec.convert(value, JournalEntry, strict=True)
    except msgspec.ValidationError as problem:
        raise Unusable(f"{place}: no journal entry ({problem}).") from None


def facts(found: list[JournalEntry]) -> Iterator[dict[str, Any]]:
    """The facts in the entries. Raises Unusable for a body that is no fact."""
    for entry in found:
        try:
            fact = json.loads(entry.body)
        except (ValueError, RecursionError):
            fact = None
        if not isinstance(fact, dict) or not isinstance(fact.get("fact"), str):
            raise Unusable(f"entry {entry.position}: the body is no fact. Check it with `fallnetz journal verify`.")
        yield fact
