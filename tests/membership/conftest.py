"""Tests of membership run on its own tables."""

import pytest


@pytest.fixture
def service() -> str:
    return "membership"
