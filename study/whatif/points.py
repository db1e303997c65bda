"""The points of a what-if: boundaries, places and targets of each, then all of them simulated side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from foundation.parallel import Task, spread
from foundation.plurals import counted
from optimize.targets.allocate import communities_at
from scenarios import Scenario, Territory
from scenarios.loading.case import Case, by_market
from scenarios.loading.fingerprint import decision_key
from sim.output_analysis.replications import Runner
from study.evaluation.decisions import Decisions, decide, decide_again
from study.evaluation.simulate import inputs_of
from study.presentation.progress import Reporter
from study.whatif.cache import Store

BLOCK = 16
"""Most points simulated side by side, so that they share the counterfactual, and written to the cache together."""

MEASURES = ("growth", "revenue")
"""Targets kept of every point."""

Point = dict[str, Any]


def compute(
    cases: Sequence[Case],
    ground: Territory,
    store: Store,
    *,
    seed: int,
    replications: int,
    jobs: int,
    solver: str,
    reporter: Reporter,
    made: dict[str, Decisions] | None = None,
) -> tuple[list[Point], int]:
    """Return every point, from the store where it is there, and how many had to be computed.

    ``made`` keeps decisions from one call to the next for a caller who will ask again.
    """
    first: dict[str, int] = {}
    alias = [first.setdefault(case.key, n) for n, case in enumerate(cases)]
    have = [store.read(case) if alias[n] == n else None for n, case in enumerate(cases)]
    todo = [n for n in first.values() if not _enough(have[n], replications)]
    made = {} if made is None else made
    done, total = 0, len(todo) * replications
    with reporter.bar(f"what if: {counted(len(todo), 'point')}") as tick:
        for block in _blocks(cases, todo) if todo else []:
            decided = _decide(made, [cases[n].scenario for n in block], ground, seed, solver, jobs)
            inputs = [inputs_of(cases[n].scenario, decisions) for n, decisions in zip(block, decided, strict=True)]
            for n, decisions in zip(block, decided, strict=True):
                have[n] = _of_the_same_plans(have[n], decisions)
            runner = Runner(inputs, counterfactual=cases[block[0]].counterfactual, seed=seed, jobs=jobs)
            start = min(len(have[n]["kpis"]["sales"]) if have[n] else 0 for n in block)  # type: ignore[index]

            def report(finished: int, _: int, before: int = done, size: int = len(block)) -> None:
                tick(before + finished * size, total)

            outcomes = runner.run(range(start, replications), report)
            for place, n in enumerate(block):
                have[n] = _point(have[n], [out[place][0] for out in outcomes], start, decided[place], cases[n].scenario)
                store.write(cases[n], have[n] or {})
            done += len(block) * replications
    points = [have[n] for n in alias]
    return [_cut(point, replications) for point in points if point is not None], len(todo)


def _enough(point: Point | None, replications: int) -> bool:
    return point is not None and len(point["kpis"]["sales"]) >= replications


def _of_the_same_plans(point: Point | None, decisions: Decisions) -> Point | None:
    """Return a point whose runs can be added to: a solver that its time limit stops may draw other communities."""
    return point if point is not None and point["plans"] == _plans(decisions) else None


def _plans(decisions: Decisions) -> dict[str, dict[Any, str]]:
    return {kind: decisions.plans[kind].assignment.to_dict() for kind in ("current", "redrawn", "subdivided")}


def _blocks(cases: Sequence[Case], todo: Sequence[int]) -> list[list[int]]:
    """Group the points that share a counterfactual, a few at a time."""
    alike = [[todo[k] for k in group] for group in by_market([cases[n] for n in todo])]
    return [part.tolist() for group in alike for part in np.array_split(group, -(-len(group) // BLOCK))]


def _decide(
    made: dict[str, Decisions], scenarios: Sequence[Scenario], ground: Territory, seed: int, solver: str, jobs: int
) -> list[Decisions]:
    """Decide for all scenarios side by side; those that share boundaries differ in nothing but their targets."""
    new = {decision_key(s): s for s in scenarios if decision_key(s) not in made}
    tasks = [Task(scenario, f"the communities of {scenario.name}") for scenario in new.values()]
    made.update(zip(new, spread(_decided, (ground, seed, solver), tasks, jobs=jobs), strict=True))
    rest = [s for s in scenarios if new.get(decision_key(s)) is not s]
    others = [Task((made[decision_key(s)], s), f"the targets of {s.name}") for s in rest]
    again = spread(_decided_again, None, others, jobs=jobs)
    targets = {id(s): decisions for s, decisions in zip(rest, again, strict=True)}
    return [targets.get(id(s), made[decision_key(s)]) for s in scenarios]


def _decided(shared: tuple[Territory, int, str], scenario: Scenario) -> Decisions:
    ground, seed, solver = shared
    return decide(scenario, ground, seed=seed, solver=solver)


def _decided_again(_: None, item: tuple[Decisions, Scenario]) -> Decisions:
    return decide_again(*item)


def _point(
    before: Point | None,
    fresh: Sequence[Mapping[str, float]],
    start: int,
    decisions: Decisions,
    scenario: Scenario,
) -> Point:
    """Return what is kept of a point."""
    kpis = {}
    for kpi in fresh[0]:
        values = [None if np.isnan(one[kpi]) else one[kpi] for one in fresh]
        kpis[kpi] = [*(before["kpis"].get(kpi, [])[:start] if before else []), *values]
    table = decisions.targets.to_frame()
    table = table[table["measure"].isin(MEASURES) & table["level"].isin(["community", "person"])]
    columns = [table[name].tolist() for name in ("stage", "level", "id", "business", "measure")]
    ids, load = decisions.territory.unit_ids, decisions.territory.attribute("workload").tolist()
    return {
        "kpis": kpis,
        "targets": [list(row) for row in zip(*columns, table["value"].astype(float).tolist(), strict=True)],
        "plans": _plans(decisions),
        "kind_of_stage": {stage.name: communities_at(scenario, stage) for stage in scenario.target_stages},
        "workload": dict(zip(ids, load, strict=True)),
        "persons": _persons(decisions),
        "teams": _teams(decisions, scenario),
    }


def _teams(decisions: Decisions, scenario: Scenario) -> dict[str, str]:
    """Return the community to whose target every seller of the last stage contributes."""
    table = decisions.targets.to_frame()
    last = table[(table["level"] == "person") & (table["measure"] == "growth")]
    last = last[last["stage"] == scenario.target_stages[-1].name] if scenario.target_stages else last.iloc[:0]
    return dict(zip(last["id"].astype(str), last["parent"].astype(str), strict=True))


def _persons(decisions: Decisions) -> dict[str, list[str]]:
    """Return name, force, centre and redrawn community of every seller."""
    table, sellers = decisions.placement.to_frame(), decisions.territory.sellers
    names: dict[str, str] = {}
    if sellers is not None and "name" in sellers:
        names = dict(zip(sellers["seller_id"].astype(str), sellers["name"].fillna("").astype(str), strict=True))
    rows = table[["seller_id", "force", "centre", "community"]].itertuples(index=False, name=None)
    return {seller: [names.get(seller, ""), force, centre, community] for seller, force, centre, community in rows}


def _cut(point: Point, replications: int) -> Point:
    return {**point, "kpis": {kpi: values[:replications] for kpi, values in point["kpis"].items()}}
