"""A neutral ensemble: random valid plans by spanning-tree recombination, against which a plan can be judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from foundation.arrays import Floats, Ints
from foundation.messages import Message
from optimize.districting.problem.instance import Instance, instance_of
from optimize.districting.problem.request import bounds_of
from optimize.districting.problem.verify import check_plan, objective_of, seats_of
from optimize.districting.result import PartitionResult
from scenarios import InputError, Problem

TREES = 20
"""Spanning trees drawn for a pair of communities before another pair is taken."""

PATIENCE = 200
"""Pairs tried for one step before the chain is said to be stuck."""


@dataclass(frozen=True)
class Ensemble:
    """Random plans and where a plan lies among them.

    Attributes
    ----------
    plans : DataFrame
        ``value, worst_deviation``: a row per plan of the chain.
    value, worst_deviation : float
        Those of the plan that is judged.
    stuck : int
        Steps in which no pair could be recombined, so that the plan before was counted again.
    """

    plans: pd.DataFrame
    value: float
    worst_deviation: float
    stuck: int

    @property
    def better(self) -> float:
        """Share of the random plans that are at least as good as the plan."""
        return float((self.plans["value"] <= self.value * (1 + 1e-12)).mean())

    def __str__(self) -> str:
        """Say where the plan lies."""
        middle = self.plans["value"].median()
        return (
            f"of {len(self.plans)} random valid plans {self.better:.1%} are at least as good as this one "
            f"(value {self.value:,.6g}; median of the random ones {middle:,.6g})"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return ``value, worst_deviation`` of every plan of the chain."""
        return self.plans

    def to_dict(self) -> dict[str, float | int]:
        """Return the summary for result.json."""
        return {
            "plans": len(self.plans),
            "at_least_as_good": self.better,
            "median": float(self.plans["value"].median()),
            "least": float(self.plans["value"].min()),
            "stuck": self.stuck,
        }


def ensemble(
    result: PartitionResult, plans: int = 200, *, seed: int = 1, progress: Callable[[int, int], None] | None = None
) -> Ensemble:
    """Draw random plans that keep the same bounds, and place a plan among them.

    A step joins two neighbouring communities, draws a random spanning tree of the two, and cuts an edge that leaves
    both parts within the bounds. The chain starts from the plan; the first plans resemble it.

    Parameters
    ----------
    result : PartitionResult
        Of a whole territory: no groups, locks or units kept together or apart.
    plans : int
        Steps of the chain.
    seed : int
    progress : callable, optional

    Raises
    ------
    InputError
        The request has groups or wishes that the chain does not know.

    References
    ----------
    DeFord, Duchin & Solomon, "Recombination: a family of Markov chains for redistricting", HDSR 3(1), 2021.
    """
    request = result.request
    extra = [
        k
        for k in ("within", "lock", "keep_together", "keep_apart", "max_radius", "fix_seats", "max_moved", "splits")
        if request.get(k)
    ]
    if extra:
        rule = Message("random plans know only bounds and contiguity")
        raise InputError(Problem("ensemble", ", ".join(extra), rule, Message("Leave these options out.")))
    names = sorted(result.assignment.unique())
    label = np.array([names.index(c) for c in result.assignment], dtype=np.int64)
    instance = instance_of(
        result.territory,
        len(names),
        objective=result.objective,
        weight=result.weight,
        balance=request["balance"],
        bounds=bounds_of(request),
    )
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(7,)))
    rows, stuck = [], 0
    for step in range(1, plans + 1):
        changed = recombine(instance, label, rng)
        stuck += changed is None
        label = label if changed is None else changed
        sums = check_plan(instance, label).sums
        rows.append(
            {
                "value": objective_of(instance, label, seats_of(instance, label)),
                "worst_deviation": float(np.abs(sums / instance.mean - 1).max()),
            }
        )
        if progress is not None:
            progress(step, plans)
    return Ensemble(pd.DataFrame(rows), result.value, max(result.worst_deviation.values(), default=0.0), stuck)


def recombine(instance: Instance, label: Ints, rng: np.random.Generator) -> Ints | None:
    """Return a plan in which two neighbouring communities are divided anew, or None where none could be."""
    ends = label[instance.edges]
    borders = ends[ends[:, 0] != ends[:, 1]]
    for _ in range(PATIENCE if len(borders) else 0):
        a, b = borders[rng.integers(len(borders))].tolist()
        units = np.flatnonzero((label == a) | (label == b))
        inside = _edges_within(instance, units)
        for _ in range(TREES):
            half = _balanced_cut(instance, units, inside, rng)
            if half is not None:
                changed = label.copy()
                changed[units] = b
                changed[units[half]] = a
                return changed
    return None


def _edges_within(instance: Instance, units: Ints) -> Ints:
    position = np.full(len(instance), -1, dtype=np.int64)
    position[units] = np.arange(len(units))
    edges = position[instance.edges]
    return edges[(edges >= 0).all(axis=1)]


def _balanced_cut(instance: Instance, units: Ints, edges: Ints, rng: np.random.Generator) -> Ints | None:
    """Draw a spanning tree by random weights and return one side of a random cut within the bounds, if there is one."""
    n = len(units)
    weights = rng.random(len(edges)) + 0.1
    tree = minimum_spanning_tree(csr_array((weights, (edges[:, 0], edges[:, 1])), shape=(n, n)))
    order, parent = breadth_first_order(tree, int(rng.integers(n)), directed=False)
    below: Floats = instance.loads[units].copy()
    for unit in order[:0:-1]:
        below[parent[unit]] += below[unit]
    total = below[order[0]]
    slack = 1e-9 * np.maximum(instance.mean, 1e-300)
    fits = np.ones(n, dtype=bool)
    for side in (below, total - below):
        fits &= ((side >= instance.lower - slack) & (side <= instance.upper + slack)).all(axis=1)
    fits[order[0]] = False
    if not fits.any():
        return None
    top = int(rng.choice(np.flatnonzero(fits)))
    inside = np.zeros(n, dtype=bool)
    inside[top] = True
    for unit in order[1:]:
        inside[unit] |= inside[parent[unit]]
    return np.flatnonzero(inside)
