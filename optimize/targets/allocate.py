"""Targets: company totals broken down to centre, community and person, stage by stage, exactly (F18-F23)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from foundation.arrays import Floats, Ints
from foundation.messages import Joined, Message
from optimize.targets import fair_shares
from optimize.targets.capacity import capacity
from optimize.targets.company_totals import WATERFALL, totals_of, waterfall
from optimize.targets.fair_shares import Team
from optimize.targets.fairest_split import ContradictionError, fairest
from optimize.targets.formulations.fair_share import Row, Split
from optimize.targets.pins_and_limits import Numbered, check_wishes, last_period_rows, rows_of, why_not, wishes_of
from optimize.targets.remarks import Note, beyond_reach, cannot, part_of, rounded, too_much, total_of
from optimize.targets.result import COMPANY, PARTS, STAGES, TargetResult, empty_targets, stated, targets_csv
from optimize.targets.shadow_prices import binding_rows, binding_table
from optimize.targets.splits import parts
from optimize.targets.top_down_bottom_up import BOTTOM_UP, bottom_up_of, compare_rows
from optimize.targets.whole_units import levels, persons, whole_cells
from scenarios import InfeasibleError, InputError, Placement, Plan, Problem, Scenario, Targets, Territory
from scenarios.schema.fields import BUSINESSES, FORCES, Business
from scenarios.schema.organisation import TargetStage
from scenarios.schema.planning import IN_CENTS, Measure
from scenarios.territory.regions import apportion

MEASURES: tuple[Measure, ...] = ("growth", "revenue", "arrears", "channel")
WHOLE = 1e-6
"""Difference [subscribers] up to which a part counts as whole."""

ALL = "all"
"""Name of the one group in stages in which the forces' parts are not kept apart."""


@dataclass
class _Found:
    """What is collected over all totals."""

    tables: list[pd.DataFrame] = field(default_factory=list)
    stages: list[dict[str, Any]] = field(default_factory=list)
    binding: list[dict[str, Any]] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)
    bottom_up: list[pd.DataFrame] = field(default_factory=list)
    waterfall: list[pd.DataFrame] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Total:
    """One total of a stage, and who could carry it."""

    stage: TargetStage
    index: int
    business: Business
    measure: Measure
    amount: int
    team: Team
    fair: Floats
    able: Floats
    """What everybody could bring in the stage at best, shape (people,)."""
    wishes: list[Numbered]

    @property
    def name(self) -> str:
        return total_of(self.about)

    @property
    def about(self) -> tuple[str, ...]:
        return self.stage.name, str(self.business), str(self.measure)


def allocate_targets(
    scenario: Scenario,
    territory: Territory,
    plans: Mapping[str, Plan] | None = None,
    placements: Mapping[str, Placement] | None = None,
) -> TargetResult:
    """Allocate the targets of every target stage.

    Each total is split over cells (the team of a community; while forces count, a force in it; a person whose target is
    a wish) by the programmes of `fairest_split`. Inside a cell persons stand in the ratio of their fair shares,
    which attains the cell's deviation exactly: nothing is lost by solving at cells. Whole units and cents are dealt out
    by largest remainders (under wishes by a small whole-number programme), so every level sums to its parent exactly,
    and totals, parts of the forces and wishes hold to the last unit. Caps hold to within the last unit.

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
        The territory has no sellers, or a wish names what does not exist.
    InfeasibleError
        Wishes, caps and floors contradict each other; the message names them and the smallest relaxation.

    References
    ----------
    F18-F23 of the plan.
    """
    if territory.sellers is None or not len(territory.sellers):
        raise InputError(Problem(territory.name, None, Message("targets need sellers"), Message("Add sellers.csv.")))
    teams = []
    for stage in scenario.target_stages:
        kind = communities_at(scenario, stage)
        teams.append(fair_shares.team_of(scenario, territory, (plans or {}).get(kind), (placements or {}).get(kind)))
    check_wishes(scenario, teams)
    found = _Found()
    sold = capacity(scenario, territory, plans, placements) if teams else np.zeros((0, 0, len(BUSINESSES)))
    for index, stage in enumerate(scenario.target_stages):
        team = teams[index]
        steps = waterfall(scenario, territory, index)
        found.waterfall.append(steps)
        for (business, measure), amount in totals_of(steps).items():
            wishes = wishes_of(scenario, stage.name, business, measure, team)
            shared = _blend(scenario, territory, team, business, measure, found)
            fair = fair_shares.fair_shares(stage, shared, business, found.notes)
            able = _with_channel(scenario, business, sold[index, :, BUSINESSES.index(business)])
            total = _Total(stage, index, business, measure, amount, shared, fair, able, wishes)
            found.tables.append(_allocate(scenario, territory, total, found))
    if found.contradictions:
        raise InfeasibleError(Joined(found.contradictions, "\n"))
    return TargetResult(
        Targets(pd.concat(found.tables, ignore_index=True) if found.tables else empty_targets()),
        pd.DataFrame(found.stages, columns=list(STAGES)),
        binding_table(found.binding),
        pd.DataFrame(found.parts, columns=list(PARTS)),
        tuple({str(note): note for note in found.notes}.values()),
        pd.concat(found.bottom_up, ignore_index=True) if found.bottom_up else pd.DataFrame(columns=list(BOTTOM_UP)),
        pd.concat(found.waterfall, ignore_index=True) if found.waterfall else pd.DataFrame(columns=list(WATERFALL)),
    )


