"""The gateway's API, as any partner's portal may use it. Answers are decoded into the contract's Structs.

    ballot = await visit.api.get(BallotView, f"/networks/{network}/ballots/{ballot}")
    await visit.api.post(VoteReceipt, f"{path}/votes", Vote(choice=…), key=form.key)
    await visit.api.put(MemberView, path, MemberProfile(…), version=3, key=form.key)

What is refused is raised as `Rejected` or one of its kinds; what a page does not catch becomes a designed page.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

import httpx
import msgspec
from msgspec import Struct

from services.chassis import telemetry

API = "/api/v1"
T = TypeVar("T")


class _Problem(Struct, frozen=True):
    """RFC 9457, as the gateway writes it."""

    type: str = ""
    title: str = ""
    detail: str = ""
    instance: str = ""
    field: str | None = None
    retry_after: int | None = None


class Rejected(Exception):
    """The API refused. Nothing was changed. `sentence` is for people, in their language."""

    def __init__(self, status: int, problem: _Problem) -> None:
        self.status = status
        self.slug = problem.type.rpartition("/")[2]
        self.title = problem.title
        self.sentence = problem.detail
        self.field = problem.field
        self.reference = problem.instance
        self.retry_after = problem.retry_after
        super().__init__(self.slug)


class SignInNeeded(Rejected):
    """401, or nobody is signed in."""

    def __init__(self, status: int = 401, problem: _Problem = _Problem(type="/problems/sign-in-needed")) -> None:  # noqa: B008 - frozen
        super().__init__(status, problem)


class Forbidden(Rejected):
    """403."""


class Missing(Rejected):
    """404 and 410."""

    def __init__(self, status: int = 404, problem: _Problem = _Problem(type="/problems/not-found")) -> None:  # noqa: B008 - frozen
        super().__init__(status, problem)


class EditedMeanwhile(Rejected):
    """412: somebody else was faster. Show both."""


class Invalid(Rejected):
    """400, 422: an entry is wrong; `field` says which."""


class TooMany(Rejected):
    """429."""


class Away(Rejected):
    """502 to 504, or the gateway does not answer: nobody knows whether a command was carried out; its key makes a
    repetition harmless."""

    def __init__(self, status: int = 503, problem: _Problem = _Problem(type="/problems/service-unavailable")) -> None:  # noqa: B008 - frozen
        super().__init__(status, problem)


_KINDS: dict[int, type[Rejected]] = {
    401: SignInNeeded, 403: Forbidden, 404: Missing, 410: Missing, 412: EditedMeanwhile, 400: Invalid, 413: Invalid,
    422: Invalid, 429: TooMany, 502: Away, 503: Away, 504: Away,
}  # fmt: skip

_ADDRESS = re.compile(r"(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+\Z")
"""Addresses hold ids that came with a page's address or a form: one with `?` or `..` in it would lead elsewhere."""

Query = Mapping[str, str | int | bool | date | None]


class Api:
    """The API as one visitor may use it. Paths start behind `/api/v1`."""

    def __init__(self, http: httpx.AsyncClient, headers: Mapping[str, str]) -> None:
        self._http = http
        self._headers = dict(headers)

    def for_member(self, member: str) -> "Api":
        """The same for whoever speaks for several members."""
        return Api(self._http, {**self._headers, "Fallnetz-Member": member})

    def with_link(self, token: str) -> "Api":
        """The same for whoever holds the link of an e-mail."""
        return Api(self._http, {**self._headers, "Fallnetz-Link": token})

    def with_applicant_key(self, key: str) -> "Api":
        return Api(self._http, {**self._headers, "Fallnetz-Applicant-Key": key})

    async def get(self, kind: type[T], path: str, /, **query: str | int | bool | date | None) -> T:
        """Raises Rejected."""
        return self._decoded(kind, await self._send("GET", path, query=query))

    async def post(
        self, kind: type[T], path: str, body: Struct | None = None, *, key: str | None = None,
        version: int | None = None, **query: str,
    ) -> T:  # fmt: skip
        """A command. `key` makes a repetition harmless: the form's own, so that a double click is one command."""
        return self._decoded(kind, await self._send("POST", path, body, key=key, version=version, query=query))

    async def put(self, kind: type[T], path: str, body: Struct, *, version: int | None, key: str | None = None) -> T:
        """`version`: the one that was read (If-Match). Raises EditedMeanwhile where it is not the newest."""
        return self._decoded(kind, await self._send("PUT", path, body, key=key, version=version))

    async def delete(self, kind: type[T], path: str, *, version: int | None = None, key: str | None = None) -> T:
        return self._decoded(kind, await self._send("DELETE", path, key=key, version=version))

    async def upload(
        self, kind: type[T], path: str, content: bytes, media_type: str, *, key: str | None = None, **query: str | bool
    ) -> T:
        """A command whose body is a file."""
        headers = {"Content-Type": media_type}
        return self._decoded(kind, await self._send("POST", path, content, key=key, query=query, headers=headers))

    async def _send(
        self, verb: str, path: str, body: Struct | bytes | None = None, *, key: str | None = None,
        version: int | None = None, query: Query | None = None, headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:  # fmt: skip
        if not _ADDRESS.match(path):
            raise Missing
        sent = {**self._headers, **(telemetry.trace_headers() or {}), **(headers or {})}
        if key:
            sent["Idempotency-Key"] = key
        if version is not None:
            sent["If-Match"] = f'"{version}"'
        content = body if isinstance(body, bytes | None) else msgspec.json.encode(body)
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        params = {name: _written(value) for name, value in (query or {}).items() if value is not None}
        request = self._http.build_request(verb, API + path, params=params or None, content=content, headers=sent)
        try:
            answer = await self._answered(request, harmless=verb == "GET" or key is not None)
        except httpx.HTTPError as error:
            telemetry.log_error("gateway-away", error)
            raise Away from None
        if answer.is_success:
            return answer
        raise rejected(answer)

    async def _answered(self, request: httpx.Request, *, harmless: bool) -> httpx.Response:
        """A connection that was kept open may be closed by the gateway at this very moment: what is harmless to repeat
        is asked once more."""
        try:
            return await self._http.send(request)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if not harmless:
                raise
            return await self._http.send(request)

    @staticmethod
    def _decoded(kind: type[T], answer: httpx.Response) -> T:
        return msgspec.json.decode(answer.content or b"{}", type=kind)


def rejected(answer: httpx.Response) -> Rejected:
    """What an answer that is no success says."""
    try:
        problem = msgspec.json.decode(answer.content, type=_Problem)
    except msgspec.MsgspecError:
        problem = _Problem(type="/problems/unexpected-answer")
    kind = _KINDS.get(answer.status_code, Away if answer.status_code >= 500 else Rejected)
    return kind(answer.status_code, problem)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)
