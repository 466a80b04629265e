"""Strange input (promise 11): values that have broken somebody's program before, and ways to bend what was valid."""

import json
import random
from typing import Any
from urllib.parse import quote

MARK = "zkacanaryinputqx"
"""Stands in many strange texts, as a name would: it must not turn up in a log."""
TAG = '<zq">'
"""A page that shows it as it is lets markup of strangers in."""
TEXTS: tuple[str, ...] = (
    "", " ", "\x00", "\x7f", "\ufeff", "ß\u202ex", "a\u0301" * 30, "\U0001f3e0" * 20, "İ", "ﬀ", "\u2028", "\ud7ff",
    "%00", "%", "%%", "%ff%fe", "..", "../../etc/passwd", "*", ">", "\x1b[31m", "' OR 1=1 --", '"', "\\", "`", "$(id)",
    "{{7*7}}", "{network}", "{0.__class__}", "%s%n", "${jndi:ldap://x}", TAG, f"<script>{TAG}", "javascript:alert(1)",
    "=1+1", "\r\nx-injected: 1", "x\r\n\r\nx", MARK, f"{MARK}@example.org", "null", "None", "true", "NaN", "-1", "0",
    "-0", "1e999", "9" * 400, "0x10", "٣", "1_000", "2026-12-11", "2026-13-45", "2026-12-11T10:00:00",
    "2026-12-11T10:00:00+01:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "2016-12-31T23:59:60Z",
    "2026-03-29T02:30", "x" * 300, "x" * 5_000, "ä" * 20_000, "installation", "nowhere", "mem_1", "http://[::1", "//x",
    "https://127.0.0.1:1/", "http://169.254.169.254/", "mailto:x", "xn--", "a@b", "a@b.example\r\nBcc: x@y.example",
    "Ω@ö.example", '"a b"@x.example', "de", "en-GB", "C", "file:///etc/passwd", "urn:x", "office", "representative",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 0.5, -0.0, 1e308, [], {}, [[]],
    [None], {"a": 1}, {"": ""}, [{}] * 50, ["x"] * 600, {"__proto__": {}}, {"$ref": "#"}, [[[[[[]]]]]],
)  # fmt: skip
RAW: tuple[bytes, ...] = (
    b"\x00", b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xf4\x90\x80\x80", b"9" * 400, b"[" * 5_000,
    b'{"a":' * 2_000, b'"', b"\\u0000", b"\\ud800", b"1e999", b"-0", b"null", b"true", b"%00", b"%ff", b"%", b"*", b">",
    b"\x1b[31m", b"NaN", b"{}", b"[]", b"&limit=2", b"\r\n", b"\r\n\r\n", b"\n", b":", b",", b" ", b"=", b"&", b";",
    b"\xe2\x80\xae", b"}", b"]", b"HTTP/1.1", b"a" * 9_000,
)  # fmt: skip
ENCODINGS = ("utf-16", "utf-32", "utf-8-sig", "utf-7", "cp037")
_DEEP = 3_000


class Bender:
    """Draws every choice from `chance`, so that the same seed bends in the same way."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def once_in(self, number: int) -> bool:
        return self.chance.randrange(number) == 0

    def text(self, given: str = "") -> str:
        """Another text, or the given one with something in it."""
        strange = self.chance.choice(TEXTS)
        if not given or self.once_in(2):
            return strange
        place = self.chance.randrange(len(given) + 1)
        return self.chance.choice((given[:place] + strange[:60] + given[place:], given * 2, given[:place], f" {given} ",
                                   given.swapcase(), given[::-1]))  # fmt: skip

    def value(self) -> Any:
        return self.chance.choice(VALUES) if self.once_in(2) else self.chance.choice(TEXTS)

    def json(self, given: Any) -> Any:
        """One change somewhere in plain JSON data; what was given stays as it is."""
        if isinstance(given, dict) and given and not self.once_in(12):
            return self._object(dict(given))
        if isinstance(given, list) and given and not self.once_in(4):
            place = self.chance.randrange(len(given))
            return [*given[:place], self.json(given[place]), *given[place + 1 :]]
        if isinstance(given, str) and not self.once_in(3):
            return self.text(given)
        if isinstance(given, int) and not isinstance(given, bool) and self.once_in(2):
            return given + self.chance.choice((-1, 1, 100, -(10**9), 10**12))
        return self.value()

    def _object(self, given: dict[str, Any]) -> dict[str, Any]:
        name = self.chance.choice(list(given))
        match self.chance.randrange(7):
            case 0:
                del given[name]
            case 1:
                given[self.text(name)[:200]] = self.value()
            case 2:
                given[self.text(name)[:200]] = given.pop(name)
            case _:
                given[name] = self.json(given[name])
        return given

    def written(self, value: Any) -> bytes:
        """JSON, now and then with what only its writing can do wrong: doubled names, depth, other encodings."""
        raw = json.dumps(value, ensure_ascii=self.once_in(2)).encode("utf-8", "surrogatepass")
        match self.chance.randrange(60):
            case 0 if raw.startswith(b'{"'):
                return raw[:-1] + b"," + raw[1:]
            case 1:
                return b'{"a":' * _DEEP + raw + b"}" * _DEEP
            case 2:
                return b"[" * _DEEP + raw
            case 3:
                return raw.decode("utf-8", "replace").encode(self.chance.choice(ENCODINGS), "replace")
            case 4:
                return raw.replace(b'"', b"'")
            case 5:
                return raw + self.chance.choice((b",", b"{}", b"\x00", b"//", b" " * 1_000))
            case 6:
                return self.bytes(raw)
            case _:
                return raw

    def bytes(self, given: bytes) -> bytes:
        """One to four changes anywhere."""
        bent = bytearray(given)
        for _ in range(self.chance.randint(1, 4)):
            place = self.chance.randrange(len(bent) + 1)
            match self.chance.randrange(5):
                case 0:
                    bent[place : place + 1] = bytes([self.chance.randrange(256)])
                case 1:
                    bent[place:place] = self.chance.choice(RAW)
                case 2:
                    del bent[place : place + self.chance.randint(1, 20)]
                case 3:
                    bent[place:place] = bent[max(0, place - self.chance.randint(1, 40)) : place]
                case _:
                    bent[place : place + self.chance.randint(1, 10)] = self.chance.choice(RAW)
        return bytes(bent)

    def pairs(self, given: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """One change among a query's or a form's entries."""
        if not given or self.once_in(6):
            return [*given, (self.text("q")[:300], self.text())]
        place = self.chance.randrange(len(given))
        name, value = given[place]
        match self.chance.randrange(8):
            case 0:
                return given[:place] + given[place + 1 :]
            case 1:
                return [*given, given[place]]
            case 2:
                return [*given, (name, self.text(value))]
            case 3 if self.once_in(10):
                return given * self.chance.choice((2, 40))
            case 4:
                return [*given[:place], (self.text(name)[:300], value), *given[place + 1 :]]
            case _:
                return [*given[:place], (name, self.text(value)), *given[place + 1 :]]

    def encoded(self, pairs: list[tuple[str, str]]) -> str:
        """As a query or a form's body; now and then not quite so."""
        loose = self.once_in(12)
        pieces = [f"{self.quoted(name, loose)}={self.quoted(value, loose)}" for name, value in pairs]
        return self.chance.choice(("&", "&&", ";", "&%&")).join(pieces) if self.once_in(15) else "&".join(pieces)

    def quoted(self, text: str, loose: bool = False) -> str:
        written = quote(text.encode("utf-8", "surrogatepass"), safe="!$'()*,:@/?" if loose else "")
        if loose and written:
            place = self.chance.randrange(len(written))
            return written[:place] + self.chance.choice(("%", "%f", "%ff", "%00", "+", "%u0041")) + written[place:]
        return written

    def path(self, given: str) -> str:
        """Another address: one of its parts changed, doubled, left out, or written in another way."""
        parts = given.split("/")
        place = self.chance.randrange(1, len(parts))
        match self.chance.randrange(8):
            case 0:
                del parts[place]
            case 1:
                parts.insert(place, parts[place])
            case 2:
                parts.insert(place, self.chance.choice(("", ".", "..", "%2e%2e", "%2f")))
            case 3:
                parts[place] = "".join(f"%{ord(letter):02x}" for letter in parts[place][:200])
            case 4:
                parts[place] = parts[place].swapcase()
            case _:
                parts[place] = self.quoted(self.text(parts[place])[:3_000])
        return "/".join(["", *parts[1:]]) if parts[1:] else "/"
