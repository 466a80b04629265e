"""Dated versions of the interface (G4): which one a client asks for, and what is on its way out.

Within `/api/v1` things are only added. A date names a state of the interface that clients were built against; a change
that could break one of them would get a new date, and the old one would go on to be answered as before.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from email.utils import format_datetime

from contracts.request import Refused
from services.gateway.arrival import Header
from services.gateway.route import Route

LATEST = "2026-11-22"
VERSIONS = (LATEST,)
"""All that are answered, newest first."""
_NAMES = {version.encode(): (b"fallnetz-version", version.encode()) for version in VERSIONS}


def version_header(headers: Mapping[bytes, bytes]) -> Header:
    """Names the version that is answered. Refused("version-unknown") (400)."""
    asked = headers.get(b"fallnetz-version")
    if asked is None:
        return _NAMES[VERSIONS[0].encode()]
    found = _NAMES.get(asked)
    if found is None:
        detail = "There is no such version of the interface; there is {versions}, and without the header the newest."
        raise Refused("version-unknown", detail, status=400, words={"versions": ", ".join(VERSIONS)})
    return found


def farewell(route: Route, operation: str) -> tuple[Header, ...]:
    """What tells that a route is deprecated (RFC 9745) and when it goes (RFC 8594)."""
    headers: list[Header] = []
    if route.deprecated is not None:
        headers.append((b"deprecation", b"@%d" % _midnight(route.deprecated).timestamp()))
        headers.append((b"link", f'</docs#{operation}>; rel="deprecation"; type="text/html"'.encode()))
    if route.sunset is not None:
        headers.append((b"sunset", format_datetime(_midnight(route.sunset), usegmt=True).encode()))
    return tuple(headers)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
