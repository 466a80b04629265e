"""What the portal keeps in secret: AES-256-GCM, keyed digests, and the tokens that bind a form to its browser."""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class Unreadable(Exception):
    """Sealed with another key, for another purpose, or damaged."""


class Sealer:
    """One key for each purpose, derived from the portal's own (HMAC as in HKDF-Expand, RFC 5869). The first of several
    seals, all open: a key is changed by putting the new one in front."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._forms = [_derived(key, b"forms") for key in keys]
        self._digests = [_derived(key, b"digests") for key in keys]
        self._boxes = [AESGCM(_derived(key, b"box")) for key in keys]

    def seal(self, content: bytes, about: str) -> bytes:
        """`about`: the id of what it belongs to; the same is needed to open it, so that rows cannot be swapped."""
        nonce = os.urandom(_NONCE)
        return nonce + self._boxes[0].encrypt(nonce, content, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """Raises Unreadable."""
        for box in self._boxes:
            with suppress(InvalidTag):
                return box.decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
        raise Unreadable

    def digests(self, *parts: str) -> list[str]:
        """Hex, by each key; says nothing about its parts to anybody without the key. What is stored from now on is
        found by the first."""
        content = "\0".join(parts).encode()
        return [hmac.new(key, content, hashlib.sha256).hexdigest() for key in self._digests]

    def form_token(self, secret: str) -> str:
        """For one rendering of one form in the browser that holds this secret. A fresh one each time, so that a
        compressed page does not give it away (BREACH)."""
        nonce = os.urandom(16)
        return base64.urlsafe_b64encode(nonce + _bound(self._forms[0], nonce, secret)).decode()

    def form_token_fits(self, token: str, secret: str) -> bool:
        try:
            given = base64.urlsafe_b64decode(token.encode("ascii"))
        except ValueError:
            return False
        return any(hmac.compare_digest(given[16:], _bound(key, given[:16], secret)) for key in self._forms)


def _bound(key: bytes, nonce: bytes, secret: str) -> bytes:
    return hmac.new(key, nonce + secret.encode(), hashlib.sha256).digest()[:24]


def hashed(secret: str) -> str:
    """Under which a browser's secret is found; the secret itself is kept nowhere."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.new(key, b"fallnetz-portal " + purpose + b"\x01", hashlib.sha256).digest()
