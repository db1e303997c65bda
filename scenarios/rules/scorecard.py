"""The scorecard of any plan, today's included: one row per community, computed without a solver."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scenarios import Plan, Territory
from scenarios.rules.moved import share_moved

ATTRIBUTES = ("workload", "population", "households", "enterprises", "fixed_subscribers", "mobile_subscribers")


def scorecard(territory: Territory, plan: Plan, current: Plan | None = None) -> pd.DataFrame:
    """Score every community of a plan.

    Parameters
    ----------
    territory : Territory
    plan : Plan
    current : Plan, optional
        Today's communities; the share of a community's workload that came from elsewhere is counted against them.

    Returns
    -------
    DataFrame
        ``community, centre, units``, each known attribute's sum and its deviation from the mean of the
        centre's communities [share], ``moment`` [workload · km2], ``cut_edges``, ``radius`` [km], ``moved`` [share]
        (`scenarios.rules.moved.share_moved`).
    """
    label = plan.assignment.reindex(territory.units.index).astype(str).to_numpy()
    centre = territory.units["centre"].astype(str).to_numpy()
    attributes = [a for a in ATTRIBUTES if a in territory.units and territory.units[a].notna().all()]
    weight = territory.attribute(attributes[0])
    values = {a: territory.attribute(a) for a in attributes}
    edges = territory.edge_positions
    cut = label[edges[:, 0]] != label[edges[:, 1]]
    rows = []
    for community in sorted(set(label), key=natural):
        inside = np.flatnonzero(label == community)
        squares = _squares_from_seat(territory, inside, weight[inside])
        row: dict[str, object] = {"community": community, "centre": centre[inside[0]], "units": len(inside)}
        row |= {a: values[a][inside].sum() for a in attributes}
        row["moment"] = float((weight[inside] * squares).sum())
        row["cut_edges"] = int((cut & ((label[edges[:, 0]] == community) | (label[edges[:, 1]] == community))).sum())
        row["radius"] = float(np.sqrt(squares.max()))
        row["moved"] = 0.0 if current is None else share_moved(weight[inside], current.assignment.to_numpy()[inside])
        rows.append(row)
    table = pd.DataFrame(rows)
    for a in attributes:
        mean = table.groupby("centre")[a].transform("mean")
        table.insert(int(table.columns.get_indexer(pd.Index([a]))[0]) + 1, f"{a}_deviation", table[a] / mean - 1)
    return table


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """Return a key that sorts ``c2`` before ``c10``."""
    parts: list[str] = []
    for char in text:
        if parts and char.isdigit() == parts[-1][-1].isdigit():
            parts[-1] += char
        else:
            parts.append(char)
    return tuple((0, int(p)) if p.isascii() and p.isdigit() else (1, p) for p in parts)


def _squares_from_seat(territory: Territory, inside: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the squared distances of a community's units from its best seat."""
    if territory.distances is not None:
        among = territory.distances.matrix[np.ix_(inside, inside)] ** 2
        return np.asarray(among[:, int(np.argmin(weight @ among))])
    points = territory.coordinates[inside]
    return np.asarray(((points - points[_seat(points, weight)]) ** 2).sum(axis=1))


def _seat(points: np.ndarray, weight: np.ndarray) -> int:
    """Return the position of the unit that minimises the weighted squared distance to all units."""
    total, mean = weight.sum(), weight @ points
    cost = total * (points**2).sum(axis=1) - 2 * points @ mean
    return int(np.argmin(cost))
