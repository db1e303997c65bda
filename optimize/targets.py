"""Targets: company totals broken down to centre, community and person, stage by stage, exactly (F18-F23)."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimize import cells
from optimize.cells import Team
from optimize.formulations import fair_share
from optimize.instance import Floats, Ints
from optimize.pins import check_pins, deal, pins_of
from optimize.solver import Solution, solve
from scenarios import InfeasibleError, InputError, Placement, Plan, Problem, Scenario, Targets, Territory
from scenarios.atomic import write_text
from scenarios.fields import BUSINESSES, FORCES, Business
from scenarios.organisation import TargetStage

MEASURES = ("growth", "revenue", "arrears", "channel")
IN_CENTS = ("revenue", "arrears")
COMPANY = "company"
TIGHT = 1e-6


@dataclass(frozen=True)
class TargetResult:
    """Targets of every stage and level.

    Attributes
    ----------
    targets : Targets
    stages : DataFrame
        ``stage, business, force, total, stretch, deviation, proof``: the linear programme of each stage's growth.
    binding : DataFrame
        ``stage, business, community, force, price``: capacities that bind, and by how much the largest deviation from
        the fair share would fall per subscriber of further capacity (the dual price).
    notes : tuple of str
        What could not be met as asked.
    """

    targets: Targets
    stages: pd.DataFrame
    binding: pd.DataFrame
    notes: tuple[str, ...]

    def __str__(self) -> str:
        """Return the company's totals and what binds."""
        table = self.targets.table
        company = table[table["level"] == COMPANY].pivot_table(
            index=["stage", "business"], columns="measure", values="value", sort=False
        )
        lines = [company.to_string(float_format=lambda x: f"{x:,.0f}")]
        lines += [f"  {len(self.binding)} capacities bind"] if len(self.binding) else []
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"

    def to_frame(self) -> pd.DataFrame:
        """Return ``stage, level, id, parent, business, measure, value``."""
        return self.targets.table

    def save(self, folder: Path | str) -> Path:
        """Write targets.csv and, last, targets.json (programmes, prices, notes)."""
        out = Path(folder)
        write_text(out / "targets.csv", targets_csv(self.targets.table))
        content = {
            "stages": self.stages.to_dict("records"),
            "binding": self.binding.to_dict("records"),
            "notes": list(self.notes),
        }
        write_text(out / "targets.json", json.dumps(content, ensure_ascii=False, indent=1, default=float) + "\n")
        return out


def targets_csv(table: pd.DataFrame) -> str:
    """Return targets as CSV text: subscribers as whole numbers, money to the cent."""
    money = table["measure"].isin(IN_CENTS).to_numpy()
    text = [f"{v:.2f}" if m else f"{v:.0f}" for v, m in zip(table["value"], money, strict=True)]
    return str(table.assign(value=text).to_csv(index=False, lineterminator="\n"))


def allocate_targets(
    scenario: Scenario,
    territory: Territory,
    plans: Mapping[str, Plan] | None = None,
    placements: Mapping[str, Placement] | None = None,
) -> TargetResult:
    """Allocate the targets of every target stage.

    Growth is split over cells (the team of a community; while forces count, a force in it) by two linear programmes:
    the least stretch beyond capacity first, then the least deviation from the fair share. Inside a cell persons stand
    in the ratio of their fair shares, which attains the cell's deviation exactly: nothing is lost by solving at cells.
    Revenue, arrears and channel targets follow the fair share. Whole units are dealt out by largest remainders, each
    force's part first, so every level sums to its parent exactly.

    Parameters
    ----------
    scenario : Scenario
    territory : Territory
        Complete: centres, communities, sellers, subscribers, and the indicators of the workload.
    plans, placements : mapping, optional
        ``redrawn``, ``subdivided`` -> Plan, Placement; default today's communities and the sellers' homes.

    Raises
    ------
    InputError
        The territory has no sellers, or a pin names nobody.
    InfeasibleError
        The cap on change contradicts the capacities, or pins contradict a total; the message says what would do.

    References
    ----------
    F18-F23 of the plan.
    """
    if territory.sellers is None or not len(territory.sellers):
        raise InputError(Problem(territory.name, None, "targets need sellers", "Add sellers.csv."))
    rows: list[pd.DataFrame] = []
    programmes: list[dict[str, Any]] = []
    binding: list[dict[str, Any]] = []
    notes: list[str] = []
    teams = {}
    for stage in scenario.target_stages:
        kind = _communities_at(scenario, stage)
        teams[stage.name] = cells.team_of(scenario, territory, (plans or {}).get(kind), (placements or {}).get(kind))
    check_pins(scenario, teams)
    for index, stage in enumerate(scenario.target_stages):
        team = teams[stage.name]
        wanted = cells.totals(scenario, territory, index)
        for business in BUSINESSES:
            fair = cells.fair_shares(stage, team, business, notes)
            growth = _growth(
                scenario, stage, team, business, fair, wanted[business, "growth"], index, programmes, binding
            )
            for measure in MEASURES:
                if (business, measure) not in wanted:
                    continue
                share = growth if measure == "growth" else fair
                pins = pins_of(scenario, stage.name, business, measure, team)
                what = f"{stage.name} {business} {measure}"
                amount = deal(_groups(stage, team), team, share, wanted[business, measure], pins, what)
                rows.append(_levels(stage.name, business, measure, team, amount))
    table = pd.concat(rows, ignore_index=True) if rows else _empty()
    return TargetResult(
        Targets(table),
        pd.DataFrame(programmes, columns=["stage", "business", "force", "total", "stretch", "deviation", "proof"]),
        pd.DataFrame(binding, columns=["stage", "business", "community", "force", "price"]),
        tuple(dict.fromkeys(notes)),
    )


