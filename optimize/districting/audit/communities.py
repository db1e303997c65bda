"""Is no plan below a value left? Whole communities listed again by another tree, and chosen among by another solver."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimize.districting.audit.cover import cheapest_cover
from optimize.districting.audit.flows import fed, maximal_flow
from optimize.districting.audit.patience import Patience
from optimize.districting.audit.problem import DistrictingProblem, Floats, Ints
from optimize.districting.audit.sets import all_sets

GRID_BITS = {"cut-edges": 30, "moment": 0}
"""Bits behind the point of prices of cut edges; the moment's have a unit of their own."""

STEPS = 12
"""Halvings in the search for the price of a load."""

NODES, A_NODE, AN_ARC = 200_000_000, 2.5e-6, 4e-8
"""Decisions about one root after which the audit gives up; units of work of one, and of an adjacency in the flows
about a root for each unit."""

ROOM = 1e-9
"""Rounding of the quotient of a sum and a bound."""


@dataclass(frozen=True)
class Relisted:
    """What was found.

    Attributes
    ----------
    fault : str
        What contradicts the certificate; empty where nothing does.
    least : float or None
        A plan below the cut costs so much; infinite where there is none; None where work did not suffice.
    sets : int
        Communities listed.
    """

    fault: str
    least: float | None
    sets: int = 0


@dataclass(frozen=True)
class _Map:
    """The problem of the cut edges as whole numbers and neighbours in rows."""

    problem: DistrictingProblem
    unit: float
    border: int
    indptr: Ints
    indices: Ints
    back: Ints
    usable: Ints


def relisted(problem: DistrictingProblem, evidence: Mapping[str, Any], below: float, patience: Patience) -> Relisted:
    """List again what the certificate of whole communities says was listed, and look for a plan below a value.

    A plan of cost up to C has K communities with different roots (the unit of the largest first load), whose costs at
    prices a_i sum to at most C - sum_i a_i. So the one about root r costs at most that less what K - 1 others cost at
    least. Three things are checked: that no community costs less than stated about any root that counts, that the
    limits are as wide as that asks for, and that those within their limits are the ones of the certificate. Among them
    another solver then looks for a plan.

    Parameters
    ----------
    problem : DistrictingProblem
        With cut edges as objective, without wishes about units.
    evidence : mapping
        ``prices`` and ``least``, shape (units,); and where communities were listed ``cut``, ``limits``, ``listed``,
        ``digest``.
    below : float
        Value of the plan that no other may beat.
    patience : Patience
    """
    ground = _map_of(problem)
    # Rounding changes nothing where they are multiples of the unit; where they are not, the digest will not fit.
    price = np.rint(np.array(evidence["prices"], dtype=np.float64) / ground.unit).astype(np.int64)
    cut = below - 1 if evidence.get("cut") is None else evidence["cut"]
    if math.floor(cut) + 1 < below:
        return Relisted("", None)
    lowest = _lowest(evidence["least"], problem.communities)
    limits = cut - float(price.sum()) * ground.unit - _others(lowest, problem.communities)
    if evidence.get("limits") is not None:
        given = np.array([math.inf if one is None else one for one in evidence["limits"]], dtype=np.float64)
        if np.any(given < limits):
            return Relisted("its limits are narrower than its prices ask for", None)
        limits = given
    parts: list[NDArray[np.int8]] = [np.zeros((0, len(problem)), np.int8)]
    for root in range(len(problem)):
        patience.spend(AN_ARC * len(problem) * len(ground.indices))
        nodes = patience.times(A_NODE, NODES)
        own, least, left = _about(ground, root, price, limits[root], float(lowest[root]), nodes)
        patience.spend(A_NODE * (nodes - max(left, 0)))
        if least < lowest[root]:
            return Relisted(f"about unit {root} a community costs {least:.9g}, less than {lowest[root]:.9g}", None)
        parts.append(own)
        if left < 0 or patience.over:
            return Relisted("", None, sum(map(len, parts)))
    sets = np.concatenate(parts)
    if evidence.get("digest") is not None and (fault := _differs(sets, evidence)):
        return Relisted(fault, None, len(sets))
    a, b = problem.edges.T
    cost = 0.5 * (sets[:, a] != sets[:, b]).sum(axis=1)
    return Relisted("", cheapest_cover(sets, cost, problem.communities, cut, patience), len(sets))


def _lowest(stated: list[float], communities: int) -> Floats:
    """Return the least costs as far as they count: none above the K-th."""
    least = np.array(stated, dtype=np.float64)
    return np.asarray(np.minimum(least, np.partition(least, communities - 1)[communities - 1]))


def _others(lowest: Floats, communities: int) -> Floats:
    """Return for every root what K - 1 communities about others cost at least."""
    order = np.sort(lowest)[:communities]
    return np.asarray(np.where(lowest <= order[-1], order.sum() - lowest, order[:-1].sum()))


