"""Why is this unit here: what moving it to each neighbouring community would cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimize.instance import Instance, instance_of
from optimize.request import WHOLE
from optimize.result import PartitionResult
from optimize.verify import check_plan
from scenarios import InputError, Problem
from scenarios.keys import near


def explain(result: PartitionResult, unit: str) -> pd.DataFrame:
    """Return what moving a unit to each community next to it would cost.

    Parameters
    ----------
    result : PartitionResult
    unit : str
        Unit id.

    Returns
    -------
    DataFrame
        ``unit_id, community, change, change_share, allowed`` and, per balanced attribute, the deviations that the
        old and the new community would have; the first row is the plan as it is. ``change`` is in units of the
        objective; ``allowed`` names what the move would break, or says yes.

    Raises
    ------
    InputError
        The territory has no such unit.
    """
    territory = result.territory
    if unit not in territory.units.index:
        remedy = near(unit, list(territory.unit_ids))
        raise InputError(Problem("unit", unit, f"{territory.name} has no such unit", remedy))
    group = WHOLE if result.within is None else str(territory.units.at[unit, result.within])
    piece = territory
    if group != WHOLE:
        column = territory.units[str(result.within)].astype(str)
        piece = territory.subset(territory.units.index[column == group])
    assignment = result.assignment.reindex(piece.units.index)
    names = sorted(assignment.unique())
    label = np.array([names.index(c) for c in assignment], dtype=np.int64)
    instance = _instance(result, piece, len(names))
    here = piece.unit_ids.index(unit)
    around = instance.neighbours(here)
    base = check_plan(instance, label)
    rows = [_row(instance, result, names, unit, int(label[here]), label, base.value)]
    for k in sorted(set(label[around].tolist()) - {int(label[here])}):
        moved = label.copy()
        moved[here] = k
        rows.append(_row(instance, result, names, unit, int(label[here]), moved, base.value, to=k))
    return pd.DataFrame(rows)


def _instance(result: PartitionResult, piece: object, communities: int) -> Instance:
    request = result.request
    return instance_of(
        piece,  # type: ignore[arg-type]
        communities,
        objective=result.objective,
        weight=result.weight,
        balance=request["balance"],
        bounds={name: (low, high) for name, (low, high) in request["bounds"].items()},
    )


def _row(
    instance: Instance,
    result: PartitionResult,
    names: list[str],
    unit: str,
    home: int,
    label: np.ndarray,
    value: float,
    to: int | None = None,
) -> dict[str, object]:
    check = check_plan(instance, label)
    place = home if to is None else to
    change = check.value - value if to is None or set(label.tolist()) == set(range(len(names))) else np.nan
    row: dict[str, object] = {
        "unit_id": unit,
        "community": names[place],
        "change": change,
        "change_share": change / value if value else 0.0,
        "allowed": "yes" if not check.faults else _in_words("; ".join(check.faults), names),
    }
    for q, attribute in enumerate(result.balanced):
        mean = instance.mean[q]
        row[f"{attribute}_deviation_from"] = float(check.sums[home, q] / mean - 1) if mean else 0.0
        row[f"{attribute}_deviation_to"] = float(check.sums[place, q] / mean - 1) if mean else 0.0
    return row


def _in_words(faults: str, names: list[str]) -> str:
    """Return the faults with the communities' names instead of their numbers."""
    for k in reversed(range(len(names))):
        faults = faults.replace(f"community {k} ", f"community {names[k]} ")
    return faults