def communities_at(scenario: Scenario, stage: TargetStage) -> str:
    """Return which communities hold when a stage starts."""
    running = [p.communities for p in scenario.phases if p.start <= stage.start]
    return running[-1] if running else "current"


def _blend(
    scenario: Scenario, territory: Territory, team: Team, business: Business, measure: Measure, found: _Found
) -> Team:
    """Return the team with the area's weight blended with the results of earlier years where that is asked for."""
    settings = scenario.targets.last_period
    if not settings.years:
        return team
    before = fair_shares.blended(scenario, territory, team.community, business, measure)
    if before is None:
        columns = Joined(f"{business}_{measure}_{year}" for year in sorted(settings.years))
        text = Message("no column {columns}; earlier years do not count for it.", columns=columns)
        found.notes.append(Note(text, (str(business), str(measure))))
        return team
    if not settings.part:
        return team
    blend = team.area * (1 - settings.part) + before.reindex(team.area.index).fillna(0.0) * settings.part
    return replace(team, area=blend / blend.sum())


def _allocate(scenario: Scenario, territory: Territory, total: _Total, found: _Found) -> pd.DataFrame:
    """Return every level of one total."""
    people = total.team.people
    table, cell_of = _cells(total)
    split = _split(scenario, territory, total, table, cell_of, found)
    targets = np.zeros(len(table), dtype=np.int64)
    contradictory = False
    for inside, piece in parts(split):
        part = table.iloc[inside]
        try:
            targets[inside] = _solve(scenario, total, piece, part, found)
        except ContradictionError:
            found.contradictions.append(why_not(scenario, total.name, piece.in_whole_units(), total.measure))
            contradictory = True
    if contradictory:
        return empty_targets()
    amount = persons(cell_of, total.fair, targets)
    dealt = levels(total.stage.name, total.business, total.measure, people, amount)
    if total.measure == "growth":
        start, end = fair_shares.span(scenario, total.index)
        days = (end - start).days + 1
        able, own = bottom_up_of(territory, total.team, total.business, total.able, days)
        fair = total.fair * total.amount
        found.bottom_up.append(compare_rows(total.stage.name, total.business, people, fair, able, own, dealt))
    return dealt


def _with_channel(scenario: Scenario, business: Business, sold: Floats) -> Floats:
    """Return what everybody could bring of a growth total at best, shape (people,).

    Outlets do their part of the growth (``targets.<business>.channel``) whoever carries the target; what people sell is
    the rest of it. What halls sell is in nobody's target and comes on top.
    """
    own = scenario.targets.fixed if business == "fixed" else scenario.targets.mobile
    return np.asarray(sold / max(1.0 - own.channel, 1e-6))


def _solve(scenario: Scenario, total: _Total, split: Split, table: pd.DataFrame, found: _Found) -> Ints:
    """Return the whole targets of the cells of one piece, and record how fair they are and what binds."""
    rules = scenario.targets
    limits = {"time_limit": rules.solver_time_limit, "work": rules.work_limit}
    try:
        fair = fairest(split, priority=rules.priority, tolerance=rules.fairness_tolerance, **limits)
    except ContradictionError:  # whole targets keep caps and floors to within the last unit only
        split = split.in_whole_units()
        fair = fairest(split, priority=rules.priority, tolerance=rules.fairness_tolerance, **limits)
    forces = table["force"].unique()
    force = str(forces[0]) if len(forces) == 1 else ALL
    where = {"stage": total.stage.name, "business": total.business, "measure": total.measure}
    if not split.fair.sum():
        return whole_cells(split, fair.targets, rules.solver_time_limit, rules.work_limit)
    found.stages.append(
        {**where, "force": force, "total": stated(total.measure, split.fair.sum()), "stretch": fair.stretch}
        | {"least_stretch": fair.least_stretch, "deviation": fair.deviation}
        | {"rounds": fair.rounds, "proof": fair.proof}
    )
    found.binding.extend(binding_rows(where, split, fair, table))
    about = total.about if force == ALL else (*total.about, force)
    unable = float(split.fair[split.judged & (split.capacity <= 0)].sum())
    if round(unable):
        found.notes.append(Note(cannot(unable), about))
    if fair.least_stretch > 0:
        able, asked = float(split.capacity[split.limited].sum()), float(split.fair.sum())
        told = beyond_reach if able * (1 + rules.capacity_slack) >= asked else too_much
        text = told(able, asked, fair.least_stretch, rules.capacity_slack, fair.stretch)
        found.notes.append(Note(text, about))
    return whole_cells(split, fair.targets, rules.solver_time_limit, rules.work_limit)


