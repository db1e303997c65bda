"""How many edges every plan cuts at least, by cutting planes over trees; the bound is counted in rational numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from optimize.districting.audit.patience import Patience
from optimize.districting.audit.problem import DistrictingProblem, Floats, Ints

TINY = 1e-7
"""Added to every length: a tree must not prefer detours that cost nothing."""

VIOLATED = 1e-4
"""How far an inequality must be from holding to be added."""

SMOOTH = 0.9
"""Weight of the earlier solutions in the point that trees are grown from."""

SURE = 1e-3
"""What a bound in floating point must lie above a whole number before it is counted in rational ones."""

A_WAY = 2e-6
"""Units of work of a tree's way between two units, and of its share in an inequality."""

BITS = 20
"""Bits behind the point of the weights: any weights prove something."""


Names = dict[tuple[int, int], int]
"""The edge between two units, the smaller first."""


@dataclass(frozen=True)
class _Numbers:
    """What units hold of an attribute and what a community may: all floating point, to search, or all rational."""

    load: list[Any]
    least: Any
    most: Any
    squares: Any


@dataclass(frozen=True)
class _Attribute:
    """The same numbers twice."""

    search: _Numbers
    exact: _Numbers


@dataclass(frozen=True)
class _Tree:
    """Units of a tree from its root outwards, and the unit before each."""

    inside: list[int]
    via: Ints


@dataclass(frozen=True)
class _Grown:
    """An inequality: that of one tree, or that of the trees about all units."""

    attribute: _Attribute
    trees: list[_Tree]

    def row(self, numbers: _Numbers, name: Names) -> dict[int, Any]:
        """Return shares at edges that sum to 1 at least over those that are cut; nothing where that says nothing."""
        if len(self.trees) == 1:
            held, whole = _beyond(self.trees[0], numbers, name)
            rest = whole - numbers.most
            return {edge: min(share / rest, type(rest)(1)) for edge, share in held.items()} if rest > 0 else {}
        row: dict[int, Any] = {}
        rest = -numbers.squares
        for tree in self.trees:
            held, whole = _beyond(tree, numbers, name)
            own = numbers.load[tree.inside[0]]
            rest += own * max(whole, numbers.least)
            spare = max(whole - numbers.least, 0)
            for edge, share in held.items():
                row[edge] = row.get(edge, 0) + own * min(share, spare)
        return {edge: share / rest for edge, share in row.items()} if rest > 0 else {}


def fewest_cuts(problem: DistrictingProblem, enough: float, patience: Patience, lengths: Sequence[float] = ()) -> float:
    """Return a number of cut edges that no plan falls below.

    For a tree T about a unit r whose units hold w(T) of an attribute, more than the U that a community may hold:
    sum_e min(below_e / (w(T) - U), 1) x_e >= 1, where x_e = 1 for a cut edge and below_e is what T holds beyond e. And
    about all units at once: the community of unit r holds W_r >= w(T_r) - sum_e below_e x_e, and sum_r p_r W_r, the
    sum of the squares of K sums between L and U, is at most (L + U) p(all) - K L U. For weights z >= 0 of such
    inequalities under which no edge carries more than 1 in all, the sum of the weights is a bound.

    Parameters
    ----------
    problem : DistrictingProblem
    enough : float
        It stops as soon as the bound, rounded up, has reached this.
    patience : Patience
        Where nothing is left of it, the best bound so far is returned.
    lengths : sequence of float
        Of the edges, from which trees may be grown first; any do.
    """
    edges = np.sort(problem.edges, axis=1)
    name = {(a, b): e for e, (a, b) in enumerate(edges.tolist())}
    now = np.zeros(len(edges))
    middle = np.array(lengths, dtype=np.float64) if len(lengths) == len(edges) else now
    grown: list[_Grown] = []
    rows: list[dict[int, float]] = []
    attributes = [one for q in range(problem.loads.shape[1]) if (one := _attribute(problem, q)) is not None]
    weights, best = np.zeros(0), problem.communities - 1.0
    while math.ceil(best - SURE) < enough and not patience.over:
        before = len(rows)
        for length in (middle, now):  # from between the solutions first: the inequalities cut deeper
            ways = csr_array((length + TINY, edges.T), shape=(len(problem), len(problem)))
            patience.spend(A_WAY * len(problem) ** 2 * max(len(attributes), 1))
            for tree in _trees(attributes, ways):
                row = tree.row(tree.attribute.search, name)
                if row and sum(share * now[edge] for edge, share in row.items()) < 1 - VIOLATED:
                    grown.append(tree)
                    rows.append(row)
            if len(rows) > before:
                break
        if len(rows) == before:
            break
        solved = _relaxation(rows, len(edges), patience)
        if solved.status != 0:
            break
        weights, best = np.maximum(-solved.ineqlin.marginals, 0.0), max(best, float(solved.fun))
        now = np.clip(solved.x, 0.0, 1.0)
        middle = SMOOTH * middle + (1 - SMOOTH) * now
    proven = _proven(grown[: len(weights)], weights, name)
    return float(max(problem.communities - 1, math.ceil(proven)))


