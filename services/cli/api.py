"""The gateway as a client sees it, for seeding, demo and tests: signs people in, names what went wrong."""

from types import TracebackType
from typing import Any, Self

import httpx

from services.cli import signing_in

API = "/api/v1"


class Rejected(Exception):
    """The gateway answered with a problem (RFC 9457). `str()` is its sentence."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.problem = problem
        self.slug = str(problem.get("type", "")).rpartition("/")[2]
        super().__init__(f"{status} {self.slug}: {problem.get('detail', '')}")


class Api:
    """One installation's API. `api.of("stadt")` speaks as that person, `api` itself as nobody."""

    def __init__(self, url: str, issuer: str, password: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=10)
        self._issuer = issuer
        self._password = password
        self._tokens: dict[str, str] = {}
        self._headers: dict[str, str] = {}

    def of(self, user: str) -> "Api":
        """The same API as a signed-in person."""
        return self.bearer(self.token_of(user))

    def token_of(self, user: str) -> str:
        """The access token of a person of the development identity provider."""
        if user not in self._tokens:
            self._tokens[user] = signing_in.token(self._issuer, user, self._password)
        return self._tokens[user]

    def bearer(self, secret: str) -> "Api":
        """The same API with an API key, or with a token that came from elsewhere."""
        return self._with({"Authorization": f"Bearer {secret}"})

    def applicant(self, key: str) -> "Api":
        """The same API as the applicant that holds this key."""
        return self._with({"Fallnetz-Applicant-Key": key})

    def link(self, token: str) -> "Api":
        """The same API as whoever holds a mail's link."""
        return self._with({"Fallnetz-Link": token})

    def get(self, path: str, **query: Any) -> Any:
        """The answer's JSON. Raises Rejected."""
        return _content(self._client.get(API + path, params=query, headers=self._headers))

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """The same for a command, whose body is JSON, or CSV where it is bytes. `key` makes a repetition harmless."""
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        if isinstance(body, bytes):
            sent = self._client.post(API + path, content=body, headers=headers | {"Content-Type": "text/csv"})
        elif body is None:
            sent = self._client.post(API + path, headers=headers)
        else:
            sent = self._client.post(API + path, json=body, headers=headers)
        return _content(sent)

    def put(self, path: str, body: Any, *, version: int) -> Any:
        """An edit of the version that was read (If-Match)."""
        headers = self._headers | {"If-Match": f'"{version}"'}
        return _content(self._client.put(API + path, json=body, headers=headers))

    def delete(self, path: str) -> Any:
        """The same for what ends."""
        return _content(self._client.delete(API + path, headers=self._headers))

    def items(self, path: str, **query: Any) -> list[Any]:
        """All items of a list, over all its pages."""
        found: list[Any] = []
        cursor: dict[str, Any] = {}
        while True:
            page = self.get(path, **query, **cursor)
            found += page["items"]
            if not page.get("next"):
                return found
            cursor = {"cursor": page["next"]}

    def _with(self, headers: dict[str, str]) -> "Api":
        other = Api.__new__(Api)
        other.__dict__ = self.__dict__ | {"_headers": headers}
        return other

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _content(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json() if answer.content else None
    try:
        problem = answer.json()
    except ValueError:
        problem = {"detail": answer.text[:200]}
    raise Rejected(answer.status_code, problem)
