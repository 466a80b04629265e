"""The main menu of a network: what stands in it, and for whom."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from contracts.texts import Marked
from contracts.texts import marked as _

if TYPE_CHECKING:
    from services.portal.visit import Visit


def _everybody(visit: "Visit") -> bool:  # noqa: ARG001 - like the others
    return True


def _office(visit: "Visit") -> bool:
    return visit.office or visit.operator


class Entry(Struct, frozen=True, kw_only=True):
    name: Marked
    path: str
    """Behind `/n/‹network›`; pages below it belong to it."""
    seen_by: Callable[["Visit"], bool] = _everybody
    also: tuple[str, ...] = ()
    """Other paths whose pages belong to it."""

    def is_here(self, path: str, home: str) -> bool:
        own = path.removeprefix(home)
        if not self.path:
            return own in ("", "/")
        return any(own == start or own.startswith(f"{start}/") for start in (self.path, *self.also))


MENU: tuple[Entry, ...] = (
    Entry(name=_("My answers"), path=""),
    Entry(name=_("Ballots"), path="/ballots"),
    Entry(name=_("Members"), path="/members"),
    Entry(name=_("Offers"), path="/offers"),
    Entry(name=_("Network"), path="/network", also=("/exclusions", "/resignation")),
    Entry(name=_("Office desk"), path="/desk", seen_by=_office),
    Entry(name=_("Search"), path="/search"),
)
