"""The least cost about seats among the pairs that prices leave, by SciPy's integer programming with lazy cuts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_array

from optimize.districting.audit.patience import Patience
from optimize.districting.audit.problem import DistrictingProblem, Floats, Ints

MOST_PAIRS = 6_000
"""Pairs of unit and seat up to which the model is tried."""

SURE = 1e-6
"""Relative distance from a value within which a solver's bound does not reach it."""

GRAIN = 1_000.0
"""All weight in the row of what must stay, so that a solver's absolute tolerance is a billionth of it."""

Row = tuple[list[int], list[float], float, float]
"""Columns, coefficients, and what their sum must be at least and at most."""


def least_cost(
    problem: DistrictingProblem,
    possible: NDArray[np.bool_],
    below: float,
    patience: Patience,
    *,
    any_plan: bool = False,
) -> float | None:
    """Return the least objective of a plan that uses possible pairs only and has less than a value.

    Sets
        i, j in units; pairs (i, j) possible
    Variables
        x_ij in {0, 1}: unit i has the seat j; x_jj: j is a seat
    Objective
        minimise sum_ij w_i d_ij^2 x_ij, or the same with d_ij
    Constraints
        once[i]       sum_j x_ij = 1;   sum_j x_jj = K;   x_jj = 1 for fixed seats
        open[j, q]    L_q x_jj <= sum_i p_iq x_ij <= U_q x_jj;   x_ij <= x_jj
        together, apart, as they say, for every seat
        sizes         where they differ: a seat takes one size (s_jc), a size as many seats as there are communities of
                      it; sums within sum_c L_cq s_jc and sum_c U_cq s_jc
        splits        where they are limited: y_gj >= x_ij for every i of group g; sum_gj y_gj <= splits + groups
        moves         where they are limited: a seat takes one name of today (z_jn), a name one seat at most;
                      s_ij <= x_ij, s_ij <= z_j,today(i), sum_ij w_i s_ij >= what must stay
        beside[S, j]  x_ij <= sum of x_sj over the neighbours s of a piece S with i that was cut off from j; added where
                      a solution falls apart

    Where any plan will do, it costs nothing.

    Returns
    -------
    float or None
        Infinite where there is none; None where the model is too large, or work did not suffice.
    """
    pairs = [(int(i), int(j)) for i, j in np.argwhere(possible) if possible[j, j]]
    if len(pairs) > MOST_PAIRS:
        return None
    column = {pair: c for c, pair in enumerate(pairs)}
    cost = np.zeros(len(pairs)) if any_plan else _costs(problem, pairs)
    scale = max(float(cost.mean()), 1e-300)
    rows, whole = list(_rows(problem, column)), np.ones(len(cost))
    if problem.today is not None:
        rows += _names(problem, problem.today, column)
        names = _width(rows) - 2 * len(pairs)
        whole = np.concatenate([whole, np.ones(names), np.zeros(len(pairs))])
    elif problem.sizes is not None:
        rows += _sizes(problem, column)
        whole = np.ones(_width(rows))
    if problem.splits:
        rows += split_rows(problem, column, [j for i, j in column if i == j], len(whole))
        whole = np.concatenate([whole, np.zeros(_width(rows) - len(whole))])
    prices = np.pad(cost / scale, (0, len(whole) - len(cost)))
    while True:
        if patience.over:
            return None
        found = solved(rows, prices, patience, whole)
        if found.status == 2:
            return math.inf
        bound = found.mip_dual_bound
        if bound is not None and bound * scale > below * (1 - SURE):
            return math.inf
        if found.status != 0:
            return None
        chosen = [pairs[c] for c in np.flatnonzero(found.x[: len(pairs)] > 0.5)]
        cuts = list(_cuts(problem, column, chosen))
        if not cuts:
            return float(cost[[column[pair] for pair in chosen]].sum())
        rows += cuts


def _costs(problem: DistrictingProblem, pairs: list[tuple[int, int]]) -> Floats:
    i, j = np.array(pairs).T
    units = [*range(len(problem))]
    return np.asarray(problem.costs(units, units)[i, j])


