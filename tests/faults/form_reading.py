"""Reads the forms of the portal's pages, as somebody who looks at all of them."""

import re
from html.parser import HTMLParser

from services.cli.installation.running import Installation
from tests.faults.form_inputs import Browser, Form
from tests.portal.visitor import Visitor
from tests.world import WORLD

_CHECKED = re.compile(r".*/(answer|resignation|exclusions/new|correction)\Z")
"""Forms whose answer is only a page with the next form: sent once, to see that one too."""


class Forms(HTMLParser):
    """All forms of one page that are sent by POST."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._page = page
        self._form: Form | None = None
        self._named = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action") or self._page, {}, "multipart" in given.get("enctype", ""))
            if given.get("method", "").lower() == "post":
                self.found.append(self._form)
        if self._form is None:
            return
        if tag in {"input", "textarea", "select", "button"} and given.get("name"):
            self._named = given["name"]
            values = self._form.fields.setdefault(self._named, [])
            if tag in {"input", "button"} and given.get("value"):
                values.append(given["value"])
        elif tag == "option" and self._named in self._form.fields:
            self._form.fields[self._named].append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


class Reader:
    """One person, or nobody, who goes from page to page. `browser` has what was found."""

    def __init__(self, installation: Installation, user: str | None) -> None:
        self._visitor = Visitor(installation)
        if user:
            assert self._visitor.sign_in(user).status_code == 200
        else:
            self._visitor.get("/sign-in?again=1")
        token = self._visitor.hidden().get("_token", "")
        assert token, f"{user} saw no form"
        self.browser = Browser(
            name=user or "nobody", cookies=self._cookies(), token=token, sees_all=user == WORLD.operator.user
        )
        self._seen: set[str] = set()

    def look(self, address: str) -> None:
        answer = self._visitor.get(address)
        self.browser.cookies = self._cookies()
        self._keep(answer.text, answer.url.path)

    def close(self) -> None:
        self._visitor.close()

    def _cookies(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._visitor.http.cookies.jar)

    def _keep(self, html: str, address: str) -> None:
        forms = Forms(address)
        forms.feed(html)
        for form in forms.found:
            known = f"{form.action} {sorted(form.fields)}"
            if known in self._seen:
                continue
            self._seen.add(known)
            self.browser.forms.append(form)
            if _CHECKED.match(form.action):
                entries = {name: values[0] if values else "Some words" for name, values in form.fields.items()}
                self._keep(self._visitor.post(form.action, entries).text, form.action)
