"""Who plays in a scene, and how they write."""

from collections.abc import Callable

from msgspec import Struct

from services.cli.examples import Example
from tests.world import WORLD


class Cast(Struct, frozen=True):
    example: Example = WORLD
    register: bytes | None = None
    """CSV; None: the example's own."""
    charter: str | None = None
    """TOML; None: the example's own."""
    line: Callable[[str], str] = str
    """What becomes of a line that somebody writes."""
    text: Callable[[str], str] = str
    """The same of what may have several lines."""
    hook: str = "https://hooks.example.org/fallnetz"


USUAL = Cast()