def solved(rows: list[Row], cost: Floats, patience: Patience, whole: Floats) -> Any:
    """Minimise a cost over variables between 0 and 1, some of them whole; return what SciPy returns."""
    starts = np.cumsum([0, *(len(columns) for columns, *_ in rows)])
    matrix = csr_array(
        (
            np.concatenate([np.array(values, dtype=np.float64) for _, values, *_ in rows]),
            np.concatenate([np.array(columns, dtype=np.int64) for columns, *_ in rows]),
            starts,
        ),
        shape=(len(rows), len(cost)),
    )
    low, high = np.array([row[2] for row in rows]), np.array([row[3] for row in rows])
    found = milp(
        cost,
        constraints=LinearConstraint(matrix, low, high),
        integrality=whole,
        bounds=(0, 1),
        options=patience.whole(matrix.nnz),
    )
    patience.count(found, matrix.nnz)
    return found


def _rows(problem: DistrictingProblem, column: dict[tuple[int, int], int]) -> Iterable[Row]:
    n, inf = len(problem), math.inf
    seats = [j for j in range(n) if (j, j) in column]
    for i in range(n):
        own = [column[i, j] for j in seats if (i, j) in column]
        yield own, [1.0] * len(own), 1.0, 1.0
    yield [column[j, j] for j in seats], [1.0] * len(seats), problem.communities, problem.communities
    for j in problem.fixed:
        own = [column[j, j]] if (j, j) in column else []  # a row without columns can't come to 1
        yield own, [1.0] * len(own), 1.0, 1.0
    for (i, j), c in column.items():
        if i != j:
            yield [c, column[j, j]], [1.0, -1.0], -inf, 0.0
    for j in seats:
        yield from _sums(problem, column, j)
        yield from _wishes(problem, column, j)


def _names(problem: DistrictingProblem, today: Ints, column: dict[tuple[int, int], int]) -> Iterable[Row]:
    """Return the rows of the limit on moves; behind the pairs stand names of seats, then what stays of every pair."""
    name = np.unique(today, return_inverse=True)[1].tolist()
    seats = [j for i, j in column if i == j]
    count, inf = max(name) + 1, math.inf
    named = {(j, n): len(column) + at * count + n for at, j in enumerate(seats) for n in range(count)}
    stays = {pair: len(column) + len(named) + at for at, pair in enumerate(column)}
    for j in seats:
        yield [*(named[j, n] for n in range(count)), column[j, j]], [1.0] * count + [-1.0], 0.0, 0.0
    for n in range(count):
        yield [named[j, n] for j in seats], [1.0] * len(seats), -inf, 1.0
    for (i, j), c in stays.items():
        yield [c, column[i, j]], [1.0, -1.0], -inf, 0.0
        yield [c, named[j, name[i]]], [1.0, -1.0], -inf, 0.0
    whole = max(float(problem.weight.sum()), 1e-300)
    weights = [GRAIN * float(problem.weight[i]) / whole for i, _ in stays]
    yield [*stays.values()], weights, GRAIN * (1 - problem.may_move / whole), inf


def _sums(problem: DistrictingProblem, column: dict[tuple[int, int], int], j: int) -> Iterable[Row]:
    held = [i for i in range(len(problem)) if (i, j) in column]
    for q in range(problem.loads.shape[1]):
        mean = max(float(np.abs(problem.loads[:, q]).sum()) / problem.communities, 1e-300)
        for bound, low, high in ((problem.least[q], 0.0, math.inf), (problem.most[q], -math.inf, 0.0)):
            if np.isfinite(bound):
                load = [float(problem.loads[i, q] - (bound if i == j else 0.0)) / mean for i in held]
                yield [column[i, j] for i in held], load, low, high


