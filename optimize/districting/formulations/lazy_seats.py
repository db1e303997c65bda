"""Seats where plans have them, for models with a radius: added lazily, where a solution has a seat elsewhere.

A model may take any member for a seat from which all others are near enough; a plan takes the member of least moment.
"""

from __future__ import annotations

import numpy as np

from foundation.arrays import Ints
from optimize.districting.formulations.moment import MomentModel
from optimize.districting.problem.instance import Instance
from optimize.solving.linear_expression import weighted_sum

NEAR = 1e-8
"""Relative slack, so that rounding rules nothing out; the check of a plan decides."""


def centre(model: MomentModel, instance: Instance, seat: int, better: int) -> None:
    """Add central[j, k]: sum_i (c_ij - c_ik) x_ij <= B (1 - x_kj), B the largest that the left can be.

    With seat j, the community's moment about its member k is no less than about j.
    """
    cost = instance.costs()
    gain = cost[:, seat] - cost[:, better]
    gain /= max(float(np.abs(gain).max()), 1e-300)
    held = [i for i in range(len(instance)) if (i, seat) in model.x]
    most = float(np.maximum(gain[held], 0).sum())
    left = weighted_sum([(model.x[i, seat], float(gain[i])) for i in held])
    model.problem.addConstraint(left <= most - (most - NEAR) * model.x[better, seat], f"central_{seat}_{better}")


def rule_out(model: MomentModel, members: Ints) -> None:
    """Add not[S, j]: sum_{i in S} x_ij - sum_{i not in S} x_ij <= |S| - 1: these members S are no community."""
    inside = set(members.tolist())
    for j in sorted(inside):
        if all((i, j) in model.x for i in inside):
            terms = [(x, 1.0 if i in inside else -1.0) for (i, seat), x in model.x.items() if seat == j]
            name = f"not_{j}_{len(model.problem.constraints())}"
            model.problem.addConstraint(weighted_sum(terms) <= len(inside) - 1, name)
