"""The portal over HTTP, on a real installation that all of these tests share; each test founds its own network."""

from collections.abc import Callable, Iterator

import pytest

from services.cli.installation.running import Installation
from tests.journeys.conftest import api, installation, stage
from tests.portal.beside import Beside, running_beside
from tests.portal.visitor import Visitor

__all__ = ["api", "edge", "installation", "signed_in", "stage", "stranger"]


@pytest.fixture(scope="package")
def edge(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """A portal with two providers that a test may shorten, stop and let refuse."""
    with running_beside(installation, tmp_path_factory.mktemp("beside")) as found:
        yield found


@pytest.fixture
def stranger(installation: Installation) -> Iterator[Visitor]:
    """A browser in which nobody has signed in."""
    with Visitor(installation) as found:
        yield found


@pytest.fixture
def signed_in(installation: Installation) -> Iterator[Callable[..., Visitor]]:
    """`signed_in("stadt")`: a new browser in which this person has signed in."""
    opened: list[Visitor] = []

    def sign_in(user: str, **headers: str) -> Visitor:
        visitor = Visitor(installation, **headers)
        opened.append(visitor)
        assert visitor.sign_in(user).status_code == 200
        return visitor

    yield sign_in
    for visitor in opened:
        visitor.close()
