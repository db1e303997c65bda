"""Units that stay together and pairs that stay apart, as constraints on any assignment of units to communities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pulp

from optimize.districting.problem.instance import Instance


def constrain(
    problem: pulp.LpProblem,
    instance: Instance,
    x: dict[tuple[int, int], Any],
    communities: Iterable[int],
    is_open: Callable[[int], Any],
) -> None:
    """Add the wishes about single units.

    Sets
        i in units; k in communities (labels or seats)
    Variables
        x_ik in {0, 1}: unit i belongs to k; a missing one is 0
    Constraints
        with[i, k]      x_ik = x_hk for every unit i of a group that stays together, h being its first
        apart[a, b, k]  x_ak + x_bk <= o_k for every pair that must not share a community, o_k = 1 or "k is open"
    """
    communities = list(communities)
    for h, *others in instance.together:
        for i in others:
            for k in communities:
                left, right = x.get((i, k)), x.get((h, k))
                if left is not None or right is not None:
                    problem += (0 if left is None else left) == (0 if right is None else right), f"with_{i}_{k}"

    for a, b in instance.apart.tolist():
        for k in communities:
            if (a, k) in x and (b, k) in x:
                problem += x[a, k] + x[b, k] <= is_open(k), f"apart_{a}_{b}_{k}"