def _differs(sets: NDArray[np.int8], evidence: Mapping[str, Any]) -> str:
    packed = np.unique(np.packbits(sets, axis=1), axis=0)
    same = hashlib.sha256(packed.tobytes()).hexdigest() == evidence["digest"]
    if same and len(packed) == evidence["listed"]:
        return ""
    return f"it lists {evidence['listed']} communities; there are {len(packed)}, and not the same ones"


def _map_of(problem: DistrictingProblem) -> _Map:
    n, bits = len(problem), GRID_BITS["cut-edges"]
    both = np.concatenate([problem.edges, problem.edges[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(both[:, 0], minlength=n))]).astype(np.int64)
    place = {(a, b): e for e, (a, b) in enumerate(both.tolist())}
    back = np.array([place[b, a] for a, b in both.tolist()], dtype=np.int64)
    order = np.argsort(-problem.loads[:, 0], kind="stable")
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    usable = (rank[None, :] >= rank[:, None]).astype(np.int64)
    return _Map(problem, 2.0**-bits, 1 << (bits - 1), indptr, both[:, 1].copy(), back, usable)


def _about(
    ground: _Map, root: int, price: Ints, limit: float, lowest: float, nodes: int
) -> tuple[NDArray[np.int8], float, int]:
    """Return the communities about a root within a limit, the least cost up to what was stated, and nodes left."""
    problem, usable = ground.problem, ground.usable[root]
    floor, flow = _dearest_floor(ground, root, -price)
    most, least = math.floor(limit / ground.unit), math.ceil(lowest / ground.unit)
    sets, costs, left = all_sets(
        root,
        usable,
        -price,
        ground.border,
        floor,
        *flow,
        problem.loads,
        problem.least,
        problem.most,
        ground.indptr,
        ground.indices,
        ground.back,
        max(most, least - 1),
        nodes,
    )
    sums = sets.astype(np.float64) @ problem.loads
    keep = np.all((sums >= problem.least) & (sums <= problem.most), axis=1)
    keep[keep] = [_leaves_room(ground, own) for own in sets[keep]]
    sets, costs = sets[keep], costs[keep]
    return sets[costs <= most], float(costs.min()) * ground.unit if len(costs) else math.inf, int(left)


def _dearest_floor(ground: _Map, root: int, weight: Ints) -> tuple[int, tuple[Ints, Ints, Ints]]:
    """Return the best of the floors that prices of the loads give, one attribute after the other, and its flow."""
    problem, usable = ground.problem, ground.usable[root]
    price = np.zeros(problem.loads.shape[1])

    def floor_at(trial: Floats) -> tuple[int, tuple[Ints, Ints, Ints]]:
        with_loads = weight + np.floor(problem.loads @ trial / ground.unit).astype(np.int64)
        due = np.where(trial > 0, trial * problem.most, trial * problem.least).sum()
        floor, *flow = maximal_flow(with_loads, ground.border, root, usable, ground.indptr, ground.indices, ground.back)
        # The product of loads and prices is rounded once more than it should be: taken off.
        return int(floor - math.ceil(due / ground.unit) - len(weight)), (flow[0], flow[1], flow[2])

    best, flow = floor_at(price)
    for q in range(len(price)):
        heavy = problem.loads[:, q] > 0
        scale = float((np.abs(weight[heavy]) / problem.loads[heavy, q]).max(initial=0.0)) * ground.unit
        low, high = -scale, scale
        for step in range(STEPS):
            trial = price.copy()
            trial[q] = 0.0 if step == 0 else (low + high) / 2
            floor, own = floor_at(trial)
            if floor > best or step == 0:
                best, flow, price = max(floor, best), own, trial
            inside = fed(root, own[0], own[2], usable, ground.indptr, ground.indices)
            load = float(problem.loads[inside == 1, q].sum())
            if step == 0 and problem.least[q] <= load <= problem.most[q]:
                break
            if load > (problem.most[q] if trial[q] > 0 or load > problem.most[q] else problem.least[q]):
                low = trial[q]
            else:
                high = trial[q]
    return best, flow


def _leaves_room(ground: _Map, own: NDArray[np.int8]) -> bool:
    """Say whether the sums of all that a community leaves behind, piece by piece, could be those of communities."""
    problem, left = ground.problem, set(np.flatnonzero(own == 0).tolist())
    while left:
        piece = {left.pop()}
        border = list(piece)
        while border:
            fresh = problem.near[border.pop()] & left
            left -= fresh
            piece |= fresh
            border += fresh
        total = problem.loads[sorted(piece)].sum(axis=0)
        fewest = max(1.0, float(np.ceil(total / problem.most - ROOM).max()))
        with np.errstate(divide="ignore"):
            most = np.where(problem.least > 0, np.floor(total / problem.least + ROOM), math.inf)
        if fewest > float(most.min()):
            return False
    return True
