"""Writes docs/events.md from the contracts: `python -m tests.contracts.events_page [--check]`."""

import ast
import inspect
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from msgspec import Struct

from contracts.event import Fact, event_type
from tests.contracts import wire

PAGE = Path(__file__).parents[2] / "docs" / "events.md"
HEAD = """# Facts on the bus

Written from `contracts/` by `make docs`; do not edit. A fact carries ids, dates and numbers only. Its subject is
`evt.<network>.<organisation>.<audience>.<type>`; the attributes of CloudEvents stand in the headers (`ce-…`, NATS
binding).
Audience `net`: every organisation of the network may read it; `self`: only the hosting organisation's own services.
Every moment is UTC, and every `*_ends_at` is the first instant that no longer belongs to the window.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    service = None
    for owner, fact in wire.facts():
        if owner != service:
            parts.append(f"## {owner.capitalize()}\n")
            service = owner
        parts.append("\n".join(section(owner, fact)))
    return "\n".join(parts)


def section(service: str, fact: type[Fact]) -> Iterator[str]:
    """One fact with its fields."""
    where = f"audience `{fact.audience}`" if fact.public else "stays in the journal, never on the bus"
    yield f"### {fact.__name__}\n\n`{event_type(service, fact)}` · {where}\n"
    if fact.__doc__ and fact.__doc__ is not Fact.__doc__ and not fact.__doc__.startswith(f"{fact.__name__}("):
        yield f"{inspect.cleandoc(fact.__doc__)}\n"
    yield "| field | type | meaning |\n|---|---|---|"
    hints, meanings = get_type_hints(fact), meanings_of(fact)
    for field in fact.__struct_fields__:
        yield f"| {field} | {type_name(hints[field])} | {meanings.get(field, '')} |"
    yield ""


def type_name(of: Any) -> str:
    """`MemberId or nothing` for `MemberId | None`."""
    if get_origin(of) in (UnionType, Union):
        parts = [type_name(part) for part in get_args(of) if part is not NoneType]
        return " or ".join([*parts, "nothing"] if NoneType in get_args(of) else parts)
    if get_origin(of) is list:
        return f"list of {type_name(get_args(of)[0])}"
    if arguments := get_args(of):
        return ", ".join(f"`{argument}`" for argument in arguments)
    return str(of.__name__)


def meanings_of(fact: type[Struct]) -> dict[str, str]:
    """The strings below the fields, over the class and what it inherits."""
    found: dict[str, str] = {}
    for owner in reversed(fact.__mro__):
        if owner.__module__.startswith("contracts."):
            found |= field_texts(ast.parse(inspect.getsource(owner)).body[0])
    return found


def field_texts(node: ast.AST) -> dict[str, str]:
    body = node.body if isinstance(node, ast.ClassDef) else []
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def main(arguments: list[str]) -> int:
    text = page()
    if "--check" not in arguments:
        PAGE.write_text(text, "utf-8")
        return 0
    stale = not PAGE.exists() or PAGE.read_text("utf-8") != text
    if stale:
        sys.stderr.write("docs/events.md is stale; run `make docs` and commit it\n")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
