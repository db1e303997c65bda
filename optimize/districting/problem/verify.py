"""Is a plan what it claims to be? Checked by graph search and arithmetic, without any solver."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from foundation.messages import Message
from optimize.districting.problem.instance import ROUNDING, Instance
from optimize.districting.problem.seats import NOWHERE, best_seats, least_radii


@dataclass(frozen=True)
class Check:
    """What a plan is worth.

    Attributes
    ----------
    faults : tuple of str
        Every way in which it breaks the request; empty for a valid plan.
    value : float
        The objective, computed anew.
    seats : ndarray, shape (communities,)
        Member unit that minimises each community's part of the objective (`seats_of`).
    sums : ndarray, shape (communities, attributes)
    """

    faults: tuple[str, ...]
    value: float
    seats: Ints
    sums: Floats


def worst_excess(instance: Instance, sums: Floats) -> float:
    """Return how far the worst sum of a plan lies outside its bounds [share of the mean]; 0 for none.

    Parameters
    ----------
    sums : ndarray, shape (communities, attributes)
    """
    outside = np.maximum(instance.lower - sums, sums - instance.upper) / np.maximum(instance.mean, 1e-300)
    return max(float(outside.max(initial=0.0)), 0.0)


def check_plan(instance: Instance, label: Ints, exempt: Collection[int] = ()) -> Check:
    """Check a plan against its instance.

    Parameters
    ----------
    instance : Instance
    label : ndarray of int, shape (units,)
        Community of every unit, 0 to communities - 1.
    exempt : collection of int
        Communities that may have any sums and break the wishes inside them, as locked ones may.
    """
    faults: list[str] = []
    used = set(label.tolist())
    if used != set(range(instance.communities)):
        missing = sorted(set(range(instance.communities)) - used)
        faults.append(
            Message(
                "communities without units: {missing}; unknown labels: {unknown}",
                missing=missing,
                unknown=sorted(used - set(range(instance.communities))),
            )
        )
    known = np.where((label >= 0) & (label < instance.communities), label, instance.communities)
    pieces = _pieces(known, instance.indptr, instance.indices, instance.communities + 1)
    faults += [Message("community {community} falls into pieces", community=k) for k in np.flatnonzero(pieces[:-1] > 1)]
    totals = [np.bincount(known, load, instance.communities + 1)[:-1] for load in instance.loads.T]
    sums = np.column_stack(totals).astype(np.float64)
    least, most = (np.broadcast_to(ends, sums.shape) for ends in instance.tolerated())
    lower, upper = instance.bounds_of_each()
    for a, name in enumerate(instance.balanced):
        outside = (sums[:, a] < least[:, a]) | (sums[:, a] > most[:, a])
        for c in np.flatnonzero(outside).tolist():
            if c not in exempt:
                faults.append(
                    Message(
                        "community {community} has {name} {sum:g}, outside {least:g} to {most:g}",
                        community=c,
                        name=name,
                        sum=sums[c, a],
                        least=lower[c, a],
                        most=upper[c, a],
                    )
                )
    seats = seats_of(instance, label)
    for seat in instance.seats:
        if seat not in seats:
            faults.append(Message("{unit} is not a seat", unit=instance.names[seat]))
    faults.extend(_broken_wishes(instance, label, seats, exempt))
    return Check(tuple(faults), objective_of(instance, label, seats), seats, sums)


def _broken_wishes(instance: Instance, label: Ints, seats: Ints, exempt: Collection[int]) -> list[str]:
    names = instance.names
    faults: list[str] = [
        Message("{unit} and its group are torn apart", unit=names[g[0]])
        for g in instance.together
        if len(set(label[list(g)])) > 1
    ]
    faults += [
        Message("{unit} and {other} share a community", unit=names[a], other=names[b])
        for a, b in instance.apart.tolist()
        if label[a] == label[b] and label[a] not in exempt
    ]
    faults += [
        Message(
            "{count} {count:split|splits} of {name}, above {most}",
            count=limit.splits(label),
            name=limit.name,
            most=limit.most,
        )
        for limit in instance.splits
        if limit.splits(label) > limit.most
    ]
    if np.isfinite(instance.radius):
        away = instance.away(np.arange(len(instance)), seats[label])
        far = np.flatnonzero(away > instance.radius * (1 + ROUNDING))
        faults += [
            Message("{unit} lies {km:.3g} km from its seat", unit=names[u], km=away[u])
            for u in far.tolist()
            if label[u] not in exempt
        ]
    return faults


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _pieces(label: Ints, indptr: Ints, indices: Ints, communities: int) -> Ints:
    """Return how many pieces every community falls into."""
    pieces = np.zeros(communities, dtype=np.int64)
    seen, queue = np.zeros(len(label), dtype=np.bool_), np.empty(len(label), dtype=np.int64)
    for first in range(len(label)):
        if seen[first]:
            continue
        pieces[label[first]] += 1
        seen[first], queue[0] = True, first
        head, tail = 0, 1
        while head < tail:
            here = queue[head]
            head += 1
            for e in range(indptr[here], indptr[here + 1]):
                other = indices[e]
                if not seen[other] and label[other] == label[first]:
                    seen[other], queue[tail] = True, other
                    tail += 1
    return pieces


def reach(instance: Instance, label: Ints, start: int) -> set[int]:
    """Return the units of a unit's community that can be reached from it inside the community."""
    seen, frontier = {start}, [start]
    while frontier:
        unit = frontier.pop()
        for other in instance.neighbours(unit):
            if other not in seen and label[other] == label[start]:
                seen.add(other)
                frontier.append(other)
    return seen


