"""Promise 9, for what is allowed: each who may does it, and no answer says a word of another network."""

import pytest

from services.gateway.routes import ROUTES
from tests.security.conftest import Scene
from tests.security.deeds import Deeds
from tests.security.outcomes import name_of
from tests.security.rights import APPLICATION, FOR_UNDELIVERED, MAY

pytestmark = pytest.mark.timeout(240)

AS_ANYBODY = {(f"POST {APPLICATION.rpartition('/')[0]}", "stranger")}
"""What everybody may, the stranger does."""


def allowed() -> set[tuple[str, str]]:
    names = {name_of(route) for route in ROUTES if route.writes} - FOR_UNDELIVERED
    named = {(name, actor) for name in names for actor in MAY[name] if actor != "*"}
    return named | AS_ANYBODY


def test_whoever_may_do_something_does_it_and_learns_nothing_of_others(scene: Scene) -> None:
    deeds = Deeds(scene)
    deeds.all()
    print(f"{len(deeds.done)} deeds")  # noqa: T201 - the figure of promise 9
    assert deeds.leaked == []
    assert allowed() - deeds.done == set(), "play these in tests/security/deeds.py"
    assert deeds.done <= allowed(), "tests/security/rights.py does not say that these are allowed"
