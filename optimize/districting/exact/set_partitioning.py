"""The cheapest plan among listed communities: tighten by triples of units, drop what is too dear, search the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foundation.arrays import Floats, Ints
from optimize.districting.exact.exact_cover import bits_of, cover
from optimize.districting.exact.pricing import Columns
from optimize.districting.formulations.set_partitioning import Solved, relax

ROUNDS = 25
"""Rounds of triples."""

A_ROUND, A_UNIT = 60, 6
"""Triples added per round, of which so many may hold the same unit."""

LITTLE = 0.01
"""Share of the gap that a round of triples must close for another one."""

FIRST, MORE = 300, 300
"""Communities in the first linear programme, and added at a time."""

TIGHT = 1e-7


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
    columns: Columns, cost: Floats, communities: int, below: float, tries: int, scale: float, halt: Ints
) -> Choice:
    """Find the cheapest plan below a value that uses listed communities only.

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
    """
    alive = np.arange(len(columns))
    below = below * (1 + TIGHT)
    reduced, bound = np.zeros(len(columns)), 0.0
    triples = np.zeros((0, 3), dtype=np.int64)
    active = np.argsort(cost / np.maximum(columns.sum(axis=1), 1), kind="stable")[:FIRST]
    for _ in range(ROUNDS):
        if not len(alive):
            return Choice(None, True)
        before = bound
        solved, active, left = _priced_out(columns, cost, communities, triples, active, alive, scale, halt)
        if halt[0]:
            return Choice(None, False)
        if solved.short:
            return Choice(None, True)
        reduced[alive] = left
        bound = solved.value
        offset = min(float(left.min()), 0.0)
        keep = bound + left + (communities - 1) * offset < below
        alive = alive[keep]
        active = np.intersect1d(active, alive)
        if solved.whole or (triples.size and bound - before < LITTLE * (below - bound)):
            break
        more = _violated(solved)
        if not len(more):
            break
        triples = (
            np.concatenate([triples[solved.charge > TIGHT * bound / len(triples)], more]) if len(triples) else more
        )
    return _search(columns[alive], cost[alive], reduced[alive], bound, communities, below, tries, halt)


def _priced_out(
    columns: Columns,
    cost: Floats,
    communities: int,
    triples: Ints,
    active: Ints,
    alive: Ints,
    scale: float,
    halt: Ints,
) -> tuple[Solved, Ints, Floats]:
    """Solve the linear programme over all that is alive, adding what is too cheap; return its reduced costs, too."""
    held = columns[alive].astype(np.float32)
    two = np.zeros((len(alive), len(triples)), dtype=np.float32)
    for t, triple in enumerate(triples):
        two[:, t] = columns[alive][:, triple].sum(axis=1) >= 2
    while True:
        solved = relax(columns[active], cost[active], communities, scale, triples=triples)
        left = cost[alive] - held @ solved.prices - solved.each + two @ solved.charge
        cheap = np.flatnonzero(left < -TIGHT * scale / communities)
        cheap = cheap[~np.isin(alive[cheap], active)]
        if not len(cheap) or halt[0]:
            return solved, active, left
        active = np.union1d(active, alive[cheap[np.argsort(left[cheap], kind="stable")[:MORE]]])


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
    reduced: Floats,
    bound: float,
    communities: int,
    below: float,
    tries: int,
    halt: Ints,
) -> Choice:
    """Search for the cheapest exact cover; a choice costs at least the bound and what its columns are too dear."""
    if not len(columns):
        return Choice(None, True)
    offset = min(float(reduced.min()), 0.0)
    order = np.argsort(reduced, kind="stable")
    chosen, _, left = cover(
        bits_of(columns[order]),
        np.concatenate([[0], np.cumsum(columns[order].sum(axis=1, dtype=np.int64))]),
        np.nonzero(columns[order])[1].astype(np.int64),
        cost[order],
        reduced[order] - offset,
        bound + communities * offset,
        columns.shape[1],
        communities,
        below,
        tries,
        halt,
    )
    return Choice(columns[order][chosen] if len(chosen) else None, bool(left >= 0))
