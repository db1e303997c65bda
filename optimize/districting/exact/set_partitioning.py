"""The cheapest plan among listed communities: tighten by triples of units, drop what is too dear, search the rest."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from optimize.districting.exact.exact_cover import bits_of, cover
from optimize.districting.formulations.set_partitioning import Solved, relax
from optimize.districting.problem.rooted_communities import Columns
from optimize.solving.deadline import Deadline, nodes_used

ROUNDS = 25
"""Rounds of triples."""

A_ROUND, A_UNIT = 60, 6
"""Triples added per round, of which so many may hold the same unit."""

LITTLE = 0.01
"""Share of the gap that a round of triples must close for another one."""

FIRST, MORE = 300, 300
"""Communities in the first linear programme, and added at a time."""

TIGHT = 1e-7

DEARER, DEAREST = 10.0, 1e6
"""How much dearer an uncovered unit becomes where the programme prefers it to a plan, and the dearest it gets."""

A_PROGRAMME, A_TRY = 1e-6, 1.5e-7
"""Units of work of a linear programme, for every entry of its matrix; of a community tried in the search."""

ROUNDED = 1e-12
"""Share by which a sum of what moves cost may be off."""

GRID = 2.0**-28
"""Prices are rounded to this share of the scale: then sums of them are exact, in whichever order."""


@dataclass(frozen=True)
class Choice:
    """Outcome of a search among listed communities.

    Attributes
    ----------
    chosen : ndarray of int8, shape (communities, units), or None
        The cheapest plan below the limit, if one was found.
    complete : bool
        Whether no cheaper one is left.
    """

    chosen: Columns | None
    complete: bool


def choose(
    columns: Columns,
    cost: Floats,
    communities: int,
    below: float,
    tries: int,
    scale: float,
    halt: Ints,
    deadline: Deadline | None = None,
    limit: Limit | None = None,
) -> Choice:
    """Find the cheapest plan below a value that uses listed communities only.

    What prices prove is counted from the prices themselves (`_Priced`), whatever the solver says of its programme. A
    programme that leaves units uncovered proves nothing: it only means that the penalty for them was too low, or that
    there is no plan. With higher penalties the bound rises until all communities are too dear; where it does not, the
    search decides.

    Parameters
    ----------
    columns : ndarray of int8, shape (listed, units)
    cost : ndarray, shape (listed,)
    communities : int
    below : float
    tries : int
        Communities tried after which the search gives up.
    scale : float
        Costs are divided by it before a solver sees them.
    halt : ndarray of int, shape (1,)
        The search gives up as soon as this is not 0.
    deadline : Deadline, optional
        What it takes is counted; it gives up where no work is left.
    limit : Limit, optional
        What every community moves, and all may.
    """
    deadline = Deadline() if deadline is None else deadline
    limit = Limit(np.zeros(len(columns)), math.inf) if limit is None else limit
    alive = np.arange(len(columns))
    below = below * (1 + TIGHT)
    triples = np.zeros((0, 3), dtype=np.int64)
    known = _Priced(0.0, np.asarray(cost, dtype=np.float64), communities)  # the costs themselves: no prices yet
    active = np.argsort(cost / np.maximum(columns.sum(axis=1), 1), kind="stable")[:FIRST]
    penalty = 1.0
    for _ in range(ROUNDS):
        if not len(alive):
            return Choice(None, True)
        deadline.spend(A_PROGRAMME * (len(active) * (columns.shape[1] + len(triples)) + len(alive)))
        solved, active, priced = _priced_out(
            columns, cost, communities, triples, active, alive, scale, halt, penalty, limit
        )
        if halt[0] or deadline.over:
            return Choice(None, False)
        if solved is None:
            break
        before, known = known.bound, priced
        keep = known.at_least() < below
        alive, known = alive[keep], known.of(keep)
        active = np.intersect1d(active, alive)
        if solved.short:
            if penalty >= DEAREST:
                break
            penalty *= DEARER
            continue
        if solved.whole or (triples.size and known.bound - before < LITTLE * (below - known.bound)):
            break
        more = _violated(solved)
        if not len(more):
            break
        dear = solved.charge > TIGHT * known.bound / max(len(triples), 1)
        triples = np.concatenate([triples[dear], more]) if len(triples) else more
    return _search(columns[alive], cost[alive], known, below, tries, halt, deadline, limit.of(alive))


@dataclass(frozen=True)
class Limit:
    """What communities move, shape (communities,), and what all of a plan may."""

    moved: Floats
    most: float

    def of(self, chosen: Ints) -> Limit:
        """Return the same of some communities."""
        return Limit(self.moved[chosen], self.most)

    @property
    def counts(self) -> bool:
        """Whether there is a limit at all."""
        return math.isfinite(self.most)


@dataclass(frozen=True)
class _Priced:
    """What prices prove: a plan of K communities costs the bound and the reduced costs of its communities at least.

    For prices a_i of the units, e of a community and charges h_t >= 0 of the triples, a community's reduced cost is
    c_S - sum_{i in S} a_i - e + sum of h_t over the t of which it holds two units or more. A plan holds every unit
    once, has K communities, and at most one of them holds two units of a triple: so it costs at least
    sum_i a_i + K e - sum_t h_t and the reduced costs of its communities, whatever the prices are. Where moves are
    limited to H, and cost p >= 0 each, p m_S is part of a reduced cost and p H less of the bound.

    Attributes
    ----------
    bound : float
        sum_i a_i + K e - sum_t h_t.
    reduced : ndarray, shape (alive,)
    communities : int
    """

    bound: float
    reduced: Floats
    communities: int

    @property
    def cheapest(self) -> float:
        """The least reduced cost, where it is below 0."""
        return min(float(self.reduced.min(initial=0.0)), 0.0)

    def at_least(self) -> Floats:
        """Return for every community what a plan with it costs at least."""
        return self.bound + self.reduced + (self.communities - 1) * self.cheapest

    def of(self, keep: NDArray[np.bool_]) -> _Priced:
        return replace(self, reduced=self.reduced[keep])


def _priced_out(
    columns: Columns,
    cost: Floats,
    communities: int,
    triples: Ints,
    active: Ints,
    alive: Ints,
    scale: float,
    halt: Ints,
    penalty: float,
    limit: Limit,
) -> tuple[Solved | None, Ints, _Priced]:
    """Solve the linear programme over all that is alive, adding what is too cheap; return what its prices prove."""
    held = columns[alive].astype(np.float32)
    two = np.zeros((len(alive), len(triples)), dtype=np.float32)
    for t, triple in enumerate(triples):
        two[:, t] = columns[alive][:, triple].sum(axis=1) >= 2
    while True:
        moved = limit.moved[active] if limit.counts else None
        solved = relax(
            columns[active],
            cost[active],
            communities,
            scale,
            triples=triples,
            penalty=penalty,
            moved=moved,
            most=limit.most,
        )
        if solved is None:
            return None, active, _Priced(0.0, cost[alive], communities)
        a, e, h = (on_grid(price, scale * GRID) for price in (solved.prices, solved.each, solved.charge))
        bound = math.fsum([*a, communities * float(e), *(-h)])
        reduced = cost[alive] - (held @ a + e - two @ h)
        if limit.counts:  # no multiples of the grid: what rounding may add is taken off
            toll = solved.toll * limit.moved[alive]
            bound -= solved.toll * limit.most * (1 + ROUNDED) + ROUNDED * communities * float(toll.max(initial=0.0))
            reduced = reduced + toll
        priced = _Priced(bound, reduced, communities)
        cheap = np.flatnonzero(priced.reduced < -TIGHT * scale / communities)
        cheap = cheap[~np.isin(alive[cheap], active)]
        if not len(cheap) or halt[0]:
            return solved, active, priced
        active = np.union1d(active, alive[cheap[np.argsort(priced.reduced[cheap], kind="stable")[:MORE]]])


def on_grid(values: Floats | float, grid: float) -> Floats:
    """Return values rounded to whole multiples of a power of two: sums of them are then exact, in whichever order."""
    step = 2.0 ** math.floor(math.log2(grid))
    return np.asarray(np.rint(np.asarray(values) / step) * step, dtype=np.float64)


def _violated(solved: Solved) -> Ints:
    """Return triples of which the communities that hold two of their units have shares that sum to more than one."""
    n = solved.columns.shape[1]
    held = solved.columns.T.astype(np.float64)
    pairs = (held * solved.share) @ held.T
    found: list[tuple[float, int, int, int]] = []
    for a in range(n):
        all_three = (held * (solved.share * held[a])) @ held.T
        sums = np.triu(pairs[a][:, None] + pairs[a][None, :] + pairs - 2 * all_three, 1)
        sums[: a + 1] = 0.0
        found += [(-round(float(sums[b, c]), 9), a, int(b), int(c)) for b, c in np.argwhere(sums > 1 + 1e-3)]
    used, taken = np.zeros(n, dtype=np.int64), []
    for _, a, b, c in sorted(found):
        if used[[a, b, c]].max() < A_UNIT:
            used[[a, b, c]] += 1
            taken.append((a, b, c))
        if len(taken) == A_ROUND:
            break
    return np.array(taken, dtype=np.int64).reshape(-1, 3)


def _search(
    columns: Columns,
    cost: Floats,
    known: _Priced,
    below: float,
    tries: int,
    halt: Ints,
    deadline: Deadline,
    limit: Limit,
) -> Choice:
    """Search for the cheapest exact cover; a choice costs at least the bound and what its columns are too dear."""
    if not len(columns):
        return Choice(None, True)
    offset = known.cheapest
    order = np.argsort(known.reduced, kind="stable")
    tries = int(min(tries, max(deadline.left / A_TRY, 1.0)))
    chosen, _, left = cover(
        bits_of(columns[order]),
        np.concatenate([[0], np.cumsum(columns[order].sum(axis=1, dtype=np.int64))]),
        np.nonzero(columns[order])[1].astype(np.int64),
        cost[order],
        known.reduced[order] - offset,
        known.bound + known.communities * offset,
        columns.shape[1],
        known.communities,
        below,
        tries,
        halt,
        limit.moved[order],
        limit.most,
    )
    deadline.spend(A_TRY * nodes_used(tries, int(left)))
    return Choice(columns[order][chosen] if len(chosen) else None, bool(left >= 0))