def _sizes(problem: DistrictingProblem, column: dict[tuple[int, int], int]) -> Iterable[Row]:
    """Return the rows of communities of unequal size; behind the pairs stand the sizes of every seat."""
    seats, kinds = [j for i, j in column if i == j], problem.kinds()
    takes = {(j, c): len(column) + at * len(kinds) + c for at, j in enumerate(seats) for c in range(len(kinds))}
    for j in seats:
        yield [*(takes[j, c] for c in range(len(kinds))), column[j, j]], [1.0] * len(kinds) + [-1.0], 0.0, 0.0
        held = [i for i in range(len(problem)) if (i, j) in column]
        for q in range(problem.loads.shape[1]):
            mean = max(float(np.abs(problem.loads[:, q]).sum()) / problem.communities, 1e-300)
            load = [float(problem.loads[i, q]) / mean for i in held]
            ends = ([float(one[q]) for one, _, _ in kinds], [float(one[q]) for _, one, _ in kinds])
            for bounds, low, high in ((ends[0], 0.0, math.inf), (ends[1], -math.inf, 0.0)):
                if np.isfinite(bounds).all():
                    own = [takes[j, c] for c in range(len(kinds))]
                    yield [*(column[i, j] for i in held), *own], [*load, *(-b / mean for b in bounds)], low, high
    for c, (_, _, times) in enumerate(kinds):
        yield [takes[j, c] for j in seats], [1.0] * len(seats), times, times


def split_rows(
    problem: DistrictingProblem, held: Mapping[tuple[int, int], int], places: Sequence[int], first: int
) -> Iterable[Row]:
    """Return the rows of limits on splits: in how many communities every group lies.

    Parameters
    ----------
    problem : DistrictingProblem
    held : mapping of (unit, place) to column
        Which variable says that a unit is in the community of a seat, or of a label.
    places : sequence of int
        Seats, or labels.
    first : int
        Column of the first of the variables that say that a group touches a place.
    """
    for most, groups in problem.splits:
        touched = {(g, j): first + g * len(places) + at for g in range(len(groups)) for at, j in enumerate(places)}
        for (g, j), y in touched.items():
            for i in sorted(groups[g]):
                if (i, j) in held:
                    yield [y, held[i, j]], [1.0, -1.0], 0.0, math.inf
        yield [*touched.values()], [1.0] * len(touched), -math.inf, most + len(groups)
        first += len(touched)


def _width(rows: list[Row]) -> int:
    """Return how many columns rows have."""
    return 1 + max(max(columns, default=-1) for columns, *_ in rows)


def _wishes(problem: DistrictingProblem, column: dict[tuple[int, int], int], j: int) -> Iterable[Row]:
    for group in problem.together:
        for i in group[1:]:
            both = [(unit, sign) for unit, sign in ((group[0], 1.0), (i, -1.0)) if (unit, j) in column]
            yield [column[unit, j] for unit, _ in both], [sign for _, sign in both], 0.0, 0.0
    for a, b in problem.apart:
        if (a, j) in column and (b, j) in column:
            yield [column[a, j], column[b, j]], [1.0, 1.0], -math.inf, 1.0


def _cuts(
    problem: DistrictingProblem, column: dict[tuple[int, int], int], chosen: list[tuple[int, int]]
) -> Iterable[Row]:
    """Return the cuts of every piece that hangs together without its seat, for all seats that are not in it."""
    for seat in sorted({j for _, j in chosen}):
        left = {i for i, j in chosen if j == seat}
        left -= piece_of(problem, seat, left)
        while left:
            piece = piece_of(problem, min(left), left)
            left -= piece
            wall = {other for unit in piece for other in problem.near[unit]} - piece
            for j in {j for _, j in column} - piece - wall:
                through = [column[s, j] for s in wall if (s, j) in column]
                for i in piece:
                    if (i, j) in column:
                        yield [column[i, j], *through], [1.0] + [-1.0] * len(through), -math.inf, 0.0


def piece_of(problem: DistrictingProblem, start: int, members: set[int]) -> set[int]:
    """Return the units among members that hang together with one of them."""
    seen, border = {start}, [start]
    while border:
        fresh = (problem.near[border.pop()] & members) - seen
        seen |= fresh
        border += fresh
    return seen


def below_by(value: Fraction) -> Fraction:
    """Return the largest value of a plan that would be better than one of this value, rounding apart."""
    return value * (1 - Fraction(1, 10**9))
