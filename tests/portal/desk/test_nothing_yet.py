"""A page that has nothing to show says what to do next."""

from collections.abc import Callable

from services.chassis import ids
from services.cli.demo.stage import Stage
from tests.portal.visitor import Visitor
from tests.world import WORLD

SignIn = Callable[..., Visitor]


def test_an_empty_network_leads_to_the_register(stage: Stage, signed_in: SignIn) -> None:
    network = f"test-{ids.new('net')[-10:]}"
    stage.operator.post("/networks", {"id": network, "charter": WORLD.charter_text, "sandbox": True})
    operator = signed_in("betrieb")
    page = operator.get(f"/n/{network}/members").text
    assert "The directory is empty" in page
    assert f'href="/n/{network}/desk/register"' in page
    assert "Choose a later day" not in page


def test_where_nothing_runs_the_desk_leads_to_what_begins_a_procedure(stage: Stage, signed_in: SignIn) -> None:
    office, home = signed_in("stadt"), f"/n/{stage.network}"
    for path in ("/desk", "/desk/procedures"):
        page = office.get(f"{home}{path}").text
        assert "No admission and no exclusion is running" in page
        assert f'href="/apply/{stage.network}"' in page
        assert f'href="{home}/desk/admissions/new"' in page
    assert "No procedure is over yet" in office.get(f"{home}/desk/procedures?over=true").text
    assert f'href="{home}/desk/procedures"' in office.get(f"{home}/ballots").text
    member = signed_in("bethel").get(f"{home}/ballots").text
    assert "/desk" not in member
    assert "you get an e-mail" in member
