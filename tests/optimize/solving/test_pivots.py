"""A programme without whole numbers stops after so many pivots, on every machine, and says that it was not solved."""

from __future__ import annotations

import numpy as np
import pulp
import pytest

from foundation.errors import LimitError
from optimize.solving.solver import solve
from optimize.targets.fairest_split import fairest
from tests.optimize.targets.test_targets_fair import split_of


def transport(n: int) -> pulp.LpProblem:
    """Return a transport problem of n sources and sinks, which takes about 2 n pivots."""
    rng = np.random.default_rng(1)
    problem = pulp.LpProblem("transport", pulp.LpMinimize)
    x = [[problem.add_variable(f"x_{i}_{j}", lowBound=0) for j in range(n)] for i in range(n)]
    cost = rng.random((n, n))
    problem += pulp.lpSum(float(cost[i, j]) * x[i][j] for i in range(n) for j in range(n))
    for i in range(n):
        problem += pulp.lpSum(x[i]) == 1
        problem += pulp.lpSum(x[k][i] for k in range(n)) == 1
    return problem


def test_it_stops_after_so_many_pivots_and_claims_nothing() -> None:
    whole = solve(transport(25))
    assert whole.proof == "optimal"
    short = solve(transport(25), work=1e-4)
    assert short.proof not in ("optimal", "infeasible") and not short.stopped
    enough = solve(transport(25), work=10.0)
    assert (enough.proof, enough.objective) == (whole.proof, whole.objective)


def test_targets_that_need_more_work_say_which_limit_to_raise() -> None:
    split = split_of([50.0, 30.0, 20.0, 40.0], [20.0, 30.0, 40.0, 60.0])
    with pytest.raises(LimitError, match=r"needs more than 1e-09 units of work\. Raise targets\.work_limit"):
        fairest(split, work=1e-9)
