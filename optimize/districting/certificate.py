"""A certificate: the problem, the plan and what its bound rests on as plain data, for code that checks it alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from optimize.districting.heuristic.current_plan import Today
from optimize.districting.problem.evidence import Entry
from optimize.districting.problem.instance import Instance
from optimize.districting.prove import Solved

FORMAT = 1
"""Version of a certificate."""


def certificate(
    name: str, instance: Instance, solved: Solved, today: Today | None, shared: int | None
) -> dict[str, Any]:
    """Return a certificate of one part of a plan.

    Parameters
    ----------
    name : str
        Of the part, empty for the whole territory.
    instance : Instance
    solved : Solved
    today : Today or None
    shared : int or None
        Number of the piece where locks leave several that share a number of communities: that another way to share it
        is no better, this certificate does not say.

    Returns
    -------
    dict
        Numbers, text and lists only, so that it can be written as JSON and read by anything; an infinite number is
        None. ``least`` and ``most`` are the bounds that sums are held to, a rounding included; where communities are of
        unequal size, ``sizes`` has those of each, and ``least`` and ``most`` are the widest of them.
    """
    least, most = instance.evened().tolerated()
    return {
        "format": FORMAT,
        "part": name,
        "shares_communities": shared is not None,
        "objective": instance.objective,
        "communities": instance.communities,
        "units": list(instance.names),
        "points": _plain(instance.points),
        "distances": None if instance.distances is None else _plain(instance.distances),
        "weight": _plain(instance.weight),
        "edges": _plain(instance.edges),
        "balanced": list(instance.balanced),
        "loads": _plain(instance.loads),
        "least": _plain(least),
        "most": _plain(most),
        "sizes": _sizes(instance),
        "fixed_seats": _plain(instance.seats),
        "together": [list(group) for group in instance.together],
        "apart": _plain(instance.apart),
        "radius": _plain(instance.radius),
        "splits": [{"most": limit.most, "groups": [list(g) for g in limit.groups]} for limit in instance.splits],
        "today": None if today is None else _plain(today.label),
        "most_moved": None if today is None else _plain(today.most_moved),
        "plan": _plain(solved.label),
        "value": _plain(solved.value),
        "bound": _plain(-math.inf if solved.bound is None else solved.bound),
        "proof": "optimal" if solved.optimal else "feasible",
        "evidence": _entries(solved.evidence),
        "tie": None if solved.tie is None else _tie(solved),
    }


def _sizes(instance: Instance) -> dict[str, Any] | None:
    """Return the bounds of every community, in the plan's order, where they are not all alike."""
    if not instance.is_sized:
        return None
    least, most = instance.tolerated()
    return {"least": _plain(least), "most": _plain(most)}


def _tie(solved: Solved) -> dict[str, Any]:
    assert solved.tie is not None
    known = {key: _plain(fact) for key, fact in solved.tie.items() if key != "evidence"}
    return {**known, "evidence": _entries([] if solved.doubt else solved.tie.get("evidence", []))}


def _entries(ledger: list[Entry]) -> list[dict[str, Any]]:
    return [{key: _plain(fact) for key, fact in entry.items()} for entry in ledger]


def _plain(fact: Any) -> Any:
    """Return numbers and arrays as JSON has them; what is not finite as None."""
    if isinstance(fact, np.ndarray):
        return [_plain(one) for one in fact.tolist()]
    if isinstance(fact, list):
        return [_plain(one) for one in fact]
    if isinstance(fact, float | np.floating):
        return float(fact) if math.isfinite(fact) else None
    return fact
