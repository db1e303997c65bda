"""The points of a what-if: boundaries, places and targets of each, then all of them simulated side by side."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from foundation.messages import Message
from foundation.parallel import Task, spread
from scenarios import Scenario, Territory
from scenarios.loading.case import Case, by_market
from scenarios.loading.fingerprint import decision_key
from sim.output_analysis.attainment import Attained
from sim.output_analysis.replications import Runner
from study.evaluation.decisions import Decisions, decide, decide_again
from study.evaluation.points import Point, Store, plans_of, point_of
from study.evaluation.simulate import inputs_of
from study.presentation.progress import Reporter

BLOCK = 16
"""Most points simulated side by side, so that they share the counterfactual, and written to the cache together."""


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
    with reporter.bar(Message("what if: {count} {count:point|points}", count=len(todo))) as tick:
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
                kpis = _added(have[n], [out[place][0] for out in outcomes], start)
                attained = Attained.of(runner.worlds[place], [out[place][3] for out in outcomes])
                have[n] = point_of(kpis, _after(have[n], attained.plain(), start), decided[place], cases[n].scenario)
                store.write(cases[n], have[n] or {})
            done += len(block) * replications
    points = [have[n] for n in alias]
    return [_cut(point, replications) for point in points if point is not None], len(todo)


def _enough(point: Point | None, replications: int) -> bool:
    return point is not None and len(point["kpis"]["sales"]) >= replications


def _of_the_same_plans(point: Point | None, decisions: Decisions) -> Point | None:
    """Return a point whose runs can be added to: a solver that its time limit stops may draw other communities."""
    return point if point is not None and point["plans"] == plans_of(decisions) else None


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


def _added(before: Point | None, fresh: Sequence[Mapping[str, float]], start: int) -> dict[str, list[float | None]]:
    """Return each KPI's values: those of a point that was there, and the fresh ones from the start on."""
    return {
        kpi: [*(before["kpis"].get(kpi, [])[:start] if before else []), *_known(one[kpi] for one in fresh)]
        for kpi in fresh[0]
    }


def _after(before: Point | None, fresh: dict[str, Any], start: int) -> dict[str, Any]:
    """Return what centres reached in the runs of a point that was there, and in the fresh ones from the start on."""
    had = before["attained"]["reached"][:start] if before else []
    return {**fresh, "reached": [*had, *fresh["reached"]]}


def _known(values: Iterable[float]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values]


def _cut(point: Point, replications: int) -> Point:
    attained = {**point["attained"], "reached": point["attained"]["reached"][:replications]}
    return {**point, "kpis": {k: values[:replications] for k, values in point["kpis"].items()}, "attained": attained}
