"""Units together, pairs apart, and groups seldom split, as constraints on any assignment of units to communities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pulp

from optimize.districting.problem.instance import Instance
from optimize.districting.problem.splits import SplitLimit


def constrain(
    problem: pulp.LpProblem,
    instance: Instance,
    x: dict[tuple[int, int], Any],
    communities: Iterable[int],
    is_open: Callable[[int], Any],
) -> None:
    """Add the wishes about single units.

    Sets
        i in units; k in communities (labels or seats); g in groups of a grouping whose splits are limited
    Parameters
        S_c most splits of a grouping c, G_c number of its groups
    Variables
        x_ik in {0, 1}: unit i belongs to k; a missing one is 0
        z_gk in [0, 1]: at least 1 where a unit of group g belongs to k
    Constraints
        with[i, k]      x_ik = x_hk for every unit i of a group that stays together, h being its first
        apart[a, b, k]  x_ak + x_bk <= o_k for every pair that must not share a community, o_k = 1 or "k is open"
        touch[c, g, k]  x_ik <= z_gk for every unit i of group g
        splits[c]       sum_gk z_gk <= G_c + S_c: a group in one community counts 1, each further one is a split
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

    _limit_splits(problem, instance, x, communities)


def _limit_splits(
    problem: pulp.LpProblem, instance: Instance, x: dict[tuple[int, int], Any], communities: list[int]
) -> None:
    """Add the constraints touch and splits of `constrain`."""
    for c, limit in enumerate(instance.splits):
        z = touched(problem, limit, x, communities, c)
        if z:
            problem += pulp.lpSum(z) <= len(limit.groups) + limit.most, f"splits_{c}"


def touched(
    problem: pulp.LpProblem, limit: SplitLimit, x: dict[tuple[int, int], Any], communities: list[int], c: int
) -> list[pulp.LpVariable]:
    """Add the constraints touch of `constrain` and return their z: they add up to the groups and their splits."""
    found = []
    for g, group in enumerate(limit.groups):
        for k in communities:
            held = [i for i in group if (i, k) in x]
            if held:
                z = problem.add_variable(f"z_{c}_{g}_{k}", 0, 1)
                found.append(z)
                for i in held:
                    problem += x[i, k] <= z, f"touch_{c}_{g}_{k}_{i}"
    return found
