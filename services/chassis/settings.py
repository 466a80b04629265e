"""Typed settings from the environment: a misspelt variable stops the start instead of being ignored.

`FALLNETZ_<SERVICE>_<FIELD>` belongs to one service; the fields in `SHARED` may also be given once for all as
`FALLNETZ_<FIELD>`. `<NAME>_FILE` names a file that holds the value, for secrets. No value is ever shown.
"""

import pkgutil
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

import services

PREFIX = "FALLNETZ_"
SHARED = frozenset({"nats_url", "organisation", "otlp_endpoint", "settling_margin_seconds", "log_level"})
"""Fields that all services may take from one common variable."""

INHERITED = frozenset({"FALLNETZ_STATE"})
"""Variables of the command line that its child processes inherit and need not know."""

S = TypeVar("S", bound="ServiceSettings")


class SettingsError(Exception):
    """The settings are not usable. `problems` are sentences for the operator, without values."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ServiceSettings(Struct, frozen=True, kw_only=True):
    """What every service needs to run."""

    database_url: str
    """`sqlite:////path/name.sqlite` or `postgresql+psycopg://…`"""
    nats_url: str = "nats://127.0.0.1:4222"
    nats_user: str | None = None
    nats_password: str | None = None
    organisation: str = "local"
    """The organisation that hosts this installation, as it stands in subjects."""
    health_port: int = 0
    """Port of /health/live, /health/ready and /metrics on the loopback interface; 0: none."""
    settling_margin_seconds: float = 5
    """How long deadlines wait for commands that were in time and are still on their way (T5)."""
    otlp_endpoint: str = ""
    """Where traces go (OTLP over HTTP); empty: none are made."""
    log_level: str = "info"
    """debug, info, warning or error."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # settings hold secrets and end up in tracebacks


def load(kind: type[S], prefix: str, environ: Mapping[str, str]) -> S:
    """Reads the settings of one service. Raises SettingsError with every problem found, not only the first."""
    hints = get_type_hints(kind)
    names = _names(kind, prefix)
    problems = _unknown(names, prefix, environ)
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        candidates = [name for name, owner in names.items() if owner == field.name]
        found = next((name for name in candidates if name in environ or f"{name}_FILE" in environ), None)
        if found is None:
            if field.required:
                problems.append(f"{candidates[0]} is missing; it must be {_expected(hints[field.name])}.")
            continue
        try:
            values[field.name] = _convert(_read(found, environ), hints[field.name])
        except (ValueError, msgspec.ValidationError):
            problems.append(f"{found} must be {_expected(hints[field.name])}.")
        except OSError:
            problems.append(f"{found}_FILE names a file that cannot be read.")
        except SettingsError as both:
            problems += both.problems
    if not problems:
        return kind(**values)
    raise SettingsError(problems)


def _names(kind: type[Struct], prefix: str) -> dict[str, str]:
    """Every variable that sets something, the service's own before the common one."""
    fields = [field.name for field in msgspec.structs.fields(kind)]
    own = {f"{prefix}{name.upper()}": name for name in fields}
    return own | {f"{PREFIX}{name.upper()}": name for name in fields if name in SHARED}


def _unknown(names: Mapping[str, str], prefix: str, environ: Mapping[str, str]) -> list[str]:
    others = tuple(
        f"{PREFIX}{module.name.upper()}_"
        for module in pkgutil.iter_modules(services.__path__)
        if f"{PREFIX}{module.name.upper()}_" != prefix
    )
    known = {*names, *(f"{name}_FILE" for name in names), *(f"{PREFIX}{name.upper()}" for name in SHARED)}
    problems = []
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in known | INHERITED or name.startswith(others):
            continue
        close = get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f" Did you mean {close[0]}?" if close else f" Known are: {', '.join(sorted(names))}."
        problems.append(f"{name} is no setting.{hint}")
    return problems


def _read(name: str, environ: Mapping[str, str]) -> str:
    file = environ.get(f"{name}_FILE")
    if file is None:
        return environ[name]
    if name in environ:
        raise SettingsError([f"{name} and {name}_FILE are both set; give one."])
    return Path(file).read_text("utf-8").removesuffix("\n").removesuffix("\r")


def _convert(text: str, kind: Any) -> Any:
    if get_origin(kind) in (list, tuple):
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return msgspec.convert(parts, kind, strict=False)
    if _allows_none(kind) and text == "":
        return None
    if kind is Path or Path in get_args(kind):
        return Path(text)
    if str in get_args(kind):
        return text  # never read "null" or "12" as anything but text
    return msgspec.convert(text, kind, strict=False)


def _allows_none(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType) and type(None) in get_args(kind)


_WORDS: dict[Any, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Path: "a path",
}


def _expected(kind: Any) -> str:
    if _allows_none(kind):
        return " or ".join(_expected(part) for part in get_args(kind) if part is not type(None)) + ", or empty"
    if get_origin(kind) in (list, tuple):
        return "a list separated by commas"
    return _WORDS.get(kind, getattr(kind, "__name__", str(kind)))
