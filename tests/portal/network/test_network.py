"""The network's page: the charter in words and versions, and what it means in numbers (P5, B2)."""

from collections.abc import Callable
from pathlib import Path

from services.cli.demo.stage import Stage
from services.portal.network.figures import Figure, figures
from tests.portal.ballots.steps import opened
from tests.portal.visitor import Visitor
from tests.world import OFFICE, WORLD

SignIn = Callable[..., Visitor]
CHARTERS = Path(__file__).parents[3] / "deploy" / "charters"


def test_the_page_says_the_rules_in_words_and_numbers_and_who_holds_the_office(stage: Stage, signed_in: SignIn) -> None:
    """The number is the one with which a ballot opened now would be decided."""
    ballot = opened(stage)
    visitor = signed_in("wohnbau")
    page = visitor.get(f"/n/{stage.network}/network").text
    needed = stage.ballot(ballot)["needed"]
    assert f"An admission is rejected if {needed} or more of 6 members object." in page
    assert "An exclusion passes if 4 or more of 5 members approve." in page
    assert OFFICE.name in page
    assert "This is a sandbox" in page
    text = visitor.get(f"/n/{stage.network}/network/charter.toml?version=1")
    assert text.text == WORLD.charter_text


def test_thresholds_are_exact_fractions_that_are_exceeded_or_reached() -> None:
    """B2: more than half of 6 is 4, more than 75 % of 6 is 5; unanimity is a threshold too."""
    needed = {name: [one.needed for one in _figures(name, 7)] for name in ("bielefeld",)}
    assert needed["bielefeld"] == [4, 5]
    others = sorted(file.stem for file in CHARTERS.glob("*.toml"))
    for name in others:
        assert len(_figures(name, 6)) == 2
    danish = next(name for name in others if '"DK"' in (CHARTERS / f"{name}.toml").read_text("utf-8"))
    assert _figures(danish, 6)[0].needed == 6


def test_a_charter_that_says_it_otherwise_gives_no_numbers() -> None:
    assert figures("name = 'x'", 6) == []
    assert figures("not toml at all [", 6) == []


def _figures(name: str, members: int) -> list[Figure]:
    return figures((CHARTERS / f"{name}.toml").read_text("utf-8"), members)
