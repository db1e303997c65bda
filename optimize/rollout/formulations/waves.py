"""Centres to waves: those with most at stake start first, as far as the trainers reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulp


@dataclass(frozen=True)
class WavesModel:
    """The model and its variables: x[c, w] = 1 when centre c starts in wave w."""

    problem: pulp.LpProblem
    x: dict[tuple[int, int], pulp.LpVariable]


def build(hours: Sequence[float], stake: Sequence[float], room: float, most: int | None = None) -> WavesModel:
    """Build the assignment of centres to waves.

    Sets
        c in centres; w in waves 0 ... W-1, as many as there are centres, which is the most that can be needed
    Parameters
        h_c course hours that the sellers of centre c need [seat-hours]; H course hours that all trainers can give
        between two waves [seat-hours]; p_c what waits for centre c (persons served); N most centres in a wave
    Variables
        x_cw binary, centre c starts in wave w
    Objective
        minimise sum_cw p_c w x_cw, the waves waited through by all persons
    Constraints
        once[c]   sum_w x_cw = 1
        room[w]   sum_c h_c x_cw <= H
        most[w]   sum_c x_cw <= N (only where N is given)
    Sources
        F14 of the plan (training); scheduling of unit batches for weighted completion times, with knapsack batches
        (Uzsoy 1994).
    """
    C = range(len(hours))
    W = C
    h, p, H = hours, stake, room

    problem = pulp.LpProblem("waves", pulp.LpMinimize)
    x = {(c, w): problem.add_variable(f"x_{c}_{w}", cat=pulp.LpBinary) for c in C for w in W}

    problem += pulp.lpSum(float(p[c]) * w * x[c, w] for c in C for w in W)

    for c in C:
        problem += pulp.lpSum(x[c, w] for w in W) == 1, f"once_{c}"

    for w in W:
        problem += pulp.lpSum(float(h[c]) * x[c, w] for c in C) <= float(H), f"room_{w}"

    if most is not None:
        for w in W:
            problem += pulp.lpSum(x[c, w] for c in C) <= most, f"most_{w}"

    return WavesModel(problem, x)
