"""Every timeline in every world under the same random numbers; each world is a piece that is computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from foundation.parallel import Task, Tick, spread
from foundation.result_cache import key_of
from scenarios.loading.case import by_market, cases_of
from scenarios.loading.load import with_settings
from scenarios.rules.horizons import horizons_of
from sim import Inputs
from sim.contribution import contribution
from sim.output_analysis.horizons import AT, kpis_at_horizons
from sim.run import simulate_world
from study.robustness.worlds import Worlds, shared_keys, world_of

KEPT = (
    *("contribution", "sales", "revenue", "churned", "saved", "arrears_recovered", "channel_sales"),
    *("dip_depth", "dip_days", "break_even_date", "synergy"),
    *("hall_refused", "support_within_sla", "support_wait_hours", "skill", "competent"),
)
"""KPIs kept of every world at every horizon, beside the lowest attainment and those of the principles."""

ATTAINMENT = "attainment"
"""Lowest growth over target of the stages that are seen whole."""

ALONE = "no_merger"
"""The contribution of the two forces side by side in the same world."""

AGAIN = 1_000_000
"""Replication number of a world's second run, which tells chance from what the world is."""

Row = dict[str, float]
"""``kpi@days`` -> value."""


def simulate_worlds(
    inputs: Sequence[Inputs],
    worlds: Worlds,
    numbers: Sequence[int],
    *,
    seed: int,
    jobs: int,
    again: bool = False,
    progress: Tick | None = None,
) -> list[list[Row]]:
    """Return ``kpi@days`` of every scenario in every world asked for, shape (worlds, scenarios).

    Parameters
    ----------
    inputs : sequence of Inputs
        Scenarios with the decisions made for them: what varies is the world, not what is done in it.
    worlds : Worlds
    numbers : sequence of int
        Worlds to simulate, by position.
    seed, jobs : int
    again : bool
        With other random numbers than the first time.
    progress : callable, optional
    """
    keys = shared_keys([item.scenario for item in inputs], worlds.keys)
    wanted = sorted({*KEPT, *(k for item in inputs for k in item.scenario.study.principles)})
    content = [[item.content(seed), own] for item, own in zip(inputs, keys, strict=True)]
    tasks = []
    for n in numbers:
        run = n + AGAIN if again else n
        drawn = worlds.settings(n)
        tasks.append(Task((run, drawn), f"world {n}", key_of("world", seed, content, wanted, run, drawn)))
    shared = (list(inputs), keys, wanted, seed)
    found: list[list[Row]] = spread(_in_world, shared, tasks, jobs=jobs, progress=progress)
    return found


def _in_world(
    shared: tuple[list[Inputs], list[list[str]], list[str], int], item: tuple[int, Mapping[str, float]]
) -> list[Row]:
    """Simulate all scenarios in one world; those of one market share the run of the two forces side by side."""
    inputs, keys, wanted, seed = shared
    number, drawn = item
    there = [
        replace(one, scenario=with_settings(one.scenario, world_of(one.scenario, drawn, own)) if own else one.scenario)
        for one, own in zip(inputs, keys, strict=True)
    ]
    cases = cases_of(one.scenario for one in there)
    rows: list[Row] = [{} for _ in inputs]
    for group in by_market(cases):
        counterfactual = cases[group[0]].counterfactual
        twin = None
        if counterfactual is not None:
            twin = simulate_world(Inputs(counterfactual, there[group[0]].territory).world(), seed, number)
        for n in group:
            scenario = there[n].scenario
            same = twin is not None and counterfactual is not None and counterfactual.sha256 == scenario.sha256
            run = twin if same and twin is not None else simulate_world(there[n].world(), seed, number)
            rows[n] = _kept(kpis_at_horizons(run, twin), wanted, horizons_of(scenario))
            if twin is not None:
                earned = contribution(twin, scenario.study.value_months)[scenario.run.warm_up_days :].cumsum()
                skipped = scenario.run.warm_up_days + 1
                rows[n] |= {
                    f"{ALONE}{AT}{d}": float(earned[d - skipped]) for d in horizons_of(scenario) if d >= skipped
                }
    return rows


def _kept(found: Mapping[str, float], wanted: Sequence[str], horizons: Sequence[int]) -> Row:
    """Return the KPIs that are kept, at every horizon, each as ``kpi@days``."""
    row: Row = {}
    for days in horizons:
        ending = "" if days == horizons[-1] else f"{AT}{days}"
        row |= {f"{kpi}{AT}{days}": found[f"{kpi}{ending}"] for kpi in wanted if f"{kpi}{ending}" in found}
        row[f"{ATTAINMENT}{AT}{days}"] = _lowest(found, ending)
    return row


def _lowest(found: Mapping[str, float], ending: str) -> float:
    """Return the lowest attainment of the stages that are seen whole, both businesses together; NaN without one."""
    values: list[Any] = [
        value
        for name, value in found.items()
        if name.startswith(f"{ATTAINMENT}.")
        and name.removesuffix(ending).count(".") == 1
        and (name.endswith(ending) if ending else AT not in name)
    ]
    known = [value for value in values if value == value]  # noqa: PLR0124 (NaN differs from itself)
    return min(known) if known else float("nan")
