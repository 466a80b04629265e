"""Tests of membership run on its own tables."""

import pytest
import pytest_asyncio

from services.chassis.database import Database
from tests.membership.door import Bielefeld, Door


@pytest.fixture
def service() -> str:
    return "membership"


@pytest.fixture
def door(database: Database) -> Door:
    return Door(database)


@pytest_asyncio.fixture
async def bielefeld(door: Door) -> Bielefeld:
    """The six members of the register in a sandbox network, with their people and an office."""
    return await Bielefeld.found(door)
