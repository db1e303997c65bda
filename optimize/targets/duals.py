"""What binds a split: the dual prices of a solved programme, and the cells that they settle."""

from __future__ import annotations

import numpy as np
import pulp

from optimize.targets.formulations.fair_share import ShareModel, Split

TIGHT = 1e-7
"""Below this a share counts as zero: the feasibility tolerance of the solver."""

Prices = tuple[dict[int, float], dict[int, float], float]
"""Of the capacities by cell, of the rows, and of the cap on change."""


def prices_of(split: Split, model: ShareModel) -> Prices:
    """Return by how much the objective falls per unit by which each capacity, row and the cap on change give way."""
    dual = duals_of(model)
    capacity = {g: -dual[name] for g, name in model.capacity.items()}
    rows = {r: max(abs(dual[name]) for name in names) for r, names in enumerate(model.rows)}
    cap = sum(_cap_price(split, g, t) for g, t in enumerate(model.t)) if np.isfinite(split.cap) else 0.0
    return {g: p for g, p in capacity.items() if p > TIGHT}, {r: p for r, p in rows.items() if p > TIGHT}, cap


def _cap_price(split: Split, g: int, target: pulp.LpVariable) -> float:
    """Return by how much the objective falls per unit of further cap because of one cell that stands at it."""
    f, t = float(split.fair[g]), float(target.varValue or 0.0)
    at_most = t >= (1 + split.cap) * f - TIGHT
    at_least = t <= (1 - split.cap) * f + TIGHT and split.floor < 1 - split.cap
    price = abs(float(target.dj or 0.0)) * f
    return price if split.ruled(g) and f > 0 and (at_most or at_least) and price > TIGHT else 0.0


def priced_cells(model: ShareModel) -> set[int]:
    """Return cells with a constraint of positive price: it is tight in every solution, so the deviation is settled."""
    dual, found = duals_of(model), set()
    for names in (model.above, model.below, model.capacity):
        found |= {g for g, name in names.items() if abs(dual[name]) > TIGHT}
    return found


def duals_of(model: ShareModel) -> dict[str, float]:
    """Return the dual value of each constraint by name, 0 where the solver gives none (PuLP 3 and 4 alike)."""
    return {str(constraint.name): float(constraint.pi or 0.0) for constraint in model.problem.constraints()}
