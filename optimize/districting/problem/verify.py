"""Is a plan what it claims to be? Checked by graph search and arithmetic, without any solver."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from foundation.arrays import Floats, Ints
from optimize.districting.problem.instance import ROUNDING, Instance


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
        Member unit that minimises each community's moment.
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
    faults = []
    used = set(label.tolist())
    if used != set(range(instance.communities)):
        missing = sorted(set(range(instance.communities)) - used)
        faults.append(
            f"communities without units: {missing}; unknown labels: {sorted(used - set(range(instance.communities)))}",
        )
    for k in range(instance.communities):
        members = np.flatnonzero(label == k)
        if len(members) and len(reach(instance, label, int(members[0]))) < len(members):
            faults.append(f"community {k} falls into pieces")
    sums = np.zeros((instance.communities, len(instance.balanced)))
    for k in range(instance.communities):
        sums[k] = instance.loads[label == k].sum(axis=0)
    least, most = instance.tolerated()
    for a, name in enumerate(instance.balanced):
        outside = (sums[:, a] < least[a]) | (sums[:, a] > most[a])
        for c in np.flatnonzero(outside).tolist():
            if c not in exempt:
                faults.append(
                    f"community {c} has {name} {sums[c, a]:g}, outside {instance.lower[a]:g} to {instance.upper[a]:g}",
                )
    seats = seats_of(instance, label)
    for seat in instance.seats:
        if seat not in seats:
            faults.append(f"{instance.names[seat]} is not a seat")
    faults.extend(_broken_wishes(instance, label, seats, exempt))
    return Check(tuple(faults), objective_of(instance, label, seats), seats, sums)


def _broken_wishes(instance: Instance, label: Ints, seats: Ints, exempt: Collection[int]) -> list[str]:
    names = instance.names
    faults = [f"{names[g[0]]} and its group are torn apart" for g in instance.together if len(set(label[list(g)])) > 1]
    faults += [
        f"{names[a]} and {names[b]} share a community"
        for a, b in instance.apart.tolist()
        if label[a] == label[b] and label[a] not in exempt
    ]
    if np.isfinite(instance.radius):
        away = np.sqrt(((instance.points - instance.points[seats[label]]) ** 2).sum(axis=1))
        far = np.flatnonzero(away > instance.radius * (1 + ROUNDING))
        faults += [f"{names[u]} lies {away[u]:.3g} km from its seat" for u in far.tolist() if label[u] not in exempt]
    return faults


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
    """Return each community's seat: the fixed one where there is one, else the member that minimises the moment.

    Where there is a radius, of members that are as good, a rounding apart, the one whose farthest unit is nearest: it
    must not hang on names or order whether a plan keeps the radius.
    """
    seats = np.full(instance.communities, -1, dtype=np.int64)
    for k in range(instance.communities):
        members = np.flatnonzero(label == k)
        if not len(members):
            continue
        fixed = np.intersect1d(members, instance.seats)
        points, weight = instance.points[members], instance.weight[members]
        centred = points - points.mean(axis=0)
        costs = weight.sum() * (centred**2).sum(axis=1) - 2 * centred @ (weight @ centred)
        best = int(np.argmin(costs))
        if math.isfinite(instance.radius) and not len(fixed):
            away = ((points[:, None] - points[None]) ** 2).sum(axis=2)
            moments = weight @ away
            alike = np.flatnonzero(moments <= moments.min() * (1 + ROUNDING))
            best = int(alike[np.argmin(away[:, alike].max(axis=0))])
        seats[k] = int(fixed[0]) if len(fixed) else int(members[best])
    return seats


def objective_of(instance: Instance, label: Ints, seats: Ints) -> float:
    """Return the objective of a plan: moment about the seats, or the number of cut edges."""
    if instance.objective == "cut-edges":
        return float((label[instance.edges[:, 0]] != label[instance.edges[:, 1]]).sum())
    away = instance.points - instance.points[seats[label]]
    return float((instance.weight * (away**2).sum(axis=1)).sum())
