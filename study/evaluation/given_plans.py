"""Communities that people drew: used as they are, refused only where no study could use them, else with cautions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from foundation.findings import named
from foundation.messages import Message
from optimize import PartitionResult
from optimize.districting.given.faults import Fault, faults_of
from optimize.districting.given.result import given_result
from optimize.districting.problem.request import Request
from optimize.districting.problem.side_constraints import Wishes
from scenarios import InputError, Plan, Problem, Scenario, Territory
from scenarios.loading.plan_files import PlanFile, faults_of_plan, read_plan_file
from study.evaluation.boundaries import WORKLOAD, divide
from study.evaluation.wishes import KEYS, Wished, below, by_scenario_keys, check_against, merged, wished

FILES = {"redrawn": "plan", "subdivided": "plan_subdivided"}
"""Kind of plan -> its key in the partition's settings."""


def read_given(scenario: Scenario) -> dict[str, PlanFile]:
    """Return the plans that a scenario names, by kind.

    Raises
    ------
    InputError
        A file cannot be read, or is another than when the scenario was loaded.
    """
    found: dict[str, PlanFile] = {}
    problems: list[Problem] = []
    for kind, key in FILES.items():
        path = getattr(scenario.partition, key)
        if path is None:
            continue
        try:
            plan = read_plan_file(path)
        except InputError as error:
            problems += error.problems
            continue
        known = getattr(scenario.partition, f"{key}_sha256")
        if known and hashlib.sha256(plan.path.read_bytes()).hexdigest() != known:
            rule = Message("the file has changed since the scenario was loaded")
            problems.append(Problem(f"partition.{key}", path, rule, Message("Run it again.")))
        found[kind] = plan
    if problems:
        raise InputError(problems)
    return found


def given_plans(scenario: Scenario, territory: Territory) -> dict[str, Plan]:
    """Return the plans that a scenario gives, and refuse those and the wishes that do not fit the territory.

    Parameters
    ----------
    scenario : Scenario
    territory : Territory
        Whose units have a centre and a community.

    Raises
    ------
    InputError
        Every fault of the plans and of the wishes at once.
    """
    files = read_given(scenario)
    centre = dict(zip(territory.unit_ids, territory.units["centre"].astype(str), strict=True))
    problems = [p for plan in files.values() for p in faults_of_plan(plan, territory, centre)]
    problems += check_against(scenario, territory) if scenario.partition.wishes.any else []
    plans = {} if problems else {kind: plan.plan(territory) for kind, plan in files.items()}
    if len(plans) == len(FILES):
        problems += _across(files["subdivided"].path.name, plans["subdivided"], plans["redrawn"])
    if problems:
        raise InputError(problems)
    return plans


def _across(source: str, fine: Plan, coarse: Plan) -> list[Problem]:
    """Return the subdivided communities that lie in more than one redrawn one."""
    found = []
    for name, homes in coarse.assignment.groupby(fine.assignment, sort=True):
        if homes.nunique() > 1:
            most = homes.mode().min()
            rule = Message("it crosses the border of community {name} of the plan that it subdivides", name=most)
            apart = named(homes.index[homes != most])
            remedy = Message("Keep every subdivided community inside one community of the plan.")
            found.append(Problem(Message("{file}, community {name}", file=source, name=name), apart, rule, remedy))
    return found


def whole_groups(scenario: Scenario, territory: Territory) -> tuple[tuple[str, ...], ...]:
    """Return the units that no centre may part, where centres have to be made.

    Raises
    ------
    InputError
        A given plan does not fit the territory.
    """
    files = read_given(scenario)
    problems = [p for plan in files.values() for p in faults_of_plan(plan, territory)]
    if problems:
        raise InputError(problems)
    groups: list[Sequence[str]] = [
        [str(u) for u in members.index]
        for plan in files.values()
        for _, members in plan.table.set_index("unit_id")["community"].groupby(plan.table["community"].to_numpy())
    ]
    wishes = scenario.partition.wishes
    groups += [group for group in wishes.keep_together if all(u in territory.units.index for u in group)]
    if wishes.lock and "community" in territory.units:
        today = territory.units["community"].astype(str)
        groups += [list(today.index[today == name]) for name in wishes.lock if (today == name).any()]
    return merged(groups)


def redrawn(
    scenario: Scenario,
    territory: Territory,
    given: Mapping[str, Plan],
    counts: Mapping[str, int],
    how: Mapping[str, Any],
) -> tuple[PartitionResult, list[Problem], Wished]:
    """Return the redrawn communities, given or drawn, cautions, and the wishes that hold when they are subdivided."""
    fine = given.get("subdivided")
    together = [] if fine is None else [list(m.index) for _, m in fine.assignment.groupby(fine.assignment)]
    wishes = wished(scenario, together)
    if "redrawn" in given:
        result = _given(scenario, territory, given["redrawn"], "redrawn", wishes, how)
        return result, *_broken(scenario, territory, result, wishes)
    with by_scenario_keys():
        result, notes = divide(
            scenario, territory, within="centre", current="community", counts=counts, wishes=wishes, **how
        )
    return result, notes, below(wishes)


