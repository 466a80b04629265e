"""Fixtures for all tests: a fresh database of either kind. Other fixtures stand in the conftest of their folder."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from services.chassis.database import Database
from tests import databases


@pytest.fixture
def service() -> str:
    """Whose tables the test's database has. A folder's conftest overrides it; "": only those of the chassis."""
    return ""


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, service: str, tmp_path: Path) -> Iterator[str]:
    """A new, migrated database; the test runs on both kinds."""
    url = databases.fresh(request.param, service, tmp_path)
    yield url
    databases.discard(url)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, readers=2, writers=8)
    yield opened
    await opened.close()
