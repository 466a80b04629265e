"""What people write stays text: on every page of `pages.py`, in mails, in files (promise 9)."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.parse import quote

import httpx
import pytest
import vobject
from icalendar import Calendar
from playwright.sync_api import Browser, Page

from services.cli.installation.running import Installation
from tests.browser import hostile, screen
from tests.browser.conftest import complaint
from tests.browser.pages import PAGES, Shown
from tests.browser.scene import Scene, prepared
from tests.portal.visitor import Visitor
from tests.world import WORLD

Window = Callable[[str | None], Page]
SPOILT = ("&lt;", "&gt;", "&quot;", "&#34;", "&#39;", "&amp;", ">49")
"""What people would read of a text that was escaped twice, or evaluated as a template."""


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    """The browser's, about the policy and of dialogs."""
    return []


@pytest.fixture(scope="module")
def window(
    chromium: Browser, installation: Installation, sign_ins: Callable[[str], CookieJar], complaints: list[str]
) -> Iterator[Window]:
    """One for each person, so that styles and scripts are fetched once."""
    pages: dict[str | None, Page] = {}

    def of(user: str | None) -> Page:
        if user not in pages:
            context = screen.window(chromium)
            context.add_init_script(hostile.COLLECT)
            if user:
                screen.carry_over(context, installation.portal, sign_ins(user))
            pages[user] = context.new_page()
            pages[user].on("dialog", lambda dialog: complaints.append(dialog.message))
            pages[user].on("console", lambda said: complaints.extend(complaint(said, installation.portal)))
        return pages[user]

    yield of
    for page in pages.values():
        page.context.close()


@pytest.fixture(scope="module")
def planted(installation: Installation) -> Scene:
    return prepared(installation, hostile.cast())


def write(_entered: str, several: bool) -> str:
    return hostile.text("") if several else hostile.LINE


def harm(page: Page) -> list[str]:
    """What the texts have made of a page, or the page of them."""
    found: list[str] = page.evaluate(hostile.LOOK)
    read = " ".join(page.evaluate(hostile.READ).split())  # letters are wrapped
    rest = read
    for whole in (hostile.LINE, json.dumps(hostile.LINE)[1:-1], hostile.HOOK):
        rest = rest.replace(whole, "")
    cut = [rest[max(0, at - 100) :][:200] for mark in ("planted hx", "{{7") if (at := rest.find(mark)) >= 0]
    return found + [f"reads {one}" for one in SPOILT if one in read] + [f"cut: {one}" for one in cut]


@pytest.mark.parametrize("shown", PAGES, ids=[page.name for page in PAGES])
def test_a_stored_or_typed_text_becomes_no_part_of_a_page(
    shown: Shown, planted: Scene, installation: Installation, window: Window, complaints: list[str]
) -> None:
    """Nothing runs, no element or address is made of it, and people read it as it was written."""
    complaints.clear()
    page = window(shown.user)
    page.goto(installation.portal + planted.path(shown.path))
    shown.go_on(page, write)
    assert harm(page) + complaints == []
    if page.locator(".p-bar").count():
        assert hostile.LINE in page.locator(".p-head__name").inner_text(), "the network's name"