def subdivided(
    scenario: Scenario,
    territory: Territory,
    given: Mapping[str, Plan],
    counts: Mapping[str, int],
    wishes: Wished,
    how: Mapping[str, Any],
) -> tuple[PartitionResult, list[Problem]]:
    """Return the subdivided communities, given or drawn inside the redrawn ones, and the cautions.

    A community that is locked stays one here, too.
    """
    if "subdivided" in given:
        return _given(scenario, territory, given["subdivided"], "subdivided", wishes, how), []
    home, today = (territory.units[c].astype(str) for c in ("redrawn", "community"))
    counts = dict(counts)
    for name in scenario.partition.wishes.lock:
        members = today.index[today == name]
        parents = home[members].unique()
        if len(parents) == 1 and int((home == parents[0]).sum()) == len(members):
            counts[str(parents[0])] = 1
    with by_scenario_keys():
        return divide(scenario, territory, within="redrawn", current=None, counts=counts, wishes=wishes, **how)


def _given(
    scenario: Scenario, territory: Territory, plan: Plan, kind: str, wishes: Wished, how: Mapping[str, Any]
) -> PartitionResult:
    request = _asked(scenario, territory, plan, kind, wishes, int(how["seed"]))
    return given_result(territory, plan, request, source=str(getattr(scenario.partition, FILES[kind])))


def _asked(scenario: Scenario, territory: Territory, plan: Plan, kind: str, wishes: Wished, seed: int = 1) -> Request:
    """Return what a scenario asks of a given plan: as many communities as it has, balanced in workload."""
    within = "centre" if kind == "redrawn" else "redrawn"
    home = plan.assignment
    counts = {str(c): int(n) for c, n in home.groupby(territory.units[within].astype(str)).nunique().items()}
    return Request(
        communities=counts, objective=scenario.partition.objective, weight=WORKLOAD,
        balance={WORKLOAD: scenario.partition.balance_tolerance}, bounds={},
        within=within, current="community" if kind == "redrawn" else None, max_moved=wishes.max_moved,
        fix_seats=wishes.fix_seats, time_limit=scenario.partition.time_limit,
        work_limit=scenario.partition.work_limit, solver="highs", effort="quick", seed=seed,
        wishes=Wishes(
            wishes.keep_together, tuple((a, b) for a, b in wishes.keep_apart), wishes.lock, wishes.max_radius,
            tuple((a, b) for a, b in wishes.forbid), wishes.splits,
        ),
        sizes=wishes.sizes,
    )  # fmt: skip


def _broken(
    scenario: Scenario, territory: Territory, result: PartitionResult, wishes: Wished
) -> tuple[list[Problem], Wished]:
    """Return a caution for every wish that a given plan breaks, and the wishes that it keeps."""
    home = result.assignment
    asked = _asked(scenario, territory, Plan(home, dict(result.seats)), "redrawn", wishes)
    found = faults_of(territory, home, result.seats, asked)
    kinds = {fault.wish for fault in found}
    pairs = {frozenset(fault.units) for fault in found if fault.wish == "keep_apart"}
    kept = replace(
        below(wishes),
        keep_together=tuple(g for g in wishes.keep_together if home[list(g)].nunique() == 1),
        keep_apart=tuple(p for p in wishes.keep_apart if frozenset(p) not in pairs),
        max_radius=None if "max_radius" in kinds else wishes.max_radius,
        forbid=() if "contiguous" in kinds else wishes.forbid,
    )
    return [_caution(scenario, fault) for fault in found if fault.wish != "communities"], kept


def _caution(scenario: Scenario, fault: Fault) -> Problem:
    remedy = Message("Correct the plan, or drop the wish; fusion partition --check says more.")
    where = Message("community {name}", name=fault.community) if fault.community else Message("the territory")
    if fault.wish == "balance":
        middle = (float(fault.least or 0) + float(fault.most or 0)) / 2
        off = float(fault.value or 0) / middle - 1 if middle else 0.0
        rule = Message(
            "the given plan goes beyond it: the workload of {where} is {share:+.1%} off the mean of its centre",
            where=where,
            share=off,
        )
        return Problem("partition.balance_tolerance", scenario.partition.balance_tolerance, rule, remedy, "warning")
    key = KEYS["forbid"] if fault.wish == "contiguous" else KEYS[fault.wish]
    rule = Message("the given plan breaks this wish in {where}", where=where)
    return Problem(key, named(fault.units), rule, remedy, "warning")
