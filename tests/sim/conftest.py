"""A small city that is quick to simulate, and the scenarios the tests use."""

import pytest

from scenarios import Scenario, Territory, generate_city, load_scenario
from scenarios.loading.load import load_alternative


@pytest.fixture(scope="session")
def town() -> Territory:
    return generate_city(units=60, centres=2, seed=5)


@pytest.fixture(scope="session")
def plan() -> Scenario:
    return load_scenario("plan", {"run.days": 90})


@pytest.fixture(scope="session")
def no_merger(plan: Scenario) -> Scenario:
    return load_alternative(plan, "no_merger")