def _cells(total: _Total) -> tuple[pd.DataFrame, Ints]:
    """Return the cells (``centre, community, force, person, people``), in order, and the cell of every person."""
    people = total.team.people
    wished = {pin.id for _, pin in total.wishes if pin.level == "person"}
    person = people["seller_id"].where(people["seller_id"].isin(wished), "")
    apart = total.stage.breakdown != "by_area"
    force = people["force"] if apart else pd.Series(ALL, index=people.index)
    keys = pd.DataFrame(
        {"centre": people["centre"], "community": people["community"], "force": force, "person": person}
    )
    groups = keys.groupby(["centre", "community", "force", "person"], sort=True)
    cell_of: Ints = groups.ngroup().to_numpy().astype(np.int64)
    table = groups.size().rename("people").reset_index()
    return table, cell_of


def _split(
    scenario: Scenario, territory: Territory, total: _Total, table: pd.DataFrame, cell_of: Ints, found: _Found
) -> Split:
    """Return one total as a problem over cells: fair shares, capacities, parts of the forces, wishes, caps."""
    rules, count = scenario.targets, len(table)
    fair: Floats = np.bincount(cell_of, total.fair, count).astype(np.float64) * total.amount
    most = np.full(count, np.inf)
    if total.measure == "growth":
        most = np.bincount(cell_of, total.able, count).astype(np.float64)
    rows = _parts(total, table, fair, found)
    for row in rows:  # a force's fair shares follow its part in whole units
        sum_of_row = float(fair[row.cells].sum())
        fair[row.cells] *= row.least / sum_of_row if sum_of_row > 0 else 0.0
    rows += rows_of(total.wishes, table, total.measure)
    if (cap := rules.last_period.change_cap) is not None:
        before = fair_shares.blended(scenario, territory, total.team.community, total.business, total.measure)
        rows += last_period_rows(cap, before, total.amount, table, fair)
    judged = (table["person"] == "").to_numpy()
    exempt = np.zeros(count, dtype=bool)
    for row in rows:
        exempt[row.cells if row.kind == "pin" else []] = True
    return Split(fair, most, judged, tuple(rows), rules.capacity_slack, rules.change_cap, rules.floor, exempt)


def _parts(total: _Total, table: pd.DataFrame, fair: Floats, found: _Found) -> list[Row]:
    """Return what each force owes in whole units (F20, F21); one row where forces are not kept apart (F22)."""
    if total.stage.breakdown == "by_area":
        return [
            Row(
                Message("the total of {total}", total=total.name),
                "total",
                np.arange(len(table)),
                total.amount,
                total.amount,
            )
        ]
    forces = {force: np.flatnonzero((table["force"] == force).to_numpy()) for force in FORCES}
    wanted = {force: float(fair[inside].sum()) for force, inside in forces.items()}
    given = dict(zip(FORCES, apportion(np.array([wanted[f] for f in FORCES]), total.amount).tolist(), strict=True))
    if not fair.sum():
        most = table.groupby("force")["people"].sum().idxmax()
        given = {force: total.amount if force == most else 0 for force in FORCES}
    rows = []
    for force, inside in forces.items():
        if not len(inside):
            continue
        weight = total.stage.weights[force][total.business]
        name = part_of(force, weight)
        rows.append(Row(name, "total", inside, given[force], given[force]))
        found.parts.append(
            {"stage": total.stage.name, "business": total.business, "measure": total.measure, "force": force}
            | {"weight": weight, "wanted": stated(total.measure, wanted[force])}
            | {"given": stated(total.measure, given[force])}
        )
        if force == FORCES[0] and total.measure not in IN_CENTS and abs(wanted[force] - given[force]) > WHOLE:
            part = wanted[force] / total.amount
            text = rounded(total.amount, part, force, given[force], wanted[force])
            found.notes.append(Note(text, total.about))
    return rows


__all__ = ["COMPANY", "MEASURES", "TargetResult", "allocate_targets", "communities_at", "targets_csv"]