class Elements(HTMLParser):
    """What of a document was planted."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        bad = named.get("class") == "planted" or any(name.startswith("on") for name in named)
        leads = [named[name] or "" for name in ("href", "src", "action", "formaction") if name in named]
        if bad or any(re.match(r"\s*(javascript|data|vbscript):", one, re.IGNORECASE) for one in leads):
            self.found.append(str(self.get_starttag_text()))


def test_what_stands_in_an_address_becomes_no_part_of_a_page(installation: Installation, planted: Scene) -> None:
    """Search words, filters, days, cursors, where to go on, and ids."""
    evil = quote(hostile.LINE, safe="")
    names = ("q", "on", "cursor", "over", "kind", "state", "all", "version", "member", "error", "code", "provider")
    query = "&".join([*(f"{name}={evil}" for name in names), "next=javascript:ran()"])
    places = {(shown.user, planted.path(shown.path).partition("?")[0]) for shown in PAGES}
    paths = [(user, f"{path}?{query}") for user, path in places]
    home = planted.path("/n/{network}")
    above = (f"{home}/ballots", f"{home}/members", f"{home}/desk/notices", "/n", "/apply", "/l", "/link")
    paths += [("stadt", f"{path}/{evil}") for path in above]
    visitors = {user: Visitor(installation) for user in {user for user, _path in paths}}
    wrong: list[str] = []
    for user, visitor in visitors.items():
        if user:
            visitor.sign_in(user)
        for path in (path for one, path in paths if one == user):
            answer = visitor.get(path, follow=False)
            wrong += [f"{path}: {one}" for one in Elements(answer.text).found]
            wrong += [path] if answer.status_code >= 500 or "javascript:" in answer.headers.get("location", "") else []
            wrong += [path for name, value in answer.headers.items() if "planted" in name + value]
        visitor.close()
    assert wrong == []


@pytest.fixture(scope="module")
def visitor(installation: Installation) -> Iterator[Visitor]:
    with Visitor(installation) as found:
        found.sign_in("wohnbau")
        yield found


def test_no_cell_of_a_table_is_a_formula(planted: Scene, visitor: Visitor) -> None:
    """OWASP, CSV injection; in XLSX every cell is a text, and no text a link."""
    path = planted.path("/n/{network}/members")
    table = list(csv.reader(io.StringIO(visitor.get(f"{path}.csv").content.decode("utf-8-sig"))))
    cells = [cell for row in table for cell in row]
    assert len({len(row) for row in table}) == 1
    assert any(hostile.FORMULA in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    with zipfile.ZipFile(io.BytesIO(visitor.get(f"{path}.xlsx").content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "hyperlink" not in sheet
        assert "planted" in book.read("xl/sharedStrings.xml").decode()


def test_a_card_and_a_calendar_have_no_line_that_somebody_else_wrote(planted: Scene, visitor: Visitor) -> None:
    """RFC 2426 and RFC 5545: a line break or a semicolon in a name begins nothing new."""
    written = visitor.get(planted.path("/n/{network}/members.vcf")).text
    cards = list(vobject.readComponents(written))
    assert len(cards) == 6
    assert all(hostile.LINE in card.fn.value for card in cards)
    assert not re.search(r"^X-PLANTED|^X:1", written, re.MULTILINE | re.IGNORECASE)
    page = planted.path("/n/{network}/settings/calendar")
    visitor.get(page)
    visitor.post(page)
    address = re.search(r'https?://[^"<\s]+/calendar/[^"<\s]+', visitor.page.text)
    assert address
    feed = visitor.http.get(address[0]).text
    events = [part for part in Calendar.from_ical(feed).walk() if part.name == "VEVENT"]
    assert any(hostile.LINE in str(event["summary"]) for event in events)
    assert not re.search(r"^X-PLANTED|^X:1", feed, re.MULTILINE | re.IGNORECASE)


@pytest.mark.usefixtures("planted")
def test_a_text_becomes_no_part_of_a_mail(installation: Installation, chromium: Browser) -> None:
    """Of its text, its HTML, its subject, its headers."""
    people = [person for one in (*WORLD.members, WORLD.applicant) for person in (one.representative, one.deputy)]
    mails = [
        mail
        for person in people
        for mail in httpx.get(f"{installation.mailbox}/api/messages", params={"to": person.email}, timeout=60).json()[
            "messages"
        ]
        if "planted" in mail["text"]
    ]
    kinds = {(re.sub(r"<.*|ap\S+|\d+", "", one["subject"])[:40], one["to"].partition("@")[2]): one for one in mails}
    context = screen.window(chromium)
    context.add_init_script(hostile.COLLECT)
    page = context.new_page()
    for mail in kinds.values():
        page.set_content(mail["html"])
        assert harm(page) == [], mail["subject"]
        assert hostile.LINE.split()[0] in mail["text"]
        assert not [name for name, value in mail["headers"] if "planted" in name or "\n" in value or "\r" in value]
        assert len([name for name, _value in mail["headers"] if name.lower() == "to"]) == 1
    context.close()
    assert len(kinds) > 8
