"""Who is trained in both businesses: share of people against contribution, with intervals; a table and a figure."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from benchmarks.asked import asked
from foundation.atomic_files import write_bytes, write_text
from foundation.parallel import Task, spread
from scenarios import Territory, load_scenario
from sim.kpis import kpis_at
from sim.output_analysis.intervals import interval
from sim.run import simulate_world
from sim.world.build import World
from study.evaluation.decisions import decide, decide_again
from study.evaluation.simulate import inputs_of
from study.plotting.theme import new_figure, to_png

DOCS = Path(__file__).parents[1] / "docs"
PAGE, PICTURE = DOCS / "cross_training.md", DOCS / "images" / "cross_training.png"
SHARES = (0.0, 0.25, 0.5, 1.0)
WAYS = {"spread": "spread evenly", "chosen": "chosen by the model"}
DAYS = (120, 250)
COLUMNS = ["share", "who", "trained", "model", "proof", "day", "contribution", "difference", "low", "high"]

Shared = Sequence[World]


def cross_training(arguments: Sequence[str] = ()) -> None:
    """Share trained against contribution; ``--write`` puts table and figure into the documentation."""
    options, city = asked("cross_training", cross_training.__doc__, arguments, replications=4, jobs=1)
    found = table(city, SHARES, options.replications, options.jobs)
    print(found.to_string(index=False))
    if options.write:
        command = " ".join(["python -m benchmarks.cross_training", *arguments])
        write_text(PAGE, page(found, options.replications, len(city), command))
        write_bytes(PICTURE, to_png(draw(found)))


def table(
    territory: Territory, shares: Sequence[float], replications: int, jobs: int, days: Sequence[int] = DAYS
) -> pd.DataFrame:
    """Return contribution against training nobody, in yuan, by share trained and by who they are.

    Columns: ``share, who, trained`` (people), ``model`` (what the choice earns in the model of what training everybody
    does), ``proof, day, contribution, difference, low, high`` (95 %, paired with nobody trained).
    """
    plan = load_scenario("plan", {"run.days": max(days)})
    made = decide(plan, territory, seed=plan.run.seed)
    rows, worlds = [], []
    for share, who in [(0.0, "spread"), *((s, w) for s in shares if s > 0 for w in WAYS)]:
        scenario = load_scenario(
            "plan", {"run.days": max(days), "training.cross_trained": share, "training.trainees": who}
        )
        now = decide_again(made, scenario)
        world, chosen = inputs_of(scenario, now).world(), now.training
        earned, proof = (np.nan, "") if chosen is None else (chosen.earned, chosen.proof)
        rows.append((share, who, int(world.trained.sum()), earned, proof))
        worlds.append(world)
    tasks = [Task(n, f"replication {n}") for n in range(replications)]
    values = np.array(spread(_contributions, (worlds, tuple(days)), tasks, jobs=jobs), dtype=np.float64)
    mean, low, high = interval(values - values[:, :1], 0.95)
    found = [
        (*row, day, values[:, k, d].mean(), mean[k, d], low[k, d], high[k, d])
        for k, row in enumerate(rows)
        for d, day in enumerate(days)
    ]
    return pd.DataFrame(found, columns=COLUMNS)


def _contributions(shared: tuple[Shared, Sequence[int]], number: int) -> list[list[float]]:
    """Return every world's contribution up to each of the days, of one replication."""
    worlds, days = shared
    runs = (simulate_world(world, world.scenario.run.seed, number) for world in worlds)
    return [[kpis_at(run, None, day)["contribution"] for day in days] for run in runs]


def page(found: pd.DataFrame, replications: int, units: int, command: str) -> str:
    """Return the table of the documentation."""
    lines = [
        "# What training some in both businesses earns",
        "",
        "The plan trains everybody (F14-F16). Here a share of the people of each centre is trained, an even part or",
        "those whom a model chooses ([formulations](formulations.md#training)); the others sell their own",
        "business alone ([the model](model.md#who-is-trained-in-both-businesses)).",
        "",
        f"{replications} replications on a synthetic city of {units} units, the same random numbers for every row; ¥ m",
        f"against training nobody, 95 % CI of chance alone. Made by `{command}`.",
        "",
        f"| share | who | people | {' | '.join(f'day {day} (¥ m)' for day in found['day'].unique())} | in the model |",
        f"|---|---|---|{'---|' * found['day'].nunique()}---|",
    ]
    for (share, who), group in found.groupby(["share", "who"], sort=False):
        if not share:
            continue
        ends = (group[["difference", "low", "high"]] / 1e6).to_numpy(dtype=np.float64)
        cells = [f"{middle:+.2f} ({low:.2f} to {high:.2f})" for middle, low, high in ends]
        earned = float(group["model"].iloc[0])
        model = "" if np.isnan(earned) else f"{earned:.0%} ({group['proof'].iloc[0]})"
        row = [f"{float(str(share)):.0%}", WAYS[str(who)], str(group["trained"].iloc[0]), *cells, model]
        lines.append(f"| {' | '.join(row)} |")
    lines += [
        "",
        "![People trained against contribution, spread evenly and chosen by the model](images/cross_training.png)",
        "",
        "*In the model*: what the choice earns there of what training everybody would, and what is proven of it.",
        "Above 100 % the model leaves out people whose course costs more than it brings.",
        "",
        "Intervals hold chance alone, on one synthetic city with assumed parameters: not how wrong these are, nor",
        "how another city is staffed. What is chosen depends on the days that are studied: few pay in a short one.",
    ]
    return "\n".join(lines) + "\n"


def draw(found: pd.DataFrame) -> Figure:
    """Return people trained against contribution, at the last day, with intervals."""
    figure = new_figure(6.4, 3.6)
    axes = figure.add_subplot()
    last = found[found["day"] == found["day"].max()]
    none = last[last["share"] == 0]
    for who, label in WAYS.items():
        part = pd.concat([none, last[(last["who"] == who) & (last["share"] > 0)]]).sort_values("trained")
        middle = part["difference"] / 1e6
        bars = [middle - part["low"] / 1e6, part["high"] / 1e6 - middle]
        axes.errorbar(part["trained"], middle, yerr=bars, marker="o", capsize=3, label=label)
    axes.set_xlabel("people trained in both businesses")
    axes.set_ylabel(f"contribution in {int(last['day'].iloc[0])} days\nagainst training nobody (¥ m)")
    axes.legend(frameon=False)
    return figure


if __name__ == "__main__":
    cross_training(sys.argv[1:])
