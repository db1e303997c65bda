"""Striving: what everybody sells on a usual day, and how hard he works at his target; compiled loops over sellers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from scenarios.rules.effort import effort_compiled

Flags = NDArray[np.bool_]


@njit(cache=True)  # type: ignore[untyped-decorator]
def usual_sales(
    patch: Ints,
    sells: Flags,
    skill: Floats,
    lift: Floats,
    demand: Floats,
    conversion: Floats,
    visits: Floats,
    yields: Floats,
    bundle_share: float,
    pull: Floats,
    sales: Floats,
) -> None:
    """Fill in what everybody sells on average at usual effort, what is sold along with it; as `sell` draws it.

    Parameters
    ----------
    sells : ndarray of bool, shape (sellers, businesses)
    sales : ndarray, shape (sellers, businesses)
    """
    alone = np.zeros(len(conversion))
    for i in range(len(patch)):
        for b in range(len(conversion)):
            chance = min(conversion[b] * pull[patch[i], b] * demand[b] * skill[i, b] * lift[i], 1.0)
            sales[i, b] = alone[b] = visits[i, b] * chance * yields[i, b]
        for b in range(len(conversion)):
            for along in range(len(conversion)):
                if along != b and sells[i, b] and sells[i, along]:
                    sales[i, along] += alone[b] * bundle_share * skill[i, along]


@njit(cache=True)  # type: ignore[untyped-decorator]
def strive(
    usual: Floats,
    demand: Floats,
    ahead: Floats,
    centre: Ints,
    stage: Ints,
    wanted: Floats,
    part: Floats,
    own: Ints,
    others: Ints,
    pace: Floats,
    weight: Floats,
    incentives: Floats,
    rules: tuple[float, float, float, float],
    effort: Floats,
) -> None:
    """Fill in everybody's effort in each business against his usual one.

    What a target asks for is what is missing, over what usual days to its end would bring. A business that counts less
    in the appraisal than his first one moves him by as much less.

    Parameters
    ----------
    usual : ndarray, shape (sellers, businesses)
        Sales of today at usual effort (`usual_sales`).
    demand : ndarray, shape (businesses,)
        Today's; tomorrow is expected to be as today, but for the season.
    ahead : ndarray, shape (centres, businesses)
        Demand to the end of the stage, today's included.
    wanted, part : ndarray, shape (stages + 1, sellers, businesses)
        As in `sim.world.goals`.
    own : ndarray, shape (sellers, stages + 1, businesses)
        Growth so far; ``others``, shape (stages + 1, businesses), that of outlets and halls.
    pace : ndarray, shape (businesses,)
        What outlets and halls bring at a demand of 1.
    rules : tuple
        push, slacken, give_up, hopeless; see `scenarios.rules.effort`.
    """
    push, slacken, give_up, hopeless = rules
    for i in range(len(stage)):
        s, more, most = stage[i], incentives[centre[i]], weight[i].max()
        for b in range(len(demand)):
            effort[i, b] = 1.0
            left = ahead[centre[i], b]
            if wanted[s, i, b] <= 0 or usual[i, b] <= 0 or weight[i, b] <= 0 or demand[b] <= 0 or left <= 0:
                continue
            missing = wanted[s, i, b] - own[i, s, b] - part[s, i, b] * (others[s, b] + pace[b] * left)
            asked = missing / (usual[i, b] / demand[b] * left)
            does = effort_compiled(
                asked, push + more, max(slacken - more, 0.0), max(give_up - more, 0.0), hopeless + more
            )
            effort[i, b] += (does - 1.0) * weight[i, b] / most
