"""JSON Schemas of what goes in and comes out, by name, for the API's description."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, get_args, get_type_hints

import msgspec

REFERENCE = "#/components/schemas/{name}"


def schemas_of(types: list[Any]) -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    """A schema for each type, and the components that they refer to."""
    found, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    for struct in _structs(types):
        _date(struct, components.get(struct.__name__, {}))
    return dict(zip(types, found, strict=True)), components


def _date(struct: type[msgspec.Struct], schema: dict[str, Any]) -> None:
    """msgspec calls a moment a date-time only if its type demands a zone. All of ours have one: `bodies` sees to it."""
    for name, kind in get_type_hints(struct).items():
        if kind is datetime or datetime in get_args(kind):
            shown = schema.get("properties", {}).get(name, {})
            for part in [shown, *shown.get("anyOf", [])]:
                if part.get("type") == "string":
                    part["format"] = "date-time"


def _structs(types: Iterable[Any]) -> set[type[msgspec.Struct]]:
    """Every Struct that the types consist of."""
    found: set[type[msgspec.Struct]] = set()
    waiting = list(types)
    while waiting:
        kind = waiting.pop()
        waiting.extend(get_args(kind))
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in found:
            found.add(kind)
            waiting.extend(get_type_hints(kind).values())
    return found
