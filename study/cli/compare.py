"""`fusion compare`: several scenarios under the same random numbers."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import pandas as pd

from scenarios import InputError, Problem
from scenarios.atomic import write_text
from study.cli import common
from study.pipeline import compare_results, counterfactual_of, decide_all, simulate_all, warnings_of
from study.provenance import describe_run
from study.storage import dump


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(
        verbs,
        "compare",
        run,
        "several scenarios under the same random numbers; differences against the first",
        "  fusion compare plan big_bang waves --replications 50 --jobs 2",
    )
    parser.add_argument("scenarios", nargs="+", metavar="SCENARIO", help="files or names, at least two")
    parser.add_argument(
        "--replications", type=common.count, metavar="N", help="runs per scenario (default: the first's)"
    )
    parser.add_argument(
        "--solver", choices=("highs", "cbc"), default="highs", help="solver of the models (default highs)"
    )
    common.add_territory(parser, option=True)
    common.add_common(parser)


def run(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Simulate every scenario and write the comparison."""
    if len(options.scenarios) < 2:
        raise InputError(Problem("SCENARIO", options.scenarios[0], "a comparison needs two", "Name another scenario."))
    scenarios = common.load_scenarios(options.scenarios, common.settings(options))
    base = scenarios[0]
    territory = common.territory_from(options, base)
    out = common.out_folder(options, "compare", "-".join(s.name for s in scenarios))
    reporter = common.reporter(options)
    seed = base.run.seed if options.seed is None else options.seed
    replications = options.replications or base.run.replications
    started = time.perf_counter()
    decisions = decide_all(scenarios, territory, seed=seed, solver=options.solver, reporter=reporter)
    results = simulate_all(
        scenarios,
        decisions,
        counterfactual_of(base),
        replications=replications,
        seed=seed,
        jobs=options.jobs,
        reporter=reporter,
    )
    comparison = compare_results(results)
    tables = {
        "replications": pd.concat([r.to_frame() for r in results.values()], ignore_index=True),
        "daily": pd.concat([r.daily() for r in results.values()], ignore_index=True),
        "comparison": comparison,
    }
    for name, table in tables.items():
        write_text(out / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))
    made = decisions[base.name]
    run_facts = describe_run(
        "compare",
        arguments,
        {s.name: s for s in scenarios},
        made.territory,
        seed=seed,
        replications=replications,
        jobs=options.jobs,
        seconds=time.perf_counter() - started,
        events=sum(r.events for r in results.values()),
    )
    write_text(out / "run.json", dump(run_facts))
    for warning in warnings_of(base, made.territory):
        reporter.say(f"warning: {warning}")
    reporter.say(comparison[comparison["kpi"].isin(HEADLINES)].to_string(index=False))
    reporter.say(f"{out}")


HEADLINES = ("sales", "revenue", "churned", "dip_depth", "dip_days", "synergy")
"""KPIs that the terminal shows; the files hold all."""