def _relaxation(rows: list[dict[int, float]], edges: int, patience: Patience) -> Any:
    columns = [edge for row in rows for edge in row]
    starts = np.cumsum([0, *(len(row) for row in rows)])
    matrix = csr_array(([share for row in rows for share in row.values()], columns, starts), (len(rows), edges))
    found = linprog(
        np.ones(edges),
        A_ub=-matrix,
        b_ub=-np.ones(len(rows)),
        bounds=(0, None),
        method="highs",
        options=patience.linear(matrix.nnz),
    )
    patience.count(found, matrix.nnz)
    return found


def _attribute(problem: DistrictingProblem, q: int) -> _Attribute | None:
    """Return an attribute; None where its upper bound is none, or what is asked for can't be."""
    load, k = [Fraction(one) for one in problem.loads[:, q].tolist()], problem.communities
    total = sum(load, Fraction(0))
    if not problem.most[q] < float(total):
        return None
    low = max(Fraction(problem.least[q]), Fraction(0)) if math.isfinite(problem.least[q]) else Fraction(0)
    high = min(Fraction(problem.most[q]), total - (k - 1) * low)
    low = max(low, total - (k - 1) * high)
    if low > high or max(load) > high:
        return None
    squares = (low + high) * total - k * low * high
    search = _Numbers(problem.loads[:, q].tolist(), float(low), float(high), float(squares))
    return _Attribute(search, _Numbers(load, low, high, squares))


def _trees(attributes: Iterable[_Attribute], ways: csr_array) -> Iterable[_Grown]:
    """Return the sharpest tree of shortest ways about every unit, and all trees as far as a whole edge reaches."""
    far, via = dijkstra(ways, directed=False, return_predecessors=True)
    order = np.argsort(far, axis=1, kind="stable")
    for one in attributes:
        load = np.array(one.search.load)
        for root, units in enumerate(order):
            rest = np.cumsum(load[units]) - one.search.most
            with np.errstate(divide="ignore", invalid="ignore"):
                sharp = np.where(rest > 0, np.cumsum(load[units] * far[root, units]) / rest, np.inf)
            yield _Grown(one, [_Tree(units[: int(np.argmin(sharp)) + 1].tolist(), via[root])])
        near = [_Tree(units[far[root, units] < 1].tolist(), via[root]) for root, units in enumerate(order)]
        yield _Grown(one, near)


def _beyond(tree: _Tree, numbers: _Numbers, name: Names) -> tuple[dict[int, Any], Any]:
    """Return what a tree holds beyond each of its edges, and in all."""
    below, held = {unit: numbers.load[unit] for unit in tree.inside}, {}
    for unit in reversed(tree.inside[1:]):
        up = int(tree.via[unit])
        held[name[(unit, up) if unit < up else (up, unit)]] = below[unit]
        below[up] += below[unit]
    return held, below[tree.inside[0]]


def _proven(grown: list[_Grown], weights: Floats, name: Names) -> Fraction:
    """Return what weights prove, whatever the solver's tolerance: positive ones, scaled until no edge is full."""
    carried: dict[int, Fraction] = {}
    total = Fraction(0)
    for one, weight in zip(grown, np.rint(weights * 2**BITS).astype(np.int64).tolist(), strict=True):
        row = one.row(one.attribute.exact, name) if weight > 0 else {}
        if row:
            z = Fraction(weight, 2**BITS)
            total += z
            for edge, share in row.items():
                carried[edge] = carried.get(edge, Fraction(0)) + z * share
    return total / max(Fraction(1), max(carried.values(), default=Fraction(1)))
