"""What a browser sends with a form, and what was wrong with it.

try:
    body = form.read(OfferDetails)            # raises FormRefused: some entries are no such thing
    await visit.api.post(OfferView, path, body, key=form.key)
except (FormRefused, Invalid) as wrong:
    return visit.page("offers/edit.html", form=form.with_errors(wrong), status=422)
"""

import re
from collections.abc import Mapping
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from contracts.texts import Marked
from contracts.texts import marked as _
from services.portal.api import Rejected

S = TypeVar("S", bound=Struct)
TOKEN, KEY, VERSION, PLACE, LATER = "_token", "_key", "_version", "_place", "_later"
_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}\Z")


class Upload(Struct, frozen=True):
    name: str
    content: bytes


class FormRefused(Exception):
    """Entries that cannot be right. `errors`: sentence by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("form-refused")
        self.errors = dict(errors)


class Form:
    """Entries by name. Hidden fields of our own begin with `_` and are not among them."""

    def __init__(
        self, entries: Mapping[str, list[str]] | None = None, uploads: Mapping[str, Upload] | None = None
    ) -> None:
        every = dict(entries or {})
        self.token = _first(every, TOKEN)
        key = _first(every, KEY)
        self.key = key if _KEY.match(key) else None
        """Idempotency key, made when the form was rendered. It goes on in a header."""
        self.place = _first(every, PLACE)
        """Address of the page on which the form stands."""
        self.later = _first(every, LATER)
        """`keep` or `discard`: the form was not sent, its entries are a draft."""
        version = _first(every, VERSION)
        self.version = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
        """Of what was edited, as it was read."""
        self.entries = {name: values for name, values in every.items() if not name.startswith("_")}
        self.uploads = dict(uploads or {})
        self.errors: dict[str, str] = {}
        """Sentence by field; under "" what concerns the whole form."""

    @classmethod
    def of(cls, **entries: object) -> "Form":
        """To fill a form with what is known: `Form.of(name=member.name)`."""
        return cls({name: _texts(value) for name, value in entries.items()})

    def __bool__(self) -> bool:
        """False: nothing was entered, and nothing is wrong."""
        return bool(self.entries or self.errors)

    def get(self, name: str, otherwise: str = "") -> str:
        """The (first) entry without white space around it."""
        return _first(self.entries, name).strip() or otherwise

    def all(self, name: str) -> list[str]:
        """Every entry of that name that is not empty."""
        return [value.strip() for value in self.entries.get(name, []) if value.strip()]

    def error(self, name: str) -> str:
        return self.errors.get(name, "")

    def demand(self, **sentences: str) -> None:
        """Raises FormRefused for fields that are empty: `form.demand(name=_("Enter a name."))`."""
        if missing := {name: sentence for name, sentence in sentences.items() if not self.get(name)}:
            raise FormRefused(missing)

    def read(self, kind: type[S]) -> S:
        """The entries as a contract's Struct: empty ones are left to their defaults, lists take all of a name or,
        from a text area, one of each line. Raises FormRefused."""
        hints = get_type_hints(kind)
        errors: dict[str, str] = {}
        values: dict[str, Any] = {}
        for field in msgspec.structs.fields(kind):
            hint = hints[field.name]
            if _is_list(hint):
                given: Any = [
                    line.strip() for value in self.all(field.name) for line in value.splitlines() if line.strip()
                ]
            else:
                given = self.get(field.name)
            if given in ("", []):
                if field.required:
                    errors[field.name] = _("Fill in this field.")
                elif _allows_none(hint):
                    values[field.name] = None
                continue
            try:
                values[field.name] = msgspec.convert(given, hint, strict=False)
            except msgspec.ValidationError:
                errors[field.name] = _expected(hint)
        if errors:
            raise FormRefused(errors)
        return kind(**values)

    def with_errors(self, wrong: "FormRefused | Rejected", **fields: str) -> "Form":
        """The same form with what is wrong. `fields` names the form's field for a field of the API where they differ:
        `form.with_errors(error, target_groups="groups")`."""
        if isinstance(wrong, FormRefused):
            self.errors |= wrong.errors
            return self
        name = (wrong.field or "").rstrip("/").rpartition("/")[2]
        if name.isdigit():  # an element of a list: its list is what the form shows
            name = (wrong.field or "").rstrip("/").rpartition("/")[0].rpartition("/")[2]
        self.errors[fields.get(name, name)] = wrong.sentence
        return self


def _first(entries: Mapping[str, list[str]], name: str) -> str:
    return next(iter(entries.get(name, [])), "")


def _texts(value: object) -> list[str]:
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return [] if value is None else [str(value)]


def _is_list(hint: Any) -> bool:
    return get_origin(hint) is list


def _allows_none(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType) and type(None) in get_args(hint)


def _expected(hint: Any) -> Marked:
    kinds = {hint, *get_args(hint)}
    if int in kinds:
        return _("Enter a whole number, for example 12.")
    return _("This entry is not possible here. Choose or write another one.")
