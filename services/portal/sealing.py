"""What the portal keeps in secret: AES-256-GCM, keyed digests, and the tokens that bind a form to its browser."""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class Unreadable(Exception):
    """Sealed with another key, for another purpose, or damaged."""


class Sealer:
    """One key for each purpose, derived from the portal's own (HMAC as in HKDF-Expand, RFC 5869)."""

    def __init__(self, key: bytes) -> None:
        self._forms = _derived(key, b"forms")
        self._digests = _derived(key, b"digests")
        self._box = AESGCM(_derived(key, b"box"))

    def seal(self, content: bytes, about: str) -> bytes:
        """`about`: the id of what it belongs to; the same is needed to open it, so that rows cannot be swapped."""
        nonce = os.urandom(_NONCE)
        return nonce + self._box.encrypt(nonce, content, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """Raises Unreadable."""
        try:
            return self._box.decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
        except InvalidTag:
            raise Unreadable from None

    def digest(self, *parts: str) -> str:
        """Hex; says nothing about its parts to anybody without the key."""
        return hmac.new(self._digests, "\0".join(parts).encode(), hashlib.sha256).hexdigest()

    def form_token(self, secret: str) -> str:
        """For one rendering of one form in the browser that holds this secret. A fresh one each time, so that a
        compressed page does not give it away (BREACH)."""
        nonce = os.urandom(16)
        return base64.urlsafe_b64encode(nonce + self._bound(nonce, secret)).decode()

    def form_token_fits(self, token: str, secret: str) -> bool:
        try:
            given = base64.urlsafe_b64decode(token.encode("ascii"))
        except ValueError:
            return False
        return hmac.compare_digest(given[16:], self._bound(given[:16], secret))

    def _bound(self, nonce: bytes, secret: str) -> bytes:
        return hmac.new(self._forms, nonce + secret.encode(), hashlib.sha256).digest()[:24]


def hashed(secret: str) -> str:
    """Under which a browser's secret is found; the secret itself is kept nowhere."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.new(key, b"fallnetz-portal " + purpose + b"\x01", hashlib.sha256).digest()
