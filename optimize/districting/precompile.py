"""Compiled loops made ready before a clock is started: no time limit pays for compiling, or for reading the cache."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np

from optimize.districting.enumeration.all_divisions import best_of_all, best_of_sizes
from optimize.districting.exact.exact_cover import bits_of, cover
from optimize.districting.exact.lagrangian_bound import lagrange
from optimize.districting.exact.pricing.objectives import rooted
from optimize.districting.exact.seat_enumeration import prove_by_seats
from optimize.districting.exact.tree_packing_bound import bound_of_cuts
from optimize.districting.heuristic.about_seats import annealed_about_seats
from optimize.districting.heuristic.anneal import anneal
from optimize.districting.problem.instance import FREE, Instance
from optimize.districting.problem.verify import seats_of
from optimize.districting.splits.counts import groups_of
from optimize.solving.deadline import Deadline

THREE = Instance(
    ("a", "b", "c"),
    3,
    "moment",
    np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]),
    np.ones(3),
    np.array([0, 1, 3, 4]),
    np.array([1, 0, 2, 1]),
    np.array([[0, 1], [1, 2]]),
    ("load",),
    np.ones((3, 1)),
    np.ones(1),
    np.ones(1),
    np.ones(1),
    np.zeros(0, dtype=np.int64),
)
"""Three units in a row."""

FOUR = replace(
    THREE,
    names=("a", "b", "c", "d"),
    points=np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]),
    weight=np.ones(4),
    indptr=np.array([0, 1, 3, 5, 6]),
    indices=np.array([1, 0, 2, 1, 3, 2]),
    edges=np.array([[0, 1], [1, 2], [2, 3]]),
    loads=np.ones((4, 1)),
    upper=np.full(1, 2.0),
)
"""Four units in a row, for three communities."""


def compile_loops(*, tiny: bool, trees: bool, seats: bool = False, cuts: bool = False, about: bool = False) -> None:
    """Compile what an instance will need: search, a look at every division, trees of communities, sets of seats, cuts.

    The cuts are those that bound the cut edges of any map; a search about seats is that of distances and other metrics.
    """
    _compile_search()
    if about:
        _compile_about_seats()
    if cuts:
        _compile_cuts()
    if tiny:
        _compile_look()
    if trees:
        _compile_trees("cut-edges" if cuts else "moment")
    if seats:
        _compile_seats()


@lru_cache(maxsize=1)
def _compile_search() -> None:
    units, ones, free = np.arange(2), np.ones(2), np.full(2, FREE)
    indptr, indices, edges = np.arange(3), np.array([1, 0]), np.array([[0, 1]])
    places, loads, bound, mean = np.zeros((2, 2)), np.ones((2, 1)), np.ones((2, 1)), np.ones(1)
    scale = (False, 1, 1.0, 1.0, 1.0, False, False, 1)
    pinned = np.zeros(2, dtype=np.int64)
    foes = (np.zeros(0, dtype=np.int64), np.zeros(3, dtype=np.int64), groups_of((), 2), np.inf)
    anneal(
        units, places, ones, indptr, indices, edges, loads, bound, bound, mean, pinned, free, free, 0.0, *foes, *scale
    )
    lagrange(THREE, 1.0, rounds=1, deadline=Deadline())


@lru_cache(maxsize=1)
def _compile_about_seats() -> None:
    pair = replace(FOUR, communities=2, objective="distance")
    foes = np.zeros(0, dtype=np.int64), np.zeros(5, dtype=np.int64)
    label, rng = np.array([0, 0, 1, 1]), np.random.default_rng(1)
    for one in (pair, pair.within(2.0)):
        annealed_about_seats(one, label, 9, 0.0, np.ones(2), foes, groups_of((), 4), rng, Deadline(), None)
    seats_of(replace(pair, objective="radius"), label)


@lru_cache(maxsize=2)
def _compile_trees(objective: str) -> None:
    go_on = np.zeros(1, dtype=np.int64)
    with ThreadPoolExecutor(max_workers=1) as threads:
        trees = rooted(replace(THREE, objective=objective), np.ones((3, 3), dtype=bool), go_on)
        for root in trees.roots(np.ones(3), threads):
            trees.grow(root, 9.0, 99, cheapest=True)
    alone = np.eye(3, dtype=np.int8)
    cover(
        bits_of(alone),
        np.arange(4),
        np.arange(3),
        np.ones(3),
        np.zeros(3),
        3.0,
        3,
        3,
        9.0,
        99,
        go_on,
        np.zeros(3),
        np.inf,
    )


@lru_cache(maxsize=1)
def _compile_seats() -> None:
    prove_by_seats(THREE, lagrange(THREE, 1.0, rounds=1, deadline=Deadline()), None, deadline=Deadline())


@lru_cache(maxsize=1)
def _compile_cuts() -> None:
    bound_of_cuts(replace(THREE, objective="cut-edges"), "quick", Deadline())


@lru_cache(maxsize=1)
def _compile_look() -> None:
    for one in (replace(THREE, communities=2), FOUR):
        best_of_all(one)
    best_of_sizes(replace(FOUR, lower=np.zeros((3, 1)), upper=np.array([[2.0], [1.0], [1.0]])), 1)


LOOPS: dict[str, Callable[[], None]] = {
    "seats": _compile_seats,
    "trees": partial(_compile_trees, "moment"),
    "trees of cuts": partial(_compile_trees, "cut-edges"),
    "search": _compile_search,
    "search about seats": _compile_about_seats,
    "cuts": _compile_cuts,
    "look": _compile_look,
}
"""The same, each group on its own: those that take longest come first."""