def _communities_at(scenario: Scenario, stage: TargetStage) -> str:
    """Return which communities hold when a stage starts."""
    running = [p.communities for p in scenario.phases if p.start <= stage.start]
    return running[-1] if running else "current"


def _growth(
    scenario: Scenario,
    stage: TargetStage,
    team: Team,
    business: Business,
    fair: Floats,
    total: int,
    index: int,
    programmes: list[dict[str, Any]],
    binding: list[dict[str, Any]],
) -> Floats:
    """Return each person's share of the growth target: fair, bent where a team could not do it.

    While forces count, each force keeps its part of the total to the last unit and is split on its own.
    """
    days = cells.span(scenario, index)[2]
    # Outlets and halls bring their part of the growth whoever carries the target, so capacity rises with it.
    rules = scenario.targets.fixed if business == "fixed" else scenario.targets.mobile
    able = cells.capacity(scenario, stage, team, business, days) / max(1.0 - rules.channel, TIGHT)
    result = fair.copy()
    for force, inside in _groups(stage, team).items():
        if total == 0 or fair[inside].sum() == 0 or able[inside].sum() == 0:
            continue  # nothing to split, or nobody who could do any of it: the fair share stands
        code, names = pd.factorize(team.people["community"][inside], sort=True)
        share = np.bincount(code, fair[inside], len(names)).astype(np.float64)
        room = np.bincount(code, able[inside], len(names)).astype(np.float64)
        carried = share > 0
        target, model, outcome = _fairest(share[carried] * total, room[carried], scenario, stage, business)
        programmes.append(
            {
                "stage": stage.name,
                "business": business,
                "force": force,
                "total": float(share.sum() * total),
                "stretch": float(model.stretch.varValue or 0.0),
                "deviation": float(model.deviation.varValue or 0.0),
                "proof": outcome.proof,
            }
        )
        for name, community in zip(model.capacity, names[carried], strict=True):
            price = -float(model.problem.get_constraint_by_name(name).pi or 0.0)
            if price > TIGHT / total:
                where = {"stage": stage.name, "business": business, "community": str(community), "force": force}
                binding.append({**where, "price": price})
        bent = np.zeros(len(names))
        bent[carried] = target / total
        factor = np.divide(bent, share, out=np.zeros(len(names)), where=carried)
        result[inside] = fair[inside] * factor[code]
    return result


def _groups(stage: TargetStage, team: Team) -> dict[str, NDArray[np.bool_]]:
    """Return whose parts of a total are kept apart: the forces while they count, nobody's afterwards (F22)."""
    if stage.breakdown == "by_area":
        return {"all": np.ones(len(team.people), dtype=bool)}
    return {force: (team.people["force"] == force).to_numpy() for force in FORCES}


def _fairest(
    fair: Floats, able: Floats, scenario: Scenario, stage: TargetStage, business: str
) -> tuple[Floats, fair_share.ShareModel, Solution]:
    """Solve the two programmes, the least stretch and then the least deviation."""
    rules = scenario.targets
    first = fair_share.build(fair, able, rules.capacity_slack, rules.change_cap, None)
    outcome = solve(first.problem, time_limit=rules.solver_time_limit)
    if outcome.objective is None:
        msg = f"{stage.name} {business}: no split keeps change_cap {rules.change_cap:g}. Raise targets.change_cap."
        raise InfeasibleError(msg)
    least = float(outcome.objective) * (1 + TIGHT) + TIGHT
    model = fair_share.build(fair, able, rules.capacity_slack, rules.change_cap, least)
    outcome = solve(model.problem, time_limit=rules.solver_time_limit)
    return np.array([max(0.0, t.varValue or 0.0) for t in model.t]), model, outcome


def _levels(stage: str, business: str, measure: str, team: Team, amount: Ints) -> pd.DataFrame:
    """Return the rows of every level, summed from the persons up in whole units."""
    people = team.people.assign(amount=amount)
    communities = people.groupby(["centre", "community"], sort=True)["amount"].sum().reset_index()
    centres = communities.groupby("centre", sort=True)["amount"].sum().reset_index()
    parts = [
        pd.DataFrame({"level": [COMPANY], "id": [COMPANY], "parent": [""], "amount": [int(amount.sum())]}),
        pd.DataFrame({"level": "centre", "id": centres["centre"], "parent": COMPANY, "amount": centres["amount"]}),
        pd.DataFrame(
            {
                "level": "community",
                "id": communities["community"],
                "parent": communities["centre"],
                "amount": communities["amount"],
            }
        ),
        pd.DataFrame(
            {"level": "person", "id": people["seller_id"], "parent": people["community"], "amount": people["amount"]}
        ),
    ]
    table = pd.concat(parts, ignore_index=True)
    table["value"] = table.pop("amount") / 100.0 if measure in IN_CENTS else table.pop("amount").astype(float)
    table.insert(0, "stage", stage)
    table.insert(4, "business", business)
    table.insert(5, "measure", measure)
    return table


def _empty() -> pd.DataFrame:
    columns = ["stage", "level", "id", "parent", "business", "measure", "value"]
    return pd.DataFrame({c: pd.Series(dtype=float if c == "value" else object) for c in columns})
