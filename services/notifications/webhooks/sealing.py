"""Secrets at rest: encrypted with a key made from the installation's link key, bound to their webhook.

JWE (RFC 7516), `dir` with A256GCM. The first key seals, all open: when a key is changed, the worker seals anew at its
start, so that the old key can be dropped later.
"""

from collections.abc import Sequence
from hashlib import sha256

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}
_WORD = b"fallnetz webhook 1\n"


class SealError(Exception):
    """No key opens it, or it belongs to another webhook."""


class Sealer:
    """`keys`: as `links.rules.keys` reads them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = [OctKey.import_key(sha256(_WORD + key).digest()) for key in keys]

    def seal(self, webhook: str, secret: str) -> str:
        return jwe.encrypt_compact(_HEADER, f"{webhook} {secret}", self._keys[0], algorithms=list(_HEADER.values()))

    def open(self, webhook: str, sealed: str) -> str:
        """Raises SealError."""
        for key in self._keys:
            try:
                found = jwe.decrypt_compact(sealed, key, algorithms=list(_HEADER.values())).plaintext or b""
            except (JoseError, ValueError):
                continue
            owner, _, secret = found.decode().partition(" ")
            if owner == webhook:
                return secret
        raise SealError(webhook)

    def reseal(self, webhook: str, sealed: str) -> str:
        """Under the first key. Raises SealError."""
        return self.seal(webhook, self.open(webhook, sealed))
