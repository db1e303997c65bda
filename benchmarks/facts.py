"""Every fact of the plan switched off alone: which way its KPI moves, with intervals; a table for the documentation."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.asked import asked
from foundation.atomic_files import write_text
from foundation.parallel import Task, spread
from scenarios import Territory, load_scenario
from sim.kpis import kpis_at
from sim.output_analysis.intervals import interval
from sim.run import simulate_world
from sim.world.build import World
from study.evaluation.decisions import Decisions, decide, decide_again
from study.evaluation.simulate import inputs_of

PAGE = Path(__file__).parents[1] / "docs" / "facts.md"
DECIDED = ("partition.", "placement.")
"""Keys on which communities and places depend."""


def weights(stage: str, first: float) -> dict[str, Any]:
    """Return the overrides that give both forces' own business a weight in a target stage."""
    other = 1.0 - first
    return {
        f"target_stages.{stage}.weights.CM": {"fixed": first, "mobile": other},
        f"target_stages.{stage}.weights.GM": {"fixed": other, "mobile": first},
    }


@dataclass(frozen=True)
class Switch:
    """One fact, or part of it, and what is expected of it.

    Attributes
    ----------
    fact, says : str
    off : mapping
        Overrides that switch it off.
    kpi, days : str and int
        What it moves, after how many working days.
    way : int
        1: the fact raises it; -1: it lowers it; 0: the fact does not say.
    """

    fact: str
    says: str
    off: dict[str, Any]
    kpi: str
    days: int
    way: int


SWITCHES = (
    Switch(
        "F1",
        "both businesses from one hand",
        {"phases.transition.both_businesses": False, "phases.trial_run.both_businesses": False},
        "contribution",
        250,
        1,
    ),
    Switch("F3", "community managers keep customers", {"effort.retention": 0.0}, "churned.fixed", 120, -1),
    Switch("F4", "outlets are cared for", {"effort.channel": 0.0}, "channel_sales", 120, 1),
    Switch("F5", "community managers sell well", {"learning.CM.fixed": 1200.0}, "direct_sales.fixed", 120, 1),
    Switch("F5", "and know little of channels", {"learning.CM.channel": 4000.0}, "skill.CM.channel", 120, -1),
    Switch("F6", "grid managers know channels", {"learning.GM.channel": 20.0}, "channel_sales", 120, 1),
    Switch("F6", "and sell less well directly", {"learning.GM.mobile": 4000.0}, "direct_sales.mobile", 120, -1),
    Switch("F7", "outlets keep their supporter", {"placement.outlet_weight": 0.0}, "channel_sales", 120, 1),
    Switch("F8", "grid managers stay where they know", {"placement.distance_weight": 10.0}, "direct_sales", 120, 1),
    Switch(
        "F9",
        "centres are divided into communities",
        {"partition.sellers_per_community": 1000.0, "partition.sellers_per_subdivision": 1000.0},
        "utilisation",
        120,
        1,
    ),
    Switch("F10", "courses", {"training.hours_needed": 0.0}, "skill", 40, 1),
    Switch("F11", "drills", {"effort.drill_share": 0.0}, "skill.GM.fixed", 50, 1),
    Switch("F12", "the trial run", {"phases.trial_run": None}, "contribution", 250, 1),
    Switch(
        "F13",
        "one virtual community for the whole centre",
        {"phases.adjustment.organisation": "physical_communities"},
        "utilisation",
        16,
        -1,
    ),
    Switch("F13", "second-level support", {"support.escalation_share": 0.0}, "support_within_sla", 60, 0),
    Switch("F14", "clerks' courses", {"training.clerk_hours_per_day": 0.0}, "hall_refused", 60, -1),
    Switch("F15", "communities are redrawn", {"phases.transition.communities": "current"}, "contribution", 80, 0),
    Switch(
        "F15",
        "mixed teams",
        {"phases.transition.mixed_teams": False, "phases.trial_run.mixed_teams": False},
        "skill",
        80,
        1,
    ),
    Switch(
        "F15",
        "channels are shared",
        {"phases.transition.shared_channels": False, "phases.trial_run.shared_channels": False},
        "outlet_quality",
        120,
        1,
    ),
    Switch("F15", "halls exchange clerks", {"phases.transition.hall_exchange": False}, "hall_refused", 80, -1),
    Switch("F16", "communities are subdivided", {"phases.trial_run.communities": "redrawn"}, "contribution", 250, 0),
    Switch("F16", "data support", {"phases.trial_run.data_support": False}, "direct_sales", 250, 1),
    Switch("F17", "local incentives", {"phases.trial_run.local_incentives": False}, "direct_sales", 250, 1),
    Switch("F17", "the scheme is improved", {"trial_run.improvement": 0.0}, "direct_sales", 250, 1),
    Switch("F18", "effort follows targets", {"effort.follows_targets": False}, "attainment.full_service", 250, 0),
    Switch(
        "F19",
        "three stages before full service",
        {**weights("stage1", 0.5), **weights("stage2", 0.5), **weights("stage3", 0.5)},
        "skill.CM.mobile",
        80,
        -1,
    ),
    Switch("F20", "stage 1: own business, 100/0", weights("stage1", 0.5), "direct_sales.fixed", 42, 1),
    Switch("F21", "stage 2: 80/20, emphasis on one's own", weights("stage2", 0.5), "direct_sales.fixed", 58, 1),
    Switch("F21", "and something of the other: grid managers", weights("stage2", 1.0), "skill.GM.fixed", 58, 1),
    Switch("F21", "and something of the other: community managers", weights("stage2", 1.0), "skill.CM.mobile", 58, 1),
    Switch("F22", "stage 3: 60/40", weights("stage3", 0.8), "skill.CM.mobile", 80, 1),
    Switch("F23", "full service: 50/50", weights("full_service", 0.6), "skill.CM.mobile", 250, 1),
)

