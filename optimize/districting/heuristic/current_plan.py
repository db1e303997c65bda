"""Today's communities: how much a plan moves away from them, and plans near them to start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from foundation.arrays import Floats, Ints
from optimize.districting.problem.instance import FREE, Instance
from optimize.districting.problem.verify import reach


@dataclass(frozen=True)
class Today:
    """Today's communities and how much may leave them.

    Attributes
    ----------
    label : ndarray of int, shape (units,)
        Today's community of every unit as a label of the plan.
    most_moved : float
        Largest weight that may be away from it.
    """

    label: Ints
    most_moved: float

    def excess(self, weight: Floats, label: Ints) -> float:
        """Return the weight away from its community of today beyond what may be."""
        return max(0.0, float(weight[label != self.label].sum()) - self.most_moved * (1 + 1e-9))

    def named(self, weight: Floats, label: Ints) -> Ints:
        """Return a plan with the labels of those of today's communities that it resembles most."""
        count = max(int(label.max()), int(self.label.max())) + 1
        shared = np.zeros((count, count))
        np.add.at(shared, (label, self.label), np.maximum(weight, 1e-12))
        return np.asarray(linear_sum_assignment(-shared)[1][label], dtype=np.int64)


def keeps(instance: Instance, label: Ints, today: Today | None) -> bool:
    """Say whether no more is moved than may be, communities being named after those that they resemble most."""
    return today is None or today.excess(instance.weight, today.named(instance.weight, label)) <= 0


def connected_today(instance: Instance, today: Today) -> Ints | None:
    """Return today's communities; of each that lies in pieces only the heaviest, the rest with what is beside it.

    Annealing keeps communities connected, so it must begin with connected ones. None where two fixed seats share one,
    or one is left without units by those that must stay together.
    """
    label = np.full(len(instance), FREE, dtype=np.int64)
    sums = np.zeros(instance.communities)
    for k in range(instance.communities):
        core = _core(instance, today.label, k)
        if not len(core) or np.isin(instance.seats, core).sum() > 1:
            return None
        label[core] = k
        sums[k] = _load(instance, core)
    left = np.flatnonzero(label == FREE)
    while len(left):
        beside = [(sums[k], u, k) for u in left.tolist() for k in {*label[instance.neighbours(u)].tolist()} - {FREE}]
        _, unit, k = min(beside)
        label[unit] = k
        sums[k] += _load(instance, np.array([unit]))
        left = left[left != unit]
    return label


def _core(instance: Instance, label: Ints, k: int) -> Ints:
    """Return the piece of a community with its fixed seat, or with most load."""
    members, pieces = set(np.flatnonzero(label == k).tolist()), list[Ints]()
    while members:
        piece = reach(instance, label, min(members))
        members -= piece
        pieces.append(np.array(sorted(piece)))
    seats = instance.seats
    if not pieces:
        return np.zeros(0, dtype=np.int64)
    return max(pieces, key=lambda piece: (bool(np.isin(seats, piece).any()), _load(instance, piece), -int(piece[0])))


def _load(instance: Instance, units: Ints) -> float:
    return float((instance.loads[units] / np.maximum(instance.mean, 1e-300)).mean(axis=1).sum())
