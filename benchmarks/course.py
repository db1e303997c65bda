"""The best plan against the work that was spent: how fast a search gets where, drawn for every objective."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import matplotlib as mpl

from benchmarks.territory_design import generated
from optimize import PartitionResult, partition
from scenarios import Territory, generate_city

WORK = 30.0
"""Units of work of a run."""

SEEDS = (1, 2, 3)
PICTURE = Path("results") / "course.svg"


Objective = Literal["moment", "distance", "radius", "cut-edges"]


def cases() -> list[tuple[str, Territory, int, Objective, str, dict[str, float]]]:
    """Return what is solved: name, territory, communities, objective, weight, balance."""
    plane, city = generated(200, 0, skewed=False), generate_city(units=400, centres=2, seed=5)
    three = dict.fromkeys(("customers", "demand", "workload"), 0.05)
    return [
        ("distance, 200 units into 10", plane, 10, "distance", "demand", three),
        ("radius, 200 units into 10", plane, 10, "radius", "demand", three),
        ("moment, 400 units into 12", city, 12, "moment", "population", {"population": 0.05}),
        ("cut edges, 400 units into 12", city, 12, "cut-edges", "population", {"population": 0.05}),
    ]


def course() -> None:
    """Best value against work for three seeds, and the best bound, drawn in results/course.svg."""
    runs: dict[str, list[PartitionResult]] = {}
    for name, territory, communities, objective, weight, balance in cases():
        for seed in SEEDS:
            plan = partition(
                territory, communities, objective=objective, weight=weight, balance=balance, work_limit=WORK, seed=seed
            )
            runs.setdefault(name, []).append(plan)
            points = ", ".join(f"{value:,.6g} at {work:.1f}" for work, value in plan.course.get("", ()))
            print(f"  {name}, seed {seed}: {points}; bound {plan.bound}, {plan.work:.1f} units of work", flush=True)
    print(f"  drawn in {draw(runs, PICTURE)}")


def draw(runs: dict[str, list[PartitionResult]], path: Path) -> Path:
    """Draw a panel for each name: steps of the best value, as a share above the best bound or plan of all runs."""
    mpl.use("svg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 (after the choice of what draws)

    figure, axes = plt.subplots(1, len(runs), figsize=(4 * len(runs), 3), layout="constrained", squeeze=False)
    for panel, (name, plans) in zip(axes[0], runs.items(), strict=True):
        best = min(plan.value for plan in plans)
        for plan in plans:
            points = [*plan.course.get("", ()), (plan.work, plan.value)]
            work, values = [w for w, _ in points], [100 * (v / best - 1) for _, v in points]
            panel.step(work, values, where="post", label=f"seed {plan.seed}")
        bounds = [plan.bound for plan in plans if plan.bound is not None]
        if bounds:
            panel.axhline(100 * (max(bounds) / best - 1), color="grey", linestyle=":", label="bound")
        panel.set(title=name, xlabel="units of work", ylabel="above the best plan [%]")
    axes[0][0].legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return path
