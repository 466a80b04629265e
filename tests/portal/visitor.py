"""A browser without a screen, for tests over HTTP: keeps cookies, reads forms, signs in at the real provider."""

import re
from collections.abc import Mapping
from html import unescape
from types import TracebackType
from typing import Self

import httpx

from services.cli.installation.running import Installation

_FIELD = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    "Accept": "text/html",
    "Accept-Language": "en",
}


class Visitor:
    """Follows redirects within the portal (another than the installation's, if one is named). `page` is the answer that
    came last."""

    def __init__(self, installation: Installation, *, portal: str | None = None, **headers: str) -> None:
        self.installation = installation
        self.http = httpx.Client(base_url=portal or installation.portal, timeout=20, headers=BROWSER | headers)
        self.page = httpx.Response(200)

    def get(self, path: str, *, follow: bool = True, **headers: str) -> httpx.Response:
        self.page = self.http.get(path, headers=headers, follow_redirects=follow)
        return self.page

    def post(
        self,
        path: str,
        entries: Mapping[str, str] | None = None,
        *,
        follow: bool = True,
        token: str | None = None,
        **fields: str,
    ) -> httpx.Response:
        """As a form of the page that was seen last; its token comes from there."""
        hidden = self.hidden()
        given = {"_token": hidden.get("_token", "") if token is None else token, "_key": hidden.get("_key", "")}
        self.page = self.http.post(
            path,
            data={**given, **(entries or {}), **fields},
            headers={"Sec-Fetch-Site": "same-origin", "Origin": "null"},
            follow_redirects=follow,
        )
        return self.page

    def send(self, path: str, body: dict[str, str], **headers: str) -> httpx.Response:
        """A form from anywhere: exactly these fields and headers."""
        self.page = self.http.post(path, data=body, headers=headers)
        return self.page

    def hidden(self, html: str | None = None) -> dict[str, str]:
        """The hidden fields of the page's last form, unescaped."""
        found = [dict(_ATTRIBUTE.findall(tag)) for tag in _FIELD.findall(self.page.text if html is None else html)]
        return {one["name"]: unescape(one.get("value", "")) for one in found if one.get("type") == "hidden"}

    def sign_in(self, user: str, go_on: str = "/") -> httpx.Response:
        """Through the provider's own pages, as a person does."""
        self.get("/sign-in/start" + f"?provider={self.installation.issuer}&next={go_on}", follow=False)
        address = self.page.headers["location"]
        assert address.startswith(self.installation.issuer), address
        return self.finish_sign_in(address, user)

    def finish_sign_in(self, address: str, user: str) -> httpx.Response:
        """At the provider, then back."""
        with httpx.Client(timeout=20, follow_redirects=False) as provider:
            answer = _followed(provider, provider.get(address), self.installation.portal)
            for field, value in (("login", user), ("password", self.installation.secrets.password)):
                token = self.hidden(answer.text).get("csrf_token", "")
                answer = provider.post(str(answer.url), data={field: value, "csrf_token": token})
                answer = _followed(provider, answer, self.installation.portal)
        back = answer.headers["location"]
        assert back.startswith(f"{self.installation.portal}/sign-in/callback"), answer.text[:500]
        return self.get(back)

    def cookie(self, name: str = "fallnetz") -> str:
        return self.http.cookies.get(name) or ""

    def plant(self, secret: str) -> None:
        """Puts another secret into the session's cookie."""
        self.http.cookies.set("fallnetz", secret, domain="127.0.0.1", path="/")

    def close(self) -> None:
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _followed(http: httpx.Client, answer: httpx.Response, stop: str) -> httpx.Response:
    """Follows redirects until one leads to the portal."""
    while answer.is_redirect and not answer.headers["location"].startswith(stop):
        answer = http.get(answer.url.join(answer.headers["location"]))
    return answer
