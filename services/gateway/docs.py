"""The documentation page: rendered here from the API's description, without script and without another's server."""

import json
import re
from functools import cache
from typing import Any

from services.chassis.formats import Locale
from services.gateway.arrival import Arrival, Receive, Scope, Send
from services.gateway.openapi import document
from services.gateway.rendering import render, send_page

_REFERENCE = re.compile(r"#/components/schemas/(.+)")


async def show_docs(arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """`/docs`."""
    await send_page(arrival, send, 200, _page(arrival.locale), arrival.locale)


@cache
def _page(locale: Locale) -> bytes:
    described = document("/")
    tags: dict[str, list[dict[str, Any]]] = {}
    for path, verbs in described["paths"].items():
        for verb, operation in verbs.items():
            tags.setdefault(operation["tags"][0], []).append(_operation(path, verb, operation))
    return render(
        "docs.html",
        locale,
        version=described["info"]["version"],
        introduction=[part.replace("**", "").split("`") for part in described["info"]["description"].split("\n\n")],
        tags=tags,
        kinds=[_kind(name, schema) for name, schema in sorted(described["components"]["schemas"].items())],
    )


def _operation(path: str, verb: str, operation: dict[str, Any]) -> dict[str, Any]:
    status = "201" if "201" in operation["responses"] else "200"
    answer = next(iter(operation["responses"][status]["content"].values()))
    return {
        "id": operation["operationId"],
        "verb": verb.upper(),
        "path": path,
        "summary": operation["summary"],
        "description": operation.get("description"),
        "public": {} in operation["security"],
        "query": [p for p in operation["parameters"] if p.get("in") == "query"],
        "body": _body(operation),
        "status": status,
        "answer": _name(answer["schema"]),
        "example": _shown(answer["example"]),
    }


def _body(operation: dict[str, Any]) -> dict[str, Any] | None:
    if "requestBody" not in operation:
        return None
    media_type, content = next(iter(operation["requestBody"]["content"].items()))
    example = content["example"]
    return {
        "media_type": media_type,
        "name": _name(content["schema"]),
        "example": _shown(example),
    }


def _kind(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    required = schema.get("required", [])
    return {
        "name": name,
        "about": " ".join(schema.get("description", "").split()),
        "fields": [_field(field, kind, field in required) for field, kind in schema.get("properties", {}).items()],
        "choices": schema.get("enum"),
    }


def _field(name: str, schema: dict[str, Any], required: bool) -> dict[str, Any]:
    inner, prefix, suffix = schema, "", ""
    if "anyOf" in schema:
        others = [part for part in schema["anyOf"] if part.get("type") != "null"]
        suffix = " or null" if len(others) < len(schema["anyOf"]) else ""
        inner = others[0]
    if inner.get("type") == "array":
        prefix, inner = "list of ", inner["items"]
    return {
        "name": name,
        "required": required,
        "reference": _name(inner),
        "prefix": prefix,
        "suffix": suffix,
        "kind": prefix + (inner.get("format") or _values(inner) or inner.get("type", "any")) + suffix,
    }


def _values(schema: dict[str, Any]) -> str:
    return ", ".join(str(value) for value in schema.get("enum", []))


def _name(schema: dict[str, Any]) -> str | None:
    found = _REFERENCE.match(schema.get("$ref", ""))
    return found[1] if found else None


def _shown(example: Any) -> str:
    return example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)
