"""How a network looks: its name, colour and logo (P2), from `‹folder›/‹network›.toml`:

name = "Netzwerk Wohnen und Hilfe"     # instead of the charter's
colour = "#1d4ed8"                     # at least 4.5 : 1 on white
logo = "logo.svg"                      # beside the file, at most 20 KB
"""

import re
import tomllib
from pathlib import Path

import msgspec
from msgspec import Struct

from services.chassis.settings import SettingsError
from services.portal.assets import Assets

_COLOUR = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})\Z")
_LOGO_BYTES = 20_000


class Look(Struct, frozen=True, kw_only=True):
    name: str | None = None
    style: str | None = None
    """Address of the network's own style sheet."""
    logo: str | None = None
    """Address of the picture."""


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str | None = None
    colour: str | None = None
    logo: str | None = None


def read_looks(folder: Path | None, assets: Assets) -> dict[str, Look]:
    """By network. Raises SettingsError that says what is wrong with which file."""
    if folder is None:
        return {}
    return {file.stem: _look(file, assets) for file in sorted(folder.glob("*.toml"))}


def _look(file: Path, assets: Assets) -> Look:
    try:
        found = msgspec.convert(tomllib.loads(file.read_text("utf-8")), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise SettingsError([f"{file}: {error}"]) from None
    return Look(
        name=found.name,
        style=None if found.colour is None else _style(file, found.colour, assets),
        logo=None if found.logo is None else _logo(file, found.logo, assets),
    )


def _style(file: Path, colour: str, assets: Assets) -> str:
    if contrast_on_white(colour) < 4.5:  # WCAG 2.2, 1.4.3
        raise SettingsError([f"{file}: the colour {colour} needs a contrast of 4.5 : 1 on white; take a darker one."])
    style = (
        f":root{{--portal-network:{colour}}}"
        f"@media (prefers-color-scheme:dark){{:root{{--portal-network:color-mix(in oklab,{colour},white 55%)}}}}"
    )
    return assets.add(f"look-{file.stem}.css", style.encode(), "text/css; charset=utf-8")


def _logo(file: Path, name: str, assets: Assets) -> str:
    picture = file.parent / Path(name).name
    if picture.suffix != ".svg" or not picture.is_file() or picture.stat().st_size > _LOGO_BYTES:
        raise SettingsError([f"{file}: the logo must be an SVG file of at most 20 KB beside it."])
    return assets.add(f"logo-{file.stem}.svg", picture.read_bytes(), "image/svg+xml")


def contrast_on_white(colour: str) -> float:
    """WCAG 2.2's ratio, 1 to 21; 0 for what is no colour."""
    found = _COLOUR.match(colour)
    if not found:
        return 0
    red, green, blue = (_linear(int(part, 16) / 255) for part in found.groups())
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
