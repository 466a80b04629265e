"""JSON Schemas of the contracts, compared with the recorded ones: `python -m tests.contracts.schemas [--check]`.

Within a version contracts only grow: a new field has a default, a type never changes, nothing vanishes. A breaking
change is a new class with its own subject, published beside the old one until a stated date.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from contracts.event import event_type
from tests.contracts import wire

RECORDED = Path(__file__).with_name("schemas.json")
WORDS = {"title", "description", "default"}
"""Parts of a schema that say nothing about what is on the wire."""

Schema = dict[str, Any]


def current() -> Schema:
    """The contracts as they stand: schemas of all Structs, and what ties subjects to them."""
    messages = list(wire.messages())
    refs, components = msgspec.json.schema_components([message.type for message in messages])
    return {
        "audiences": {event_type(service, fact): fact.audience for service, fact in wire.facts() if fact.public},
        "messages": {message.name: ref for message, ref in zip(messages, refs, strict=True)},
        "components": {name: plain(schema) for name, schema in sorted(components.items())},
    }


def plain(schema: Any) -> Any:
    """The same without words for people; the names of properties are kept even where they look like such words."""
    if isinstance(schema, list):
        return [plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key not in WORDS}
    return {
        key: {name: plain(part) for name, part in value.items()} if key == "properties" else plain(value)
        for key, value in kept.items()
    }


def breaks(recorded: Schema, now: Schema) -> Iterator[str]:
    """One sentence for each change that a reader or writer of the recorded contracts would not survive."""
    for part in ("messages", "audiences"):
        for name, value in recorded[part].items():
            if name not in now[part]:
                yield f"{name} is gone: keep it until its stated end"
            elif now[part][name] != value:
                yield f"{name} changed: make it a new class with a subject of its own"
    for name, schema in recorded["components"].items():
        if name not in now["components"]:
            yield f"{name} is gone: keep it until its stated end"
        else:
            yield from struct_breaks(name, schema, now["components"][name])


def struct_breaks(name: str, recorded: Schema, now: Schema) -> Iterator[str]:
    """The same for one Struct or enumeration."""
    for value in recorded.get("enum", []):
        if value not in now.get("enum", []):
            yield f"{name} no longer knows the value {value!r}"
    for field, schema in recorded.get("properties", {}).items():
        if field not in now.get("properties", {}):
            yield f"{name}.{field} is gone: a field stays within a version"
        elif now["properties"][field] != schema:
            yield f"{name}.{field} changed its type: add a new field instead"
    for field in set(now.get("required", [])) - set(recorded.get("required", [])):
        yield f"{name}.{field} is required now, old messages lack it: give it a default"


def main(arguments: list[str]) -> int:
    now = current()
    recorded = json.loads(RECORDED.read_text("utf-8")) if RECORDED.exists() else None
    found = list(breaks(recorded, now)) if recorded else []
    for sentence in found:
        sys.stderr.write(f"contracts: {sentence}\n")
    if found:
        return 1
    if "--check" in arguments:
        if recorded != now:
            sys.stderr.write("contracts: tests/contracts/schemas.json is stale; run `make docs` and commit it\n")
        return int(recorded != now)
    RECORDED.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
