"""Pages that say why something is not possible, and what to do: as sound as all others."""

from collections.abc import Callable

from playwright.sync_api import Page

from services.cli.demo import law
from services.cli.demo.stage import Stage
from services.cli.installation.running import Installation
from services.cli.installation.seeding import details
from tests.browser import screen
from tests.browser.scene import Scene
from tests.browser.test_admission import link as mailed
from tests.journeys.test_procedures import announced
from tests.portal.beside import Beside
from tests.world import BETHEL, DIAKONIE, GFS, SENNE, TROCKENDOCK

Open = Callable[..., Page]


def send(page: Page, selector: str, status: int) -> None:
    """Presses a button; the page that comes has this status and is sound."""
    with page.expect_navigation() as found:
        page.locator(selector).first.click()
    assert found.value.status == status
    screen.sound(page)


def closed(stage: Stage, link: str) -> None:
    """What ended in membership ends links a moment later."""
    stage.eventually("the closed link", lambda: stage.open_link(link).status_code == 410 or None)


def test_a_link_that_opens_nothing_more(stage: Stage, installation: Installation, open_page: Open) -> None:
    """T5, L3, N5: after the end, for somebody who was replaced, whose member left, whose time is long over."""
    played = announced(stage)[2]
    late, replaced, left, old = (
        mailed(stage, one.representative.email, "admission-ballot") for one in (TROCKENDOCK, DIAKONIE, GFS, BETHEL)
    )
    page = open_page(replaced)
    successor = {"role": "representative", "person": details(SENNE.deputy, stage.issuer)}
    stage.office.post(f"{stage.path}/members/{stage.member('diakonie')}/representations", successor)
    send(page, "form[action$='/confirmation'] button", 410)
    page = open_page(late, dark=True)
    with page.expect_navigation():
        page.locator("form[action$='/confirmation'] button").click()
    page.locator("input[type=radio]").last.check()
    with page.expect_navigation():
        page.locator("form[action$='/answer'] button").click()
    stage.go_to(law.local(2027, 1, 4, 9))
    send(page, "form[action$='/vote'] button", 409)
    assert stage.elector(played.id, "trockendock")["choice"] is None
    stage.api.of("gfs").post(f"{stage.path}/resignations", {"member": stage.member("gfs")})
    closed(stage, f"{installation.portal}{left}")
    screen.sound(open_page(left))
    stage.go_to(law.local(2028, 1, 10, 10))
    page = open_page(old)
    assert page.locator("form[action$='/confirmation']").count() == 0
    screen.sound(page)


def test_a_form_that_is_not_taken(scene: Scene, stage: Stage, open_page: Open) -> None:
    """Without cookies, too large, of a state that somebody else has changed, and where one has no function."""
    page = open_page("/sign-in?again=1")
    page.context.clear_cookies()
    page.locator(".p-tool--language > summary").click()
    send(page, ".p-tool--language button[value=da]", 403)
    page = open_page(scene.path("/n/{network}/desk/register"), user="stadt")
    page.locator("#register").set_input_files({"name": "r.csv", "mimeType": "text/csv", "buffer": b"x" * 3_000_000})
    send(page, "main form button", 413)
    profile = f"/n/{stage.network}/members/{stage.member('wohnbau')}/profile"
    first, second = (open_page(profile, user="wohnbau") for _ in range(2))
    for page, number in ((first, "+49 521 1"), (second, "+49 521 2")):
        page.locator("#address").fill("Weg 1, 33602 Bielefeld")
        page.locator("#phone").fill(number)
    with first.expect_navigation():
        first.locator("main form button").first.click()
    send(second, "main form button", 412)
    assert "+49 521 2" in second.locator("main").inner_text(), "what was written"
    stage.api.of("wohnbau").post(f"{stage.path}/resignations", {"member": stage.member("wohnbau")})
    second.goto(second.url.replace("/profile", ""))
    assert second.locator("table, dl").count() == 0
    screen.sound(second)


def test_a_service_that_is_away_or_asked_too_often(scene: Scene, edge: Beside, open_page: Open) -> None:
    """G3, row 4 of the faults: what works meanwhile, and what was written goes with the next attempt."""
    form = f"{edge.portal.url}{scene.path('/apply/{network}/organisation')}"
    page = open_page(form)
    page.locator("#name").fill(SENNE.name)
    edge.gateway.stop()
    try:
        send(page, "main form button:not([formaction])", 503)
        assert page.locator(f"input[type=hidden][name=name][value='{SENNE.name}']").count() == 1
        assert page.goto(form)
        screen.sound(page)
        edge.gateway.start(READS_PER_MINUTE="1")
        for _ in range(3):
            found = page.goto(form)
        assert found
        assert found.status == 429
        screen.sound(page)
    finally:
        edge.gateway.stop()
        edge.gateway.start()
