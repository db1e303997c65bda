"""The result of a partition: plan, value, proven bound, and a scorecard; frozen, printable, saveable."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation.atomic_files import atomic_path, write_bytes, write_text
from foundation.geopackage import write_layers
from foundation.plurals import counted
from foundation.safe_csv import csv_text
from foundation.versions import versions
from optimize.districting.problem.sizes import shares_in
from optimize.solving.solver import relative_gap
from scenarios import Plan, Territory
from scenarios.rules.moved import share_moved, share_renamed
from scenarios.territory.notebook_map import sketch

MOST_SHOWN = 12
"""Communities that a notebook shows; scorecard.csv holds all."""

UNITS = {
    "moment": "{weight} · {km}2",
    "distance": "{weight} · {km}",
    "radius": "{km}",
    "cut-edges": "adjacencies",
}
"""What a value of each objective is measured in."""

FORMAT = 1
"""Version of result.json."""


@dataclass(frozen=True)
class PartitionResult:
    """Communities, what they are worth, and what is proven about them.

    Attributes
    ----------
    territory : Territory
    assignment : Series, unit_id -> community
    seats : mapping, community -> unit_id
    objective : {"moment", "distance", "radius", "cut-edges"}
    value : float
        Moment [weight · km2] or distance [weight · km] about the seats, the largest distance from one [km], or cut
        adjacencies. With groups (``within``) the sum over groups, of radii the largest.
    bound : float or None
        No plan is better.
    proof : {"optimal", "feasible"}
        An infeasible request raises instead.
    seconds : float
    worst_deviation : mapping, attribute -> share
        Largest deviation of a community's sum from the mean of its group.
    weight : str
        Attribute that distances are weighted by.
    balanced : tuple of str
    within, current : str or None
        Columns that were asked for.
    seed : int
    request : mapping
        The request, for result.json.
    certificates : tuple of mapping
        What is needed to check value and bound, a part each (`certificate`); certificate.json.
    tie : mapping or None
        Where the radius is minimised: ``objective, value, bound, proof`` of the sum of distances among plans of the
        same radius.
    contradictions : tuple of str
        Proofs that were withdrawn because a plan contradicts them: a defect of the program.
    clock_bound : tuple of str
        What the safety stop of the clock cut short; empty: every machine gives the same plan.
    work : float
        Units of deterministic work that it took.
    course : mapping of part to sequence of (work, value)
        Of every part of the plan (empty: of the whole), what the best value was after how many units of work.
    content : bytes or None
        Of plan.csv, where people drew the plan.
    """

    territory: Territory
    assignment: pd.Series[str]
    seats: Mapping[str, str]
    objective: str
    value: float
    bound: float | None
    proof: Literal["optimal", "feasible"]
    seconds: float
    worst_deviation: Mapping[str, float]
    weight: str
    balanced: tuple[str, ...]
    within: str | None
    current: str | None
    seed: int
    request: Mapping[str, Any]
    contiguous: bool = True
    certificates: tuple[Mapping[str, Any], ...] = field(default=(), repr=False, compare=False)
    contradictions: tuple[str, ...] = ()
    clock_bound: tuple[str, ...] = ()
    work: float = 0.0
    course: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict, repr=False)
    tie: Mapping[str, Any] | None = None
    content: bytes | None = field(default=None, repr=False, compare=False)

    @property
    def gap(self) -> float | None:
        """Relative distance between value and bound."""
        return relative_gap(self.value, self.bound)

    @property
    def communities(self) -> int:
        """Number of communities."""
        return int(self.assignment.nunique())

    @property
    def plan(self) -> Plan:
        """The plan as it crosses to the simulation."""
        return Plan(self.assignment, dict(self.seats), self.content)

    def __repr__(self) -> str:
        """Say what it is in a line; `str` and the notebook show it."""
        bound = "no bound" if self.bound is None else f"bound {self.bound:.6g}"
        return (
            f"<PartitionResult {self.territory.name!r}: {len(self.assignment)} units, {self.communities} communities, "
            f"{self.objective} {self.value:.6g} ({bound}, {self.proof})>"
        )

    def __str__(self) -> str:
        """Return the result on one screen."""
        bound = "no bound" if self.bound is None else f"bound {self.bound:,.6g}"
        gap = "no gap" if self.gap is None else f"gap {self.gap:.2%}"
        lines = [
            f"{self.territory.name}: {counted(len(self.assignment), 'unit')} into "
            + counted(self.communities, "community", "communities"),
            f"  {self.objective} {self.value:,.6g} ({bound}, {gap}): "
            + ("proven optimal" if self.proof == "optimal" else "feasible, not proven optimal"),
            *(
                []
                if self.tie is None
                else [f"  then {self.tie['objective']} {self.tie['value']:,.6g} ({self.tie['proof']})"]
            ),
            *(f"  {name}: worst deviation {share:.2%}" for name, share in self.worst_deviation.items()),
            f"  contiguous, {self.seconds:.1f} s, seed {self.seed}",
            *([clock_remark(self.clock_bound)] if self.clock_bound else []),
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        card = _readable(self.scorecard(), self.weight, self.territory.measured_in).to_html(
            index=False, escape=True, max_rows=MOST_SHOWN
        )
        return f"<pre>{html.escape(str(self))}</pre>{sketch(self.territory, self.assignment)}{card}"

    def to_frame(self) -> pd.DataFrame:
        """Return ``unit_id, community, is_seat``."""
        seats = set(self.seats.values())
        ids = self.assignment.index.astype(str)
        return pd.DataFrame(
            {"unit_id": ids, "community": self.assignment.to_numpy(), "is_seat": [int(unit in seats) for unit in ids]}
        )

    def scorecard(self) -> pd.DataFrame:
        """Return a row per community: units, sums and deviations, moment, cut edges, radius, share moved."""
        units, label = self.territory.units, self.assignment.to_numpy()
        group = units[self.within].astype(str).to_numpy() if self.within else np.full(len(units), "")
        weight = self.territory.attribute(self.weight)
        edges = self.territory.edge_positions
        cut = label[edges[:, 0]] != label[edges[:, 1]]
        position = {unit: i for i, unit in enumerate(self.territory.unit_ids)}
        sums = {name: pd.Series(self.territory.attribute(name)).groupby(label).sum() for name in self.balanced}
        rows, shares = [], self._shares()
        for community in dict.fromkeys(label[np.argsort(group, kind="stable")]):
            inside = np.flatnonzero(label == community)
            seat = position[self.seats[community]]
            away = self._squares(inside, seat)
            row: dict[str, Any] = {"community": community}
            if self.within:
                row["group"] = group[inside[0]]
            row["units"] = len(inside)
            peers = pd.unique(label[group == group[inside[0]]])
            for name in self.balanced:
                row[name] = sums[name][community]
                mean = sums[name][peers].mean() if shares is None else sums[name][peers].sum() * shares[community]
                row[f"{name}_deviation"] = row[name] / mean - 1 if mean else 0.0
            row["moment"] = float((weight[inside] * away).sum())
            row["distance"] = float((weight[inside] * np.sqrt(away)).sum())
            row["cut_edges"] = int(
                (cut & ((label[edges[:, 0]] == community) | (label[edges[:, 1]] == community))).sum(),
            )
            row["radius"] = float(np.sqrt(away.max()))
            if self.current:
                before = units[self.current].astype(str).to_numpy()[inside]
                row["moved"] = share_moved(weight[inside], before)
                row["renamed"] = share_renamed(weight[inside], before, str(community))
            rows.append(row)
        return pd.DataFrame(rows)

    def _shares(self) -> dict[str, float] | None:
        """Return community -> share of its group's sums that was asked for; None where all are alike."""
        sizes = self.request.get("sizes")
        if not sizes:
            return None
        group = self.territory.units[self.within].astype(str) if self.within else self.assignment.map(lambda _: "")
        found: dict[str, float] = {}
        for _, names in self.assignment.groupby(group):
            found |= shares_in(sizes, names)
        return found

    def _squares(self, units: NDArray[np.int64], seat: int) -> NDArray[np.float64]:
        """Return the squared distances of units from a seat."""
        if self.territory.distances is not None:
            return np.asarray(self.territory.distances.matrix[units, seat] ** 2)
        points = self.territory.coordinates
        return np.asarray(((points[units] - points[seat]) ** 2).sum(axis=1))

    def moves(self) -> pd.DataFrame:
        """Return the units that change community: ``unit_id, from, to`` and their weight."""
        if self.current is None:
            return pd.DataFrame({"unit_id": [], "from": [], "to": [], self.weight: []})
        before = self.territory.units[self.current].astype(str)
        changed = (before != self.assignment).to_numpy()
        return pd.DataFrame(
            {
                "unit_id": self.assignment.index[changed],
                "from": before[changed].to_numpy(),
                "to": self.assignment[changed].to_numpy(),
                self.weight: self.territory.attribute(self.weight)[changed],
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the content of result.json."""
        return {
            "format": FORMAT,
            "objective": self.objective,
            "weight": None if self.objective == "cut-edges" else self.weight,
            "unit": UNITS[self.objective].format(weight=self.weight, km=self.territory.measured_in),
            "distance": self.territory.measure(),
            "value": self.value,
            "bound": self.bound,
            "gap": self.gap,
            "proof": self.proof,
            **({} if self.tie is None else {"tie": dict(self.tie)}),
            "seconds": round(self.seconds, 3),
            "communities": self.communities,
            "worst_deviation": dict(self.worst_deviation),
            "contiguous": self.contiguous,
            "contradictions": list(self.contradictions),
            "clock_bound": list(self.clock_bound),
            "work": round(self.work, 6),
            "course": {part: [list(point) for point in course] for part, course in self.course.items()},
            "seed": self.seed,
            "request": dict(self.request),
            "territory": self.territory.name,
            "generated": list(self.territory.provenance.generated),
            "notes": list(self.territory.provenance.notes),
            "versions": dict(versions()),
            "input_sha256": self.territory.provenance.sha256 or _digest(self.territory),
        }

    def save(self, folder: Path | str, **more: Any) -> Path:
        """Write plan.csv, scorecard.csv, moves.csv, certificate.json, plan.gpkg (with polygons) and, last, result.json.

        Further findings about the plan, given by name, become keys of result.json.
        """
        out = Path(folder)
        write_bytes(out / "plan.csv", self.content or csv_text(self.to_frame()).encode())
        write_text(out / "scorecard.csv", csv_text(self.scorecard()))
        if self.current:
            write_text(out / "moves.csv", csv_text(self.moves()))
        if self.territory.geometry is not None:
            self._save_polygons(out / "plan.gpkg")
        if any(part["evidence"] for part in self.certificates):
            write_text(out / "certificate.json", json.dumps(list(self.certificates), ensure_ascii=False) + "\n")
        content = json.dumps(self.to_dict() | more, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        write_text(out / "result.json", content)
        return out

    def _save_polygons(self, path: Path) -> None:
        import geopandas as gpd  # noqa: PLC0415 (heavy, and only needed where there are polygons)

        units = self.territory.units.reset_index(names="unit_id").drop(columns=["x", "y"])
        units["plan_community"] = self.assignment.to_numpy()
        shapes = gpd.GeoDataFrame(units, geometry=self.territory.geometry.to_numpy(), crs=self.territory.geometry.crs)  # type: ignore[union-attr]
        communities = shapes[["plan_community", "geometry"]].dissolve("plan_community").reset_index()
        with atomic_path(path) as draft:
            write_layers(draft, {"units": shapes, "communities": communities})


def clock_remark(cut: Sequence[str]) -> str:
    """Say what the clock cut short, and what follows from that."""
    return f"  the clock cut short: {', '.join(cut)}; another machine may give another plan"


def _readable(card: pd.DataFrame, weight: str, km: str) -> pd.DataFrame:
    """Return a scorecard as text for people: units in the heads, shares in per cent."""
    head = {
        "moment": f"moment [{weight} · {km}²]",
        "distance": f"distance [{weight} · {km}]",
        "radius": f"radius [{km}]",
        "cut_edges": "cut edges",
    }
    columns = {}
    for name in card:
        values = card[name]
        if name in ("community", "group"):
            written = values.astype(str).tolist()
        elif str(name).endswith("_deviation"):
            written = [f"{value:+.1%}" for value in values]
        elif name in ("moved", "renamed"):
            written = [f"{value:.0%}" for value in values]
        else:
            written = [f"{value:,.1f}" if name == "radius" else f"{value:,.0f}" for value in values]
        columns[head.get(str(name), str(name).replace("_", " "))] = written
    return pd.DataFrame(columns)


def _digest(territory: Territory) -> str:
    """Return a digest of a territory that was not read from files."""
    text = territory.units.to_csv() + territory.edges.to_csv()
    return hashlib.sha256(text.encode()).hexdigest()
