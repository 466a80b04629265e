"""Styles and scripts: taken from npm's folder at start, joined, hashed into their names, and compressed once.

The design system's icons come as data: addresses, which a strict policy does not allow; they become files of their own
(and the style sheet half as heavy).
"""

import gzip
import hashlib
import re
from pathlib import Path

from msgspec import Struct

from services.chassis.settings import SettingsError

PREFIX = "/assets/"
FOREVER = "public, max-age=31536000, immutable"
_HERE = Path(__file__).parent
_STYLES = "@kern-ux/native/dist/kern.min.css"
_SCRIPTS = ("htmx.org/dist/htmx.min.js", "htmx-ext-sse/dist/sse.min.js")
_DATA = re.compile(r'url\("data:image/svg\+xml,([^"]*)"\)')
_ESCAPED = re.compile("%([0-9A-Fa-f]{2})")


class Asset(Struct, frozen=True):
    content: bytes
    packed: bytes | None
    """gzip; None where it does not make it smaller."""
    media_type: str


class Assets:
    """All files under /assets/. `address("portal.css")` gives the name with its hash."""

    def __init__(self, packages: Path) -> None:
        """Raises SettingsError where npm has not been run."""
        self._files: dict[str, Asset] = {}
        self._addresses: dict[str, str] = {}
        try:
            design = (packages / _STYLES).read_text("utf-8").removeprefix("﻿")
            scripts = [(packages / name).read_text("utf-8") for name in _SCRIPTS]
        except FileNotFoundError as missing:
            raise SettingsError(
                [
                    f"{missing.filename} is missing: run `npm ci` (make does it), or name npm's folder with "
                    "FALLNETZ_PORTAL_PACKAGES."
                ]
            ) from None
        own = [file.read_text("utf-8") for file in sorted(_HERE.glob("style/*.css"))]
        own += [file.read_text("utf-8") for file in sorted(_HERE.glob("*/style.css"))]
        self.add("portal.css", "\n".join([self._icons_apart(design), *own]).encode(), "text/css; charset=utf-8")
        scripts += [file.read_text("utf-8") for file in sorted(_HERE.glob("script/*.js"))]
        self.add("portal.js", ";\n".join(scripts).encode(), "text/javascript; charset=utf-8")
        for file in sorted(_HERE.glob("style/*.svg")):
            self.add(file.name, file.read_bytes(), "image/svg+xml")

    def add(self, name: str, content: bytes, media_type: str) -> str:
        """Gives the address."""
        stem, _, ending = name.rpartition(".")
        hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
        packed = gzip.compress(content, 9, mtime=0)
        self._files[hashed] = Asset(content, packed if len(packed) < len(content) else None, media_type)
        self._addresses[name] = PREFIX + hashed
        return PREFIX + hashed

    def address(self, name: str) -> str:
        return self._addresses[name]

    def find(self, path: str) -> Asset | None:
        return self._files.get(path.removeprefix(PREFIX))

    def _icons_apart(self, style: str) -> str:
        numbers: dict[str, str] = {}

        def moved(found: re.Match[str]) -> str:
            svg = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), found[1])
            if svg not in numbers:
                numbers[svg] = self.add(f"icon-{len(numbers) + 1}.svg", svg.encode(), "image/svg+xml")
            return f'url("{numbers[svg]}")'

        return _DATA.sub(moved, style)
