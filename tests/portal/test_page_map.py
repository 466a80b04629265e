"""Who opens which page is as docs/portal.md says, for every page that needs no object but its network (G3)."""

from collections.abc import Callable

import pytest

from services.cli.demo.stage import Stage
from tests.portal.visitor import Visitor
from tests.test_docs import page_map

SHUT = {303, 403, 404}
"""To the sign-in, refused, or as if it did not exist."""
MAY = {
    "nobody": {"everyone"},
    "outsider": {"everyone", "person"},
    "wohnbau": {"everyone", "person", "network", "member"},
    "stadt": {"everyone", "person", "network", "member", "office", "holder"},
    "betrieb": {"everyone", "person", "network", "office", "operator"},
}
"""What each visitor opens: somebody unknown, somebody of no member here, a member's, the office's, an operator."""
ELSEWHERE = {"/sign-in", "/sign-in/start", "/sign-in/callback", "/live/‹network›"}
"""Lead on, to the provider or to a stream."""


def addresses(network: str) -> list[tuple[str, str]]:
    filled = [(address.replace("‹network›", network).replace("‹step›", "contact"), who) for address, who in page_map()
              if address not in ELSEWHERE]  # fmt: skip
    return [(address, who) for address, who in filled if "‹" not in address]


@pytest.mark.parametrize("user", MAY)
def test_each_opens_the_pages_that_the_map_gives_them_and_no_other(
    user: str, stage: Stage, stranger: Visitor, signed_in: Callable[..., Visitor]
) -> None:
    visitor = stranger if user == "nobody" else signed_in("senne" if user == "outsider" else user)
    wrong = []
    for address, who in addresses(stage.network):
        answer = visitor.get(address, follow=False)
        led_home = answer.is_redirect and answer.headers["location"].startswith(f"/n/{stage.network}/")
        opened = answer.status_code == 200 or led_home
        if opened != (who in MAY[user]) or not (opened or answer.status_code in SHUT):
            wrong.append(f"{address} ({who}): {answer.status_code}")
    assert wrong == []
