"""Texts as search compares them: case, accents, umlauts and their spellings with e do not tell words apart."""

import re
import unicodedata

_STROKES = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_SPELT = re.compile(r"([aou])e|(a)a")
"""How ä, ö, ü, ø, æ and å are written where there is no such key."""


def folded(text: str) -> str:
    """The same for “Müller”, “MÜLLER”, “Mueller” and “Muller”, for “Århus” and “Aarhus”, for “Straße” and “Strasse”;
    runs of spaces made one. Both databases compare the result by code point."""
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold().translate(_STROKES))
    plain = "".join(c for c in parts if unicodedata.category(c) not in ("Mn", "Cf", "Cc"))
    return " ".join(_SPELT.sub(lambda found: found[1] or found[2], plain).split())
