"""Letters come out of the printer with their address in the window, and nothing else with them (N2)."""

from collections.abc import Callable

from playwright.sync_api import Page

from services.cli.demo.stage import Stage
from tests.portal.desk.test_letters import bounced

MM = 96 / 25.4
"""Pixels."""


def test_a_letter_is_printed_with_its_address_in_the_window(stage: Stage, open_page: Callable[..., Page]) -> None:
    """DIN 5008, form B; the sheet's margins are 18 and 16 mm. Forms, buttons and the page's head stay on the screen."""
    bounced(stage)
    page = open_page(f"/n/{stage.network}/desk/letters", user="stadt")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": int(178 * MM), "height": 1000})
    address = page.locator(".p-sheet__address").bounding_box()
    assert address is not None
    assert abs(address["y"] / MM + 18 - 45) < 2
    assert abs(address["x"] / MM + 16 - 20) < 2
    assert page.locator(".p-sheet__text").is_visible()
    for hidden in ("form", "h1", ".p-head", ".kern-btn", "input"):
        assert not page.locator(hidden).first.is_visible(), hidden
    page.goto(page.url.replace("/letters", "/receipts"))
    assert page.locator(".p-work__row").first.is_visible(), "the list of missing receipts is printed, too"
