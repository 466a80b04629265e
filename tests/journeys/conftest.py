"""One real installation, started as `fallnetz up` does it, for all journeys; each test founds its own network."""

from collections.abc import Iterator

import pytest

from services.chassis import ids
from services.cli.api import Api
from services.cli.demo.stage import Stage
from services.cli.installation.running import Installation, running
from services.cli.installation.seeding import found_example
from tests.world import WORLD


@pytest.fixture(scope="package")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running(tmp_path_factory.mktemp("installation") / "state", with_example=True) as found:
        yield found


@pytest.fixture(scope="package")
def api(installation: Installation) -> Iterator[Api]:
    with Api(installation.url, installation.issuer, installation.secrets.password) as found:
        yield found


@pytest.fixture
def stage(installation: Installation, api: Api) -> Iterator[Stage]:
    """A new sandbox network of the six organisations, on Monday 7 December 2026, 09:00."""
    network = f"test-{ids.new('net')[-10:]}"
    found = Stage(api, installation.mailbox, installation.issuer, network, WORLD)
    found.members = found_example(
        api, installation.issuer, WORLD, network=network, sandbox=True, clock=found.now.isoformat()
    )
    yield found
    found.close()
