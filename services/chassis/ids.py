"""Identifiers and secrets: the only place where they are made."""

import secrets
import threading
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u
_RANDOM_BITS = 82
_LENGTH = 26

_last = 0
_lock = threading.Lock()


def new(prefix: str) -> str:
    """`<prefix>_` and 26 characters that sort by the time of creation; strictly ascending within a process."""
    global _last
    number = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    with _lock:
        _last = number = number if number > _last else _last + 1
    return f"{prefix}_{_written(number)}"


def secret(bytes_: int = 24) -> str:
    """A secret that fits into an address; 24 bytes give 32 characters."""
    return secrets.token_urlsafe(bytes_)


def _written(number: int) -> str:
    characters = []
    for _ in range(_LENGTH):
        characters.append(_ALPHABET[number & 31])
        number >>= 5
    return "".join(reversed(characters))
