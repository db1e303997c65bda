"""Nothing is compiled inside a deadline: `make env` has compiled what any verb runs."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from numba.core.registry import CPUDispatcher

import optimize
import sim
from optimize import partition
from optimize.districting.audit import audit
from scenarios import generate_city, load_scenario
from sim import replicate
from study.evaluation import precompile
from study.evaluation.decisions import prepare_territory
from tests.sizes import size


def loops() -> Iterator[tuple[str, Any]]:
    """Yield every compiled loop of the program by its full name."""
    for package in (optimize, sim):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for name, value in vars(module).items():
                if isinstance(value, CPUDispatcher) and value.py_func.__module__ == found.name:
                    yield f"{found.name}.{name}", value


def compiled() -> set[tuple[str, str]]:
    """Return the loops that are compiled, and for which types."""
    return {(name, str(types)) for name, loop in loops() for types in loop.signatures}


@pytest.mark.slow
def test_no_verb_compiles_what_was_not_compiled_before_it():
    for name in precompile.GROUPS:
        precompile.compile_group(name)
    before = compiled()
    assert len({name for name, _ in before}) > 40
    city = generate_city(units=90, centres=2, seed=5)
    small = generate_city(units=18, centres=2, seed=6)
    balance, work = {"population": 0.15}, size(1, 3)
    for objective in ("moment", "distance", "radius", "cut-edges"):
        for effort in ("quick", "normal"):
            plan = partition(city, 5, objective=objective, balance=balance, effort=effort, work_limit=work)
        audit(plan.certificates, work=size(2, 5))
        partition(small, 3, objective=objective, balance={"population": 0.5}, effort="quick", work_limit=work)
        partition(small, 2, objective=objective, balance={"population": 0.5}, effort="quick", work_limit=work)
    two = {"population": 0.2, "households": 0.2}
    partition(city, 4, balance=two, fix_seats=city.unit_ids[:1], max_radius=50.0, effort="quick", work_limit=work)
    partition(city, 4, objective="cut-edges", balance=two, keep_together=[city.unit_ids[:1]], work_limit=work)
    plan = load_scenario("plan", {"run.days": 20})
    replicate(plan, prepare_territory(plan, city, seed=1), replications=1)
    assert compiled() - before == set()
