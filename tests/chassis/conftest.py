"""One real broker for each module of these tests."""

from collections.abc import Iterator

import pytest

from services.chassis.nats_server import NatsServer


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with NatsServer(tmp_path_factory.mktemp("broker")) as server:
        yield server
