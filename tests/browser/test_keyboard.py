"""The work of a representative and of the office by keyboard alone (WCAG 2.2, 2.1.1, 2.4.1, 2.4.7, 1.4.11)."""

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page

from services.cli.demo.stage import Stage
from services.cli.installation.running import Installation
from services.cli.installation.seeding import details
from tests.browser.keyboard import enter, reach, skip, tab
from tests.portal.ballots.steps import opened
from tests.world import SENNE

Open = Callable[..., Page]


def sign_in(page: Page, installation: Installation, user: str) -> None:
    """From the first page over the provider's own, which are not ours to judge."""
    skip(page)
    enter(page, "main a[href='/sign-in']")
    for entry in (user, installation.secrets.password):
        page.locator("input[name=login], input[name=password]").first.focus()
        page.keyboard.type(entry)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    page.wait_for_url(f"{installation.portal}/**")


def test_a_representative_answers(stage: Stage, installation: Installation, open_page: Open) -> None:
    """Sign-in, inbox, ballot, check, receipt."""
    ballot = opened(stage, "wohnbau")
    page = open_page("/")
    sign_in(page, installation, "wohnbau")
    page.goto(f"{installation.portal}/n/{stage.network}")
    skip(page)
    enter(page, f'main a[href$="/ballots/{ballot}"]')
    skip(page)
    reach(page, "input[name=choice]")
    page.keyboard.press("ArrowDown")
    tab(page)
    page.keyboard.type("The same help is offered already.")
    enter(page, "form#answering button:not([formaction])")
    assert urlsplit(page.url).path.endswith("/answer")
    skip(page)
    enter(page, "form[action$='/vote'] button")
    assert urlsplit(page.url).path.endswith("/answered")
    assert stage.elector(ballot, "wohnbau")["choice"] == "object"
    skip(page)
    enter(page, "main a.kern-btn--primary")
    assert urlsplit(page.url).path == f"/n/{stage.network}"


def test_the_office_opens_the_members_time(stage: Stage, open_page: Open) -> None:
    """From the desk to the announcement, in the dark."""
    person = details(SENNE.representative, None)
    body = {
        "name": SENNE.name, "field_of_work": SENNE.field_of_work, "address": SENNE.address, "contact": person,
        "representative": person, "deputy": details(SENNE.deputy, None), "will_to_cooperate": True,
    }  # fmt: skip
    application = stage.office.post(f"{stage.path}/applications", body)["application"]["id"]
    page = open_page(f"/n/{stage.network}/desk", user="stadt", dark=True)
    skip(page)
    enter(page, f'main a[href$="/desk/admissions/{application}"]')
    enter(page, "main a[href$='/announcement']")
    enter(page, "main .p-decide button")
    assert stage.office.get(f"{stage.path}/applications/{application}")["state"] == "announced"
    assert page.get_by_role("status").first.is_visible()
