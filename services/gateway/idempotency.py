"""Idempotency keys (draft-ietf-httpapi-idempotency-key-header), and whose they are."""

import hashlib
import re
from collections.abc import Mapping

from contracts.request import Refused
from services.chassis import ids

_KEY = re.compile(rb"[\x21-\x7e]{1,255}\Z")


def idempotency_key(headers: Mapping[bytes, bytes]) -> str:
    """The client's key (quoted or not), or a new one if it sent none. Refused("header-invalid") (400)."""
    given = headers.get(b"idempotency-key")
    if given is None:
        return f"key-{ids.secret()}"
    if len(given) >= 2 and given[:1] == given[-1:] == b'"':
        given = given[1:-1]
    if not _KEY.match(given):
        detail = "The header Idempotency-Key must hold 1 to 255 printable characters without spaces."
        raise Refused("header-invalid", detail, status=400)
    return given.decode()


def strangers_key(key: str, headers: Mapping[bytes, bytes], address: str) -> str:
    """The key under which the service knows a stranger's command. Who is signed in has keys of their own; strangers
    must not share theirs either, so each is bound to what the stranger holds: the applicant's key, a link, or else the
    address that the command comes from."""
    held = headers.get(b"fallnetz-applicant-key") or headers.get(b"fallnetz-link") or address.encode()
    return f"stranger-{hashlib.sha256(held + bytes(1) + key.encode()).hexdigest()}"
