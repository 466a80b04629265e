"""Edits that collide, and answers that have not changed: If-Match, ETag, If-None-Match (RFC 9110 § 8.8.3, § 13.1)."""

import hashlib
import re
from collections.abc import Iterable, Mapping

import msgspec

from contracts.request import Refused
from services.gateway.route import Route

_VERSION = re.compile(rb'"(0|[1-9][0-9]{0,17})"\Z')
_TAG = re.compile(rb'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


class _WithVersion(msgspec.Struct):
    version: int


_versioned = msgspec.json.Decoder(_WithVersion)


def editable(routes: Iterable[Route]) -> frozenset[type[msgspec.Struct]]:
    """The views whose `version` an edit names. Their ETag is the version: it does not tell whether the whole answer is
    the same, since only what can be edited is counted."""
    return frozenset(route.method.answers for route in routes if route.verb == "PUT" and route.takes_version)


def expected_version(headers: Mapping[bytes, bytes]) -> int:
    """The version that an edit was made from. Refused: `precondition-required` (428) without If-Match,
    `header-invalid` (400) for what is not one strong tag as the gateway gave it out."""
    given = headers.get(b"if-match")
    if given is None:
        detail = "Send the ETag of what you read in the header If-Match, so that nobody's change is overwritten."
        raise Refused("precondition-required", detail, status=428)
    found = _VERSION.match(given.strip())
    if found is None:
        detail = 'The header If-Match must hold one ETag as you got it, as "3": neither weak, nor *, nor a list.'
        raise Refused("header-invalid", detail, status=400)
    return int(found[1])


def version_tag(answer: bytes) -> bytes:
    """The ETag of an editable view."""
    return b'"%d"' % _versioned.decode(answer).version


def content_tag(answer: bytes) -> bytes:
    """The ETag of any other answer: says whether its bytes are the same."""
    return b'"%s"' % hashlib.blake2b(answer, digest_size=12).hexdigest().encode()


def unchanged(headers: Mapping[bytes, bytes], tag: bytes) -> bool:
    """Whether the client has this answer already (If-None-Match, weak comparison)."""
    given = headers.get(b"if-none-match")
    return given is not None and (given.strip() == b"*" or tag in _TAG.findall(given[:4096]))
