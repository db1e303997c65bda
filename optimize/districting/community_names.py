"""Names of new communities: those of today that they resemble most, else numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from foundation.arrays import Ints
from optimize.districting.problem.request import Request
from scenarios import Territory


def name_communities(
    piece: Territory, request: Request, group: str, label: Ints, sized: tuple[str, ...] = ()
) -> list[str]:
    """Name communities after today's ones they resemble most; others by number in the order of their first unit.

    The first communities have the names that their sizes were asked for under.
    """
    count = int(label.max()) + 1
    order = {k: n for n, k in enumerate(dict.fromkeys(label.tolist()), start=1)}
    prefix = f"{group}-" if group else ""
    names = [*sized, *(f"{prefix}{order[k]}" for k in range(len(sized), count))]
    used = set(sized)
    for k in range(len(sized), count):
        while names[k] in used:
            names[k] += "+"
        used.add(names[k])
    if request.current is None:
        return names
    weight = piece.attribute(request.weight or next(iter([*request.balance, *request.bounds])))
    today, known = pd.factorize(piece.units[request.current].astype(str), sort=True)
    shared = np.zeros((count, len(known)))
    np.add.at(shared, (label, today), np.maximum(weight, 1e-12))
    taken = set(range(len(sized)))
    shared[: len(sized)] = 0.0
    shared[:, pd.Index(known).isin(sized)] = 0.0
    for k, c in zip(*linear_sum_assignment(-shared), strict=True):
        if shared[k, c] > 0:
            names[k] = str(known[c])
            taken.add(k)
    used = {names[k] for k in taken}
    for k in range(count):
        while k not in taken and names[k] in used:
            names[k] += "+"
        used.add(names[k])
    return names
