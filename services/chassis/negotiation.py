"""What a client likes best, by the headers of its request (RFC 9110 § 12.5)."""

import re
from functools import lru_cache

from services.chassis.formats import LOCALES, Locale

_MOST = 50
_QUALITY = re.compile(r"q=[01](\.\d{0,3})?\Z")


@lru_cache(256)
def accepted_language(header: bytes) -> Locale:
    """The best liked of the languages that we speak (§ 12.5.4); German where none is named."""
    best: tuple[float, Locale] = (0.0, "de")
    for tag, quality in _weighted(header):
        primary = tag.split("-")[0]
        if quality > best[0] and primary in LOCALES:
            best = (quality, primary)
    return best[1]


@lru_cache(256)
def accepts(header: bytes, media_type: bytes) -> bool:
    """Whether an Accept header allows `media_type`, which is written `type/subtype` (§ 12.5.1)."""
    wanted = media_type.decode()
    ranges = (wanted, wanted.split("/")[0] + "/*", "*/*")
    weights = dict(_weighted(header))
    for named in ranges:
        if named in weights:
            return weights[named] > 0
    return not weights


def _weighted(header: bytes) -> list[tuple[str, float]]:
    found = []
    for part in header.decode("latin-1").lower().split(",")[:_MOST]:
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name:
            found.append((name, _quality(parameters)))
    return found


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if _QUALITY.match(parameter):
            return float(parameter[2:])
    return 1.0
