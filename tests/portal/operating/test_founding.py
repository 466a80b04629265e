"""Whoever runs the installation founds a network on its charter."""

from collections.abc import Callable

from services.chassis import ids
from services.cli.api import Api
from tests.portal.visitor import Visitor
from tests.world import OPERATOR, WORLD

SignIn = Callable[..., Visitor]
PATH = "/operator/networks/new"


def test_an_operator_founds_a_network_after_a_check(api: Api, signed_in: SignIn) -> None:
    network = f"new-{ids.new('net')[-8:]}"
    operator = signed_in(OPERATOR.user)
    operator.get(PATH)
    page = operator.post(PATH, id=network, charter=WORLD.charter_text)
    assert page.status_code == 422
    assert 'href="#kind"' in page.text
    entries = {"id": network, "charter": WORLD.charter_text, "kind": "sandbox", "clock_day": "2026-12-07",
               "clock_time": "09:00"}  # fmt: skip
    operator.post(PATH, entries)
    assert network in operator.page.text
    operator.post(PATH, {**entries, "sure": "yes"})
    assert operator.page.url.path == f"/n/{network}/desk"
    assert api.of(OPERATOR.user).get(f"/networks/{network}")["sandbox"] is True


def test_what_is_wrong_with_a_name_or_charter_stands_at_its_field(signed_in: SignIn) -> None:
    operator = signed_in(OPERATOR.user)
    operator.get(PATH)
    wrong = {"id": "Not A Name", "charter": WORLD.charter_text, "kind": "sandbox", "sure": "yes"}
    page = operator.post(PATH, wrong)
    assert page.status_code == 422
    assert 'href="#id"' in page.text
    operator.get(PATH)
    page = operator.post(PATH, {**wrong, "id": f"x-{ids.new('net')[-8:]}", "charter": "nothing = 1"})
    assert page.status_code == 422
    assert 'href="#charter"' in page.text


def test_nobody_else_sees_that_there_are_such_pages(signed_in: SignIn) -> None:
    member = signed_in("stadt")
    for path in (PATH, "/operator/networks"):
        assert member.get(path).status_code == 404
