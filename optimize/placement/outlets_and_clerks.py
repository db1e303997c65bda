"""What follows the sellers: who supports each outlet, and which clerks learn in which hall (F8, F15)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from foundation.arrays import Floats, Ints
from foundation.messages import Message
from optimize.placement.formulations import clerk_exchange, outlets_to_sellers
from optimize.solving.solver import solve
from scenarios import LimitError, Placement, Plan, Scenario, Territory
from scenarios.rules.unit_market import kilometres_between

OUTLETS = ("outlet_id", "centre", "community", "seller_id", "before")
CLERKS = ("centre", "from_hall", "to_hall", "clerks", "km")
LEAST_TIME = 0.05
"""Share of the day that counts as available of a seller who is on counter duty all day."""


def assign_outlets(
    scenario: Scenario, territory: Territory, placement: Placement, plans: Mapping[str, Plan] | None
) -> tuple[pd.DataFrame, str]:
    """Give every outlet a supporter from the team of its redrawn community.

    As many outlets as can keep the supporter they know; then the largest load (outlets per available seller) of those
    who take on more is least; then the ways from the sellers' homes are shortest. One model for each community.

    Parameters
    ----------
    scenario : Scenario
    territory : Territory
    placement : Placement
        In the redrawn communities.
    plans : mapping, optional
        With ``redrawn``; without it no outlet is assigned.

    Returns
    -------
    DataFrame
        ``outlet_id, centre, community, seller_id, before``; ``seller_id`` is empty where a community has nobody.
    str
        Proof of all models together: optimal or feasible.

    Raises
    ------
    LimitError
        An assignment was not found within ``partition.time_limit``.
    """
    if territory.outlets is None or not len(territory.outlets) or not plans or "redrawn" not in plans:
        return pd.DataFrame({c: pd.Series(dtype=object) for c in OUTLETS}), "optimal"
    table = territory.outlets.sort_values("outlet_id").reset_index(drop=True)
    unit = table["unit_id"].astype(str)
    result = pd.DataFrame(
        {
            "outlet_id": table["outlet_id"].astype(str),
            "centre": territory.units["centre"].astype(str).reindex(unit).to_numpy(),
            "community": plans["redrawn"].assignment.reindex(unit).astype(str).to_numpy(),
            "seller_id": "",
            "before": table["seller_id"].fillna("").astype(str).to_numpy() if "seller_id" in table else "",
        }
    )
    place = territory.units.index.get_indexer(pd.Index(unit))
    people = _people(territory)
    proofs = []
    for community, team in sorted(placement.table.groupby("community")["seller_id"]):
        inside = np.flatnonzero((result["community"] == community).to_numpy())
        if not len(inside):
            continue
        ids = sorted(team.astype(str))
        rows = people.reindex(ids)
        speed = scenario.selling.speed_km_per_hour
        way = kilometres_between(territory, place[inside], rows["home"].to_numpy(dtype=np.int64), speed)
        before = pd.Index(ids).get_indexer(pd.Index(result["before"].iloc[inside]))
        available = rows["available"].to_numpy(dtype=np.float64)
        chosen, proof = supporters(
            way, before.astype(np.int64), available, scenario.partition.time_limit, scenario.partition.work_limit
        )
        result.loc[inside, "seller_id"] = [ids[s] for s in chosen.tolist()]
        proofs.append(proof)
    return result, "optimal" if all(p == "optimal" for p in proofs) else "feasible"


def supporters(
    way: Floats, before: Ints, available: Floats, time_limit: float | None = None, work: float = math.inf
) -> tuple[Ints, str]:
    """Return the seller of every outlet of a team, and the proof.

    Nothing keeps a known outlet from its supporter, so all of them stay. The least largest load of those who take on
    the others comes by giving each to who is then loaded least (exact for equal jobs: an exchange argument); at that
    load the ways are a transportation problem.

    Parameters
    ----------
    way : ndarray, shape (outlets, sellers) [km]
    before : ndarray of int, shape (outlets,)
        Supporter of today, -1 where he is not in the team.
    available : ndarray, shape (sellers,)
        Share of the day, above 0.
    time_limit : float, optional
        [s]

    Raises
    ------
    LimitError
        The assignment was not found in time.
    """
    result = before.copy()
    load = np.bincount(before[before >= 0], minlength=way.shape[1])
    free = np.flatnonzero(before < 0)
    if not len(free):
        return result, "optimal"
    counts = load.copy()
    for _ in free:
        counts[int(np.argmin((counts + 1) / available))] += 1
    largest = float((counts / available)[counts > load].max())
    room = np.maximum(np.floor(largest * available + 1e-9).astype(np.int64) - load, 0)
    model = outlets_to_sellers.build(way[free], room)
    outcome = solve(model.problem, time_limit=time_limit, work=work)
    if outcome.objective is None:
        msg = Message(
            "no assignment of {count} {count:outlet|outlets} to {shape} sellers was found in time.",
            count=len(free),
            shape=way.shape[1],
        )
        raise LimitError(msg)
    for (o, s), x in model.x.items():
        if (x.varValue or 0.0) > 0.5:
            result[free[o]] = s
    return result, outcome.proof


def _people(territory: Territory) -> pd.DataFrame:
    """Return ``home``, the position of a unit, and ``available`` share of the day of every seller, by id."""
    assert territory.sellers is not None  # checked by the caller
    people = territory.sellers
    home = territory.units.index.get_indexer(pd.Index(people["home_unit"].astype(str)))
    counter = people["counter_share"].fillna(0.0).to_numpy(dtype=np.float64)
    return pd.DataFrame(
        {"home": home, "available": np.maximum(1.0 - counter, LEAST_TIME)},
        index=pd.Index(people["seller_id"].astype(str)),
    )


def exchange_clerks(scenario: Scenario, territory: Territory) -> tuple[pd.DataFrame, list[str]]:
    """Say how many clerks of each hall learn in which hall of the other company, centre by centre.

    Up to ``halls.exchange_clerks_share`` of a hall's clerks are away at a time, and as many come as go, so no counter
    loses hands. As many as possible are exchanged, over the shortest ways: those between the halls' units where the
    territory has distances, else straight lines between the halls.

    Parameters
    ----------
    scenario : Scenario
    territory : Territory
        With centres.
    work : float
        Units of deterministic work.

    Returns
    -------
    DataFrame
        ``centre, from_hall, to_hall, clerks, km``; rows of at least one clerk.
    list of str
        Centres in which nobody can be exchanged, with the reason.

    Raises
    ------
    LimitError
        An exchange was not found within ``partition.time_limit``.
    """
    rows: list[dict[str, object]] = []
    notes: list[str] = []
    table = territory.halls
    if table is None or not len(table):
        return pd.DataFrame({c: pd.Series(dtype=object) for c in CLERKS}), notes
    table = table.sort_values("hall_id").reset_index(drop=True)
    centre = territory.units["centre"].astype(str).reindex(table["unit_id"].astype(str)).to_numpy()
    for name in sorted(set(centre)):
        halls = table[centre == name]
        fixed = (halls["business"] == "fixed").tolist()
        most = np.floor(halls["clerks"].to_numpy(dtype=float) * scenario.halls.exchange_clerks_share + 0.5).astype(
            np.int64
        )
        if len(set(fixed)) < 2:
            notes.append(f"{name}: its halls are all of one company; no clerks can be exchanged.")
            continue
        way = _ways(territory, halls, scenario.selling.speed_km_per_hour)
        model = clerk_exchange.build(way, most, fixed)
        outcome = solve(model.problem, time_limit=scenario.partition.time_limit, work=scenario.partition.work_limit)
        if outcome.objective is None:
            msg = Message(
                "{name}: no exchange between {count} {count:hall|halls} was found in time.", name=name, count=len(halls)
            )
            raise LimitError(msg)
        ids = halls["hall_id"].astype(str).tolist()
        moved = {pair: round(f.varValue or 0.0) for pair, f in model.f.items()}
        if not any(moved.values()):
            notes.append(f"{name}: its halls are too small for {scenario.halls.exchange_clerks_share:.0%} on exchange.")
        rows.extend(
            {"centre": name, "from_hall": ids[h], "to_hall": ids[k], "clerks": n, "km": round(float(way[h, k]), 3)}
            for (h, k), n in sorted(moved.items())
            if n
        )
    return pd.DataFrame(rows, columns=list(CLERKS)), notes


def _ways(territory: Territory, halls: pd.DataFrame, speed_km_per_hour: float) -> Floats:
    """Return how far halls lie from each other, shape (halls, halls) [km]."""
    if territory.distances is not None:
        unit = territory.units.index.get_indexer(pd.Index(halls["unit_id"].astype(str))).astype(np.int64)
        return kilometres_between(territory, unit, unit, speed_km_per_hour)
    at = halls[["x", "y"]].to_numpy(dtype=np.float64)
    return np.asarray(np.sqrt(((at[:, None, :] - at[None, :, :]) ** 2).sum(axis=2)), dtype=np.float64)
