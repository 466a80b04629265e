"""Signed links (N5): a token names one notice and one purpose, expires, and cannot be made without the key. Pure.

`<payload>.<mac>`, both base64url without padding; the payload is JSON, the mac HMAC-SHA256 over a fixed word and the
payload. The first key signs, all keys verify: a key is changed by putting the new one in front.
"""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

import msgspec
from msgspec import Struct

from contracts.ids import NetworkId, NoticeId, PersonId

SHORTEST_KEY = 32
"""Bytes."""
LONGEST_TOKEN = 600
_WORD = b"fallnetz link 1\n"
_RETURN_WORD = b"fallnetz return 1\n"
_RETURN_PREFIX = "return-"


class Link(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a token says."""

    notice: NoticeId
    """Whose receipt it confirms."""
    sent: NoticeId | None = None
    """The reminder that brought the link, where it was one: whoever opens it acts in the function of its recipient."""
    network: NetworkId
    person: PersonId | None = None
    """To whom this mail was written. Here and not with the notice: sent again to a successor, the notice has two mails,
    and the older one must not become good again."""
    purpose: Literal["confirm"] = "confirm"
    expires: int
    """Seconds since 1970, by the network's clock."""

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.expires, UTC)


_READ = msgspec.json.Decoder(Link)


def keys(setting: str) -> list[bytes]:
    """The keys of a setting, separated by white space or commas. Raises ValueError for none and for short ones."""
    found = [key.encode() for key in setting.replace(",", " ").split()]
    if not found or any(len(key) < SHORTEST_KEY for key in found):
        raise ValueError(f"a link key has at least {SHORTEST_KEY} characters; make one with: openssl rand -hex 32")
    return found


def sign(link: Link, keys: Sequence[bytes]) -> str:
    """The token of a link."""
    payload = _packed(msgspec.json.encode(link))
    return f"{payload}.{_packed(_mac(keys[0], _WORD, payload))}"


def read(token: str, keys: Sequence[bytes]) -> Link | None:
    """The link of a token; None for anything that no key has signed."""
    payload, dot, mac = token.partition(".")
    if not dot or len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    try:
        given = _unpacked(mac)
        if not any(hmac.compare_digest(_mac(key, _WORD, payload), given) for key in keys) or _packed(given) != mac:
            return None
        return _READ.decode(_unpacked(payload))
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        return None


def fingerprint(token: str) -> str:
    """Names a token in evidence without being one."""
    return sha256(token.encode()).hexdigest()[:16]


def return_path(notice: NoticeId, sending: int, keys: Sequence[bytes]) -> str:
    """The local part of the envelope's sender (VERP): says of which sending a bounce speaks, and cannot be guessed."""
    name = f"{notice.removeprefix('ntc_')}-{sending}"
    return f"{_RETURN_PREFIX}{name}-{_mac(keys[0], _RETURN_WORD, name).hex()[:20]}"


def read_return_path(local_part: str, keys: Sequence[bytes]) -> tuple[NoticeId, int] | None:
    """The notice and sending of a return path; None for a forged one. Case does not matter: relays change it."""
    local_part = local_part.lower()
    name, _, mac = local_part.removeprefix(_RETURN_PREFIX).rpartition("-")
    stem, _, sending = name.rpartition("-")
    if not local_part.startswith(_RETURN_PREFIX) or not stem or not (sending.isascii() and sending.isdigit()):
        return None
    if not any(hmac.compare_digest(_mac(key, _RETURN_WORD, name).hex()[:20].encode(), mac.encode()) for key in keys):
        return None
    return NoticeId(f"ntc_{stem}"), int(sending)


def _mac(key: bytes, word: bytes, content: str) -> bytes:
    return hmac.digest(key, word + content.encode(), "sha256")


def _packed(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
