"""The two ways in which work is not done: refused for good, or not yet possible."""

import traceback
from pathlib import PurePath

from contracts.request import Problem, Refused

__all__ = ["NotYet", "Problem", "Refused", "cause_of"]


class NotYet(Exception):
    """A listener needs something that has not arrived. The message is offered again later; that is no error."""


def cause_of(error: BaseException) -> str:
    """What went wrong and where, for logs and lists: class, slug, place in our code. Never the error's own text, which
    may quote what a person wrote."""
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, Refused):
        name = f"{name} {error.slug}"
    frames = traceback.extract_tb(error.__traceback__)
    place = frames[-1] if frames else None
    return name if place is None else f"{name} at {PurePath(place.filename).name}:{place.lineno} in {place.name}"