def seats_of(instance: Instance, label: Ints) -> Ints:
    """Return each community's seat: the fixed one where there is one, else the member that minimises the objective.

    Cut edges have the seats of least moment. For the radius it is the nearest member among those from which the radius
    of the whole plan is kept. Where there is a limit on the radius, of members that are as good, a rounding apart, the
    one whose farthest unit is nearest: it must not hang on names or order whether a plan keeps it.
    """
    if instance.objective in ("moment", "cut-edges") and instance.distances is None and math.isinf(instance.radius):
        return _least_moments(instance, label)
    members, reach, in_reach = _members(instance, label), instance.radius * (1 + ROUNDING), instance.seats_in_reach
    if instance.objective == "radius":
        reach, in_reach = float(least_radii(*members, *metric_of(instance)).max(initial=0.0)) * (1 + ROUNDING), True
    square = instance.objective in ("moment", "cut-edges")
    weight = np.ascontiguousarray(instance.weight, dtype=np.float64)
    return np.asarray(
        best_seats(*members, *metric_of(instance), weight, square, reach, in_reach, ROUNDING), dtype=np.int64
    )


def metric_of(instance: Instance) -> tuple[Floats, Floats]:
    """Return points and matrix of distances as compiled loops want them; the matrix is empty for straight lines."""
    matrix = NOWHERE if instance.distances is None else instance.distances
    return np.ascontiguousarray(instance.points, dtype=np.float64), np.ascontiguousarray(matrix, dtype=np.float64)


def _members(instance: Instance, label: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the units in order of their communities, where each of these begins, and which must be seats."""
    order = np.argsort(label, kind="stable")
    start = np.searchsorted(label[order], np.arange(instance.communities + 1))
    fixed = np.zeros(len(instance), dtype=np.int64)
    fixed[instance.seats] = 1
    return order.astype(np.int64), start.astype(np.int64), fixed


def _least_moments(instance: Instance, label: Ints) -> Ints:
    """Return the seats of least moment about straight lines, without a look at every pair of units."""
    seats = np.full(instance.communities, -1, dtype=np.int64)
    order, start, fixed = _members(instance, label)
    for k in range(instance.communities):
        members = order[start[k] : start[k + 1]]
        if not len(members):
            continue
        chosen = members[fixed[members] == 1]
        points, weight = instance.points[members], instance.weight[members]
        centred = points - points.mean(axis=0)
        costs = weight.sum() * (centred**2).sum(axis=1) - 2 * centred @ (weight @ centred)
        seats[k] = int(chosen[0]) if len(chosen) else int(members[int(np.argmin(costs))])
    return seats


def objective_of(instance: Instance, label: Ints, seats: Ints) -> float:
    """Return the objective of a plan: the number of cut edges, or what units cost about their seats.

    For the radius the largest distance from a seat; for the others sums of weight by distance, or by its square.
    """
    if instance.objective == "cut-edges":
        return float((label[instance.edges[:, 0]] != label[instance.edges[:, 1]]).sum())
    if instance.objective == "moment" and instance.distances is None:
        gap = instance.points - instance.points[seats[label]]
        return float((instance.weight * (gap**2).sum(axis=1)).sum())
    away = instance.away(np.arange(len(instance)), seats[label])
    if instance.objective == "radius":
        return float(away.max(initial=0.0))
    return float((instance.weight * (away**2 if instance.objective == "moment" else away)).sum())


def total_distance(instance: Instance, label: Ints, seats: Ints) -> float:
    """Return the sum of weight by distance from the seat: of plans of the same radius the least is best."""
    return float(instance.weight @ instance.away(np.arange(len(instance)), seats[label]))
