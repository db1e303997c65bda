"""Communities of unequal size whose units all lie within a radius: against every labelled plan of small maps."""

import math
from collections import Counter

import numpy as np
import pytest

from optimize import partition
from scenarios import InfeasibleError, Territory
from tests.optimize.districting import test_sizes
from tests.sizes import size


def held(seed: int, monkeypatch: pytest.MonkeyPatch) -> str:
    town, count, sizes, tolerance, objective = test_sizes.drawn(seed)
    if objective == "cut-edges":
        objective = "moment"
    free = test_sizes.least(town, count, sizes, tolerance, objective)
    points, people = town.coordinates, town.attribute("population")
    far = np.linalg.norm(points[:, None] - points[None], axis=2)
    radius = far[far > 0].min() * (1.1, 1.5, 1.5, 2.1)[seed % 4]

    def worth(_: Territory, label: tuple[int, ...], count: int, objective: str) -> float:
        """Weigh communities about their best seats, from one of which all members are in reach."""
        total = 0.0
        for k in range(count):
            own = [i for i in range(len(label)) if label[i] == k]
            costs = {j: sum(people[i] * far[i, j] ** (2 if objective == "moment" else 1) for i in own) for j in own}
            least = min(costs.values())
            if all(cost > least * (1 + 1e-9) or far[own, j].max() > radius for j, cost in costs.items()):
                return math.inf
            total += least
        return total

    with monkeypatch.context() as patch:
        patch.setattr(test_sizes, "worth", worth)
        best = test_sizes.least(town, count, sizes, tolerance, objective)
    asked = {"balance": {"population": tolerance}, "sizes": sizes, "max_radius": radius, "effort": "quick"}
    try:
        made = partition(town, count, objective=objective, **asked)  # type: ignore[arg-type]
    except InfeasibleError:
        assert math.isinf(best)
        return "none"
    assert made.proof == "optimal" and made.value == pytest.approx(best)
    return "binds" if best > free * (1 + 1e-9) else "free"


@pytest.mark.slow
def test_plans_of_unequal_communities_within_a_radius_agree_with_every_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = Counter(held(seed, monkeypatch) for seed in range(size(12, 40)))
    assert outcomes["none"] and outcomes["free"], outcomes
