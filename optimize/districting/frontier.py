"""Frontiers: what a tighter balance, less disruption, or another number of communities costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from foundation.messages import Message
from optimize.districting.partition import partition
from optimize.districting.problem.instance import DEFAULT_BALANCE
from optimize.districting.result import PartitionResult
from scenarios import InfeasibleError, InputError, LimitError, Problem, Territory

Tick = Callable[[int, int], None]
MOVED = (0.05, 0.1, 0.2, 0.3, 0.5)
LOOSER = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Tolerances of the frontier, as multiples of those asked for."""

TIE = 1e-7
"""Relative distance within which a bound and the value of another plan are equal."""


def frontier(
    territory: Territory,
    communities: int,
    *,
    over: Literal["balance", "disruption"] = "balance",
    values: Sequence[float] | None = None,
    progress: Tick | None = None,
    **options: Any,
) -> tuple[pd.DataFrame, list[PartitionResult]]:
    """Solve the request for a row of limits and show what each limit costs.

    Parameters
    ----------
    territory : Territory
    communities : int
    over : {"balance", "disruption"}
        Vary the tolerances of ``balance`` together, or ``max_moved`` (needs ``current``).
    values : sequence of float, optional
        Factors on the tolerances, or shares of moved workload; default: five of each.
    progress : callable, optional
        Told how many points are done, of how many.
    **options
        As for `optimize.partition`.

    Returns
    -------
    DataFrame
        ``limit, value, bound, gap, proof, worst_deviation, moved, best``: a row per limit; ``best`` is the least value
        known under that limit, since a plan for a tighter limit also keeps a looser one. Empty values: no plan was
        found, and ``proof`` says whether there is none.
    list of PartitionResult
        The plans that were found, in order of the limits.
    """
    balance = dict(options.pop("balance", None) or ({} if options.get("bounds") else DEFAULT_BALANCE))
    if over == "balance" and not balance:
        raise InputError(
            Problem("frontier", over, Message("only bounds are given, which do not vary"), Message("Give tolerances."))
        )
    if over == "disruption" and not options.get("current"):
        raise InputError(
            Problem("frontier", over, Message("it needs today's communities"), Message("Name them with --current."))
        )
    points = sorted(values or (LOOSER if over == "balance" else MOVED))
    rows: list[dict[str, Any]] = []
    found: list[PartitionResult] = []
    for done, point in enumerate(points, start=1):
        asked = {name: min(tol * point, 1.0) for name, tol in balance.items()} if over == "balance" else balance
        extra = {} if over == "balance" else {"max_moved": point}
        limit = next(iter(asked.values())) if over == "balance" else point
        rows.append({"limit": limit, **_solve(territory, communities, found, balance=asked, **extra, **options)})
        if progress is not None:
            progress(done, len(points))
    table = _distrusted(pd.DataFrame(rows))
    table["best"] = table["value"].cummin()
    return table, found


def _distrusted(table: pd.DataFrame) -> pd.DataFrame:
    """Take back what a plan for a tighter limit, which keeps a looser one as well, contradicts."""
    table = table.copy()
    known = table["value"].cummin().ffill().shift(fill_value=np.inf)
    denied = (table["proof"] == "infeasible") & np.isfinite(known)
    above = table["bound"] > known * (1 + TIE)
    table.loc[denied, "proof"] = "unknown"
    table.loc[above & (table["proof"] == "optimal"), "proof"] = "feasible"
    table.loc[above, ["bound", "gap"]] = np.nan
    return table


def numbers(
    territory: Territory, counts: Sequence[int], *, progress: Tick | None = None, **options: Any
) -> tuple[pd.DataFrame, list[PartitionResult]]:
    """Solve the request for several numbers of communities.

    Returns
    -------
    DataFrame
        ``communities, value, bound, gap, proof, worst_deviation, moved, recommended``. Recommended is the number at
        the bend of the curve: farthest below the straight line from the first to the last value.
    list of PartitionResult
    """
    rows: list[dict[str, Any]] = []
    found: list[PartitionResult] = []
    for done, count in enumerate(counts, start=1):
        rows.append({"communities": count, **_solve(territory, count, found, **options)})
        if progress is not None:
            progress(done, len(counts))
    table = pd.DataFrame(rows)
    table["recommended"] = 0
    known = table.dropna(subset=["value"])
    if len(known):
        table.loc[
            known.index[bend(known["communities"].to_numpy(float), known["value"].to_numpy(float))], "recommended"
        ] = 1
    return table, found


def bend(x: np.ndarray, y: np.ndarray) -> int:
    """Return the position farthest below the straight line between the first and the last point."""
    if len(x) < 3 or x[-1] == x[0]:
        return int(np.argmin(y))
    line = y[0] + (y[-1] - y[0]) * (x - x[0]) / (x[-1] - x[0])
    return int(np.argmax(line - y))


def _solve(territory: Territory, communities: int, found: list[PartitionResult], **options: Any) -> dict[str, Any]:
    try:
        result = partition(territory, communities, **options)
    except (InfeasibleError, LimitError) as error:
        proof = "infeasible" if isinstance(error, InfeasibleError) else "unknown"
        return {
            "value": np.nan,
            "bound": np.nan,
            "gap": np.nan,
            "proof": proof,
            "worst_deviation": np.nan,
            "moved": np.nan,
        }
    found.append(result)
    weight = territory.attribute(result.weight)
    moved = np.nan
    if result.current:
        moved = float(weight[(territory.units[result.current].astype(str) != result.assignment).to_numpy()].sum())
        moved /= float(weight.sum()) or 1.0
    return {
        "value": result.value,
        "bound": np.nan if result.bound is None else result.bound,
        "gap": np.nan if result.gap is None else result.gap,
        "proof": result.proof,
        "worst_deviation": max(result.worst_deviation.values(), default=0.0),
        "moved": moved,
    }
