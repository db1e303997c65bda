"""Placement: every seller, with the outlets he knows, finds his centre and his community (F7, F8, F15)."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from foundation.arrays import Floats, Ints
from foundation.atomic_files import write_text
from foundation.findings import named
from foundation.messages import Message
from foundation.plurals import counted
from foundation.safe_csv import csv_text
from optimize.placement.formulations import sellers_to_communities
from optimize.placement.outlets_and_clerks import assign_outlets, exchange_clerks
from optimize.solving.solver import solve
from scenarios import InputError, LimitError, Placement, Plan, Problem, Scenario, Territory
from scenarios.rules.unit_market import kilometres_between
from scenarios.rules.workload import workload
from scenarios.territory.regions import apportion

KINDS = ("redrawn", "subdivided")
MOST_SHOWN = 5
"""Communities named in a note."""


@dataclass(frozen=True)
class PlacementResult:
    """Who works where after the merger.

    Attributes
    ----------
    placements : mapping
        ``redrawn`` and ``subdivided`` (whichever plans were given; ``centre`` alone without plans) -> Placement.
    overlay : DataFrame
        Grid managers by centres: share of the territory each knows that lies in each centre (F8), by population.
    outlets : DataFrame
        ``outlet_id, centre, community, seller_id, before``: who supports each outlet in the redrawn communities.
    mix : DataFrame
        ``kind, community, sellers, grid_managers, wanted_least, wanted_most``.
    proof : {"optimal", "feasible"}
        Of the assignment models together.
    clerks : DataFrame
        ``centre, from_hall, to_hall, clerks, km``: who is on exchange during the drills (F15).
    notes : tuple of str
        Communities without sellers, outlets without a supporter, centres in which nobody can be exchanged.
    """

    placements: Mapping[str, Placement]
    overlay: pd.DataFrame
    outlets: pd.DataFrame
    mix: pd.DataFrame
    proof: str
    clerks: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()

    @property
    def placement(self) -> Placement:
        """The placement in the redrawn communities (in the centres alone where no plan was given)."""
        return next(iter(self.placements.values()))

    def __str__(self) -> str:
        """Return the placement on one screen."""
        table = self.placement.table
        grid = table[table["force"] == "GM"]
        people, places = counted(len(table), "seller"), counted(table["centre"].nunique(), "centre")
        lines = [f"{people} in {places}; assignment {self.proof}"]
        if len(grid):
            lines.append(
                f"  grid managers: {grid['overlap'].mean():.0%} of what they know lies in their centre on average, "
                f"{(grid['overlap'] >= 1 - 1e-9).sum()} of {len(grid)} keep all of it"
            )
        for kind, group in self.mix.groupby("kind", sort=False):
            off = (
                (group["grid_managers"] < group["wanted_least"]) | (group["grid_managers"] > group["wanted_most"])
            ).sum()
            lines.append(f"  {kind}: {len(group)} teams, {off} outside the wanted mix of forces")
        if len(self.outlets):
            known = self.outlets[self.outlets["before"] != ""]
            kept = int((known["seller_id"] == known["before"]).sum())
            lines.append(f"  outlets: {kept} of {len(known)} keep the supporter they know")
        if len(self.clerks):
            lines.append(f"  halls: {int(self.clerks['clerks'].sum())} clerks on exchange at a time")
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])

    def _repr_html_(self) -> str:
        shown = self.to_frame().to_html(index=False, escape=True, max_rows=20, formatters={"overlap": "{:.0%}".format})
        return f"<pre>{html.escape(str(self))}</pre>{shown}"

    def to_frame(self) -> pd.DataFrame:
        """Return ``seller_id, force, centre, community, overlap``."""
        return self.placement.table

    def save(self, folder: Path | str) -> Path:
        """Write placement.csv, overlay.csv, outlets_assignment.csv and clerks_exchange.csv."""
        out = Path(folder)
        for name, table in (
            ("placement", self.to_frame()),
            ("overlay", self.overlay),
            ("outlets_assignment", self.outlets),
            ("clerks_exchange", self.clerks),
        ):
            write_text(out / f"{name}.csv", csv_text(table))
        return out


def place_sellers(scenario: Scenario, territory: Territory, plans: Mapping[str, Plan] | None = None) -> PlacementResult:
    """Place every seller in a centre and, where plans are given, in a community.

    A grid manager goes to the centre where most population of the territory he knows lies (the overlay of F8; ties go
    to the centre first by name): with no limit on a centre's staff this maximises the total overlap. A community
    manager stays in the centre of his home. Within a centre an assignment model forms the teams: outlets that keep
    their supporter and the territory that sellers know, less their ways, count as `placement` weighs them.

    Parameters
    ----------
    scenario : Scenario
    territory : Territory
        With centres, population and sellers.
    plans : mapping, optional
        ``redrawn`` and ``subdivided`` -> Plan; in subdivided communities everybody stays in his redrawn one.

    Raises
    ------
    InputError
        The territory has no sellers or no centres.
    LimitError
        The solver found no team assignment.
    """
    if territory.sellers is None or territory.sellers.empty or "centre" not in territory.units:
        raise InputError(
            Problem(
                territory.name,
                None,
                Message("sellers and centres are needed"),
                Message("Complete the territory first."),
            )
        )
    people = territory.sellers.sort_values("seller_id").reset_index(drop=True)
    known, supported = _known_population(territory, people), _supported_outlets(territory, people)
    centres = territory.units["centre"].astype(str)
    names = sorted(centres.unique())
    overlap = _shares(known, centres, names)
    is_gm = (people["force"] == "GM").to_numpy()
    home = territory.units.index.get_indexer(pd.Index(people["home_unit"].astype(str)))
    chosen = np.where(is_gm, overlap.argmax(axis=1), [names.index(centres.iloc[h]) for h in home])
    table = pd.DataFrame(
        {
            "seller_id": people["seller_id"].astype(str),
            "force": people["force"].astype(str),
            "centre": [names[c] for c in chosen],
            "community": "",
            "overlap": np.round(overlap[np.arange(len(people)), chosen], 6),
        }
    )
    overlay = pd.DataFrame(np.round(overlap[is_gm], 6), columns=names)
    overlay.insert(0, "seller_id", table.loc[is_gm, "seller_id"].to_numpy())
    placements, mixes, proofs = {}, [], []
    group = table["centre"]
    weights = workload(territory, scenario.indicators)
    for kind in KINDS:
        if plans is None or kind not in plans:
            continue
        plan = plans[kind].assignment.reindex(territory.units.index).astype(str)
        parent = centres if kind == "redrawn" or "redrawn" not in placements else _parents(plans["redrawn"], territory)
        community, mix, proof = _teams(scenario, territory, group, parent, plan, weights, known, supported, home, is_gm)
        placements[kind] = Placement(table.assign(community=community))
        mixes.append(mix.assign(kind=kind))
        proofs.append(proof)
        group = community
    if not placements:
        placements["centre"] = Placement(table)
    mix = pd.concat(mixes, ignore_index=True) if mixes else pd.DataFrame({"kind": []})
    proof = "optimal" if all(p == "optimal" for p in proofs) else "feasible"
    supporters, outlets_proof = assign_outlets(scenario, territory, next(iter(placements.values())), plans)
    proof = proof if outlets_proof == "optimal" else "feasible"
    exchange, notes = exchange_clerks(scenario, territory)
    notes = [*_without_sellers(placements, plans, supporters), *notes]
    return PlacementResult(placements, overlay, supporters, mix, proof, exchange, tuple(notes))


def _without_sellers(
    placements: Mapping[str, Placement], plans: Mapping[str, Plan] | None, supporters: pd.DataFrame
) -> list[str]:
    """Name the communities in which nobody works, and count the outlets that this leaves without support."""
    found = []
    for kind, plan in (plans or {}).items():
        if kind not in placements:
            continue
        staffed = set(placements[kind].table["community"])
        empty = sorted(set(plan.assignment.astype(str)) - staffed)
        if empty:
            found.append(
                Message(
                    "{kind}: no seller is left for {count} of the communities: {names}.",
                    kind=kind,
                    count=len(empty),
                    names=named(empty, MOST_SHOWN),
                )
            )
    alone = int((supporters["seller_id"] == "").sum()) if len(supporters) else 0
    return [*found, *([f"{alone} outlets lie where nobody works and have no supporter."] if alone else [])]


def _known_population(territory: Territory, people: pd.DataFrame) -> Floats:
    """Return the population of each unit that each seller knows, shape (sellers, units)."""
    population = territory.attribute("population")
    known = np.zeros((len(people), len(territory)))
    for s, row in enumerate(people.to_dict("records")):
        text = row.get("knows")
        ids = [u for u in str(text).split(";") if u] if isinstance(text, str) else []
        units = territory.units.index.get_indexer(pd.Index([*ids, str(row["home_unit"])]))
        units = units[:-1][units[:-1] >= 0] if (units[:-1] >= 0).any() else units[-1:]  # who knows nothing knows home
        known[s, units] = np.maximum(population[units], 1e-9)
    return known


def _supported_outlets(territory: Territory, people: pd.DataFrame) -> Floats:
    """Return how many outlets of each unit each seller supports today, shape (sellers, units)."""
    found = np.zeros((len(people), len(territory)))
    table = territory.outlets
    if table is not None and "seller_id" in table:
        who = pd.Index(people["seller_id"].astype(str)).get_indexer(pd.Index(table["seller_id"].fillna("").astype(str)))
        unit = territory.units.index.get_indexer(pd.Index(table["unit_id"].astype(str)))
        np.add.at(found, (who[who >= 0], unit[who >= 0]), 1.0)
    return found


def _shares(known: Floats, label: pd.Series[Any], names: list[str]) -> Floats:
    """Return which share of what each seller knows lies under each label, shape (sellers, labels)."""
    code = pd.Index(names).get_indexer(pd.Index(label.astype(str)))
    inside = np.zeros((len(label), len(names)))
    inside[np.flatnonzero(code >= 0), code[code >= 0]] = 1.0
    sums = known @ inside
    total = np.maximum(known.sum(axis=1, keepdims=True), 1e-300)
    return np.asarray(sums / total)


def _ways(scenario: Scenario, territory: Territory, home: Ints, communities: list[Ints]) -> Floats:
    """Return the way from every home to the middle of every community, shape (homes, communities) [km].

    By road or travel time, where the territory has that, to the unit that lies nearest to the middle.
    """
    points = territory.coordinates
    middle = np.array([points[inside].mean(axis=0) for inside in communities])
    if territory.distances is None:
        return np.asarray(np.sqrt(((points[home][:, None, :] - middle[None, :, :]) ** 2).sum(axis=2)))
    off = [((points[inside] - at) ** 2).sum(axis=1) for inside, at in zip(communities, middle, strict=True)]
    nearest = np.array([inside[int(gap.argmin())] for inside, gap in zip(communities, off, strict=True)])
    return kilometres_between(territory, home, nearest, scenario.selling.speed_km_per_hour)


def _parents(redrawn: Plan, territory: Territory) -> pd.Series[Any]:
    return redrawn.assignment.reindex(territory.units.index).astype(str)


def _teams(
    scenario: Scenario,
    territory: Territory,
    group: pd.Series[Any],
    parent: pd.Series[Any],
    plan: pd.Series[Any],
    weights: Floats,
    known: Floats,
    supported: Floats,
    home: Ints,
    is_gm: np.ndarray,
) -> tuple[pd.Series[Any], pd.DataFrame, str]:
    """Assign the sellers of every group (a centre, or a redrawn community) to the communities inside it."""
    community = pd.Series("", index=group.index, dtype=object)
    mixes, proof = [], "optimal"
    for name in sorted(parent.unique()):
        inside = np.flatnonzero((parent == name).to_numpy())
        labels = list(dict.fromkeys(sorted(plan.iloc[inside])))
        members = np.flatnonzero((group == name).to_numpy())
        if not len(members):
            continue
        if len(labels) == 1:
            community.iloc[members] = labels[0]
            mixes.append({"community": labels[0], "sellers": len(members), "grid_managers": int(is_gm[members].sum())})
            continue
        load = np.array([weights[inside][(plan.iloc[inside] == c).to_numpy()].sum() for c in labels])
        size = apportion(load, len(members), least=1)
        share = is_gm[members].mean()
        slack = scenario.placement.gm_share_tolerance
        least = np.floor(size * max(0.0, share * (1 - slack)) + 1e-9).astype(np.int64)
        most = np.ceil(size * min(1.0, share * (1 + slack)) - 1e-9).astype(np.int64)
        merit = _shares(known[members], plan.where(parent == name, ""), labels)
        way = _ways(scenario, territory, home[members], [inside[(plan.iloc[inside] == c).to_numpy()] for c in labels])
        rules = scenario.placement
        here = np.stack([((parent == name) & (plan == c)).to_numpy() for c in labels], axis=1).astype(np.float64)
        merit = merit - rules.distance_weight * way + rules.outlet_weight * (supported[members] @ here)
        price = float(np.abs(merit).max()) * 2 + 1.0
        model = sellers_to_communities.build(merit, size, is_gm[members].tolist(), least, most, price)
        outcome = solve(model.problem, time_limit=scenario.partition.time_limit, work=scenario.partition.work_limit)
        if outcome.objective is None:
            msg = Message(
                "{name}: no assignment of {count} sellers to {total} communities was found in time.",
                name=name,
                count=len(members),
                total=len(labels),
            )
            raise LimitError(msg)
        proof = proof if outcome.proof == "optimal" else "feasible"
        for s, member in enumerate(members.tolist()):
            community.iloc[member] = next(labels[c] for c in range(len(labels)) if (model.x[s, c].varValue or 0) > 0.5)
        for c, label in enumerate(labels):
            team = members[(community.iloc[members] == label).to_numpy()]
            mixes.append(
                {
                    "community": label,
                    "sellers": len(team),
                    "grid_managers": int(is_gm[team].sum()),
                    "wanted_least": int(least[c]),
                    "wanted_most": int(most[c]),
                }
            )
    mix = pd.DataFrame(mixes).reindex(columns=["community", "sellers", "grid_managers", "wanted_least", "wanted_most"])
    mix["wanted_least"] = mix["wanted_least"].fillna(mix["grid_managers"]).astype(int)
    mix["wanted_most"] = mix["wanted_most"].fillna(mix["grid_managers"]).astype(int)
    return community.astype(str), mix, proof
