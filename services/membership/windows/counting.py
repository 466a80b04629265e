"""The counting rules that a charter can name, and the regions whose holidays they know (T1).

| rule | law |
|---|---|
| bgb | BGB §§ 187 (1), 188 (1), 193 |
| atw | Algemene termijnenwet art. 1 to 4 |
| dk | forældelsesloven § 27 (2) |
"""

from msgspec import Struct


class Counting(Struct, frozen=True, kw_only=True):
    """How a window of whole days is counted, and which law says so."""

    name: str
    received: str
    """Source of: a notice has reached somebody when it came within their reach."""
    not_counted: str
    """Source of: the day of receipt is not counted."""
    counted: str
    """Source of: the window ends with the end of its last day."""
    moved: str
    """Source of: an end on a closed day moves to the next working day."""
    longest_moved: int | None = None
    """Days; a longer window ends where it ends. None: every window is moved."""
    working_days: int = 0
    """A window has at least so many working days …"""
    working_days_from: int = 0
    """… if it is at least this many days long."""
    enough_days: str = ""
    """Source of the rule on working days."""


COUNTINGS = {
    "bgb": Counting(
        name="bgb",
        received="BGB § 130 (1)",
        not_counted="BGB § 187 (1)",
        counted="BGB § 188 (1)",
        moved="BGB § 193",
    ),
    "atw": Counting(
        name="atw",
        received="BW art. 3:37 (3)",
        not_counted="Algemene termijnenwet",
        counted="Algemene termijnenwet art. 1 (1)",
        moved="Algemene termijnenwet art. 1 (1), 3",
        longest_moved=90,  # art. 4 a
        working_days=2,
        working_days_from=3,
        enough_days="Algemene termijnenwet art. 2",
    ),
    "dk": Counting(
        name="dk",
        received="forældelsesloven § 27 (1)",
        not_counted="forældelsesloven § 27 (1)",
        counted="forældelsesloven § 27 (1)",
        moved="forældelsesloven § 27 (2)",
    ),
}

LAENDER = ("BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH")

REGIONS = {**{f"DE-{land}": "bgb" for land in LAENDER}, "NL": "atw", "DK": "dk"}
"""Region → the counting rule whose closed days its calendar knows."""
