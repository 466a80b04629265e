"""The main menu of a network: what stands in it, and for whom."""

from msgspec import Struct

from contracts.texts import Marked
from contracts.texts import marked as _


class Entry(Struct, frozen=True, kw_only=True):
    name: Marked
    path: str
    """Behind `/n/‹network›`; pages below it belong to it."""
    office_only: bool = False
    """Shown to the office and to operators alone; what they may do there the API decides."""
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
    Entry(name=_("Office desk"), path="/desk", office_only=True),
    Entry(name=_("Search"), path="/search"),
)