Shared = tuple[World, Sequence[World], Sequence[Switch]]


def facts(arguments: Sequence[str] = ()) -> None:
    """Every fact of the plan switched off alone; ``--write`` puts the table into docs/facts.md."""
    options, city = asked("facts", facts.__doc__, arguments, replications=8, jobs=2)
    found = table(city, SWITCHES, options.replications, options.jobs)
    print(found.to_string(index=False))
    if options.write:
        write_text(PAGE, page(found, options.replications, len(city)))


def table(territory: Territory, switches: Sequence[Switch], replications: int, jobs: int) -> pd.DataFrame:
    """Return ``fact, part, kpi, days, off, difference, low, high, expected, found``: with the fact less without it."""
    plan = load_scenario("plan")
    made = decide(plan, territory, seed=plan.run.seed)
    worlds = [_world(made, territory, switch) for switch in switches]
    base = inputs_of(plan, made).world()
    tasks = [Task(n, f"replication {n}") for n in range(replications)]
    values = np.array(spread(_differences, (base, worlds, tuple(switches)), tasks, jobs=jobs), dtype=np.float64)
    rows = []
    mean, low, high = interval(values[:, :, 0], 0.95)
    for k, switch in enumerate(switches):
        shown = "raises" if low[k] > 0 else "lowers" if high[k] < 0 else "no clear difference"
        wanted = {1: "raises", -1: "lowers", 0: "open"}[switch.way]
        kept = values[:, k, 1].mean()
        rows.append((switch.fact, switch.says, switch.kpi, switch.days, kept, mean[k], low[k], high[k], wanted, shown))
    names = ["fact", "part", "kpi", "days", "with it", "difference", "low", "high", "expected", "found"]
    return pd.DataFrame(rows, columns=names)


def _world(made: Decisions, territory: Territory, switch: Switch) -> World:
    """Return the world without a fact, with the decisions made for it."""
    scenario = load_scenario("plan", switch.off)
    if any(key.startswith(DECIDED) for key in switch.off):
        return inputs_of(scenario, decide(scenario, territory, seed=scenario.run.seed)).world()
    return inputs_of(scenario, decide_again(made, scenario)).world()


def _differences(shared: Shared, number: int) -> list[tuple[float, float]]:
    """Return for every switch the KPI with the fact less without it, and with it, of one replication."""
    base, worlds, switches = shared
    seed = base.scenario.run.seed
    run = simulate_world(base, seed, number)
    result = []
    for world, switch in zip(worlds, switches, strict=True):
        kept, lost = (_kpi(r, switch) for r in (run, simulate_world(world, seed, number)))
        result.append((kept - lost, kept))
    return result


def _kpi(run: Any, switch: Switch) -> float:
    return kpis_at(run, None, switch.days).get(switch.kpi, float("nan"))


def page(found: pd.DataFrame, replications: int, units: int) -> str:
    """Return the page of the documentation."""
    lines = [
        "# Every fact of the plan alone",
        "",
        f"Each fact of the plan switched off alone, {replications} replications on a synthetic city of {units} units,",
        "the same random numbers with and without it: the difference that the fact makes, 95 % intervals. Made by",
        "`python -m benchmarks.facts --write`. F2 is the principle by which results are judged (dip, break-even,",
        "synergy), F24-F26 are findings: neither is a mechanism.",
        "Where the plan does not say which way a fact works, the direction is open.",
        "",
        "Drills give the other business a set share of the selling time whatever the weights (`effort.drill_share`),",
        "and at the skills of stage 2 a weight of 20 % asks for less than that. So 80/20 against 100/0 does not change",
        "how selling time is split, only who visits whom: community managers with some weight on mobile also visit",
        "mobile customers who may leave, ahead of those who can do it better, and sell mobile a little less.",
        "",
        "| fact | what | KPI | day | with it | difference (95 % CI) | expected | found |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in found.itertuples(index=False):
        fact, part, kpi, days, kept, mean, low, high, wanted, shown = row
        change = f"{_number(mean, True)} ({_number(low, True)} to {_number(high, True)})"
        lines.append(f"| {fact} | {part} | `{kpi}` | {days} | {_number(kept)} | {change} | {wanted} | {shown} |")
    return "\n".join(lines) + "\n"


def _number(value: float, signed: bool = False) -> str:
    sign = "+" if signed else ""
    if np.isnan(value):
        return "none"
    return f"{value:{sign},.0f}" if abs(value) >= 100 else f"{value:{sign}.4f}"


if __name__ == "__main__":
    facts(sys.argv[1:])
