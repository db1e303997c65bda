"""Compile loops once (`python -m study.evaluation.precompile`), before each worker would compile its own."""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from foundation.machine.compiled_loops import cache_folder
from optimize import allocate_targets, partition
from optimize.districting.audit import audit
from optimize.districting.precompile import LOOPS
from scenarios import generate_city, load_scenario
from sim import replicate
from study.evaluation.decisions import prepare_territory

SIMULATION, AUDIT = "simulation", "audit"

GROUPS = ("seats", "trees", SIMULATION, AUDIT, *(name for name in LOOPS if name not in ("seats", "trees")))
"""Every group, in the order in which they are begun: what takes longest comes first."""

OTHERS = (AUDIT, "search about seats", "trees of cuts", "cuts")
"""Groups that only other objectives than the moment need, and the check of a proof."""

WORK, AUDITED = 3.0, 5.0
"""Units of work for a plan, and for each claim: what they compile matters, not what they find."""

NEEDED = {"study": tuple(name for name in GROUPS if name not in OTHERS), "all": GROUPS}
"""What a verb runs, where that is not everything."""


def compile_group(name: str) -> str:
    """Run a little of all that belongs to a group of loops."""
    if name == SIMULATION:
        plan = load_scenario("plan", {"run.days": 40, "turnover.per_year": 0.9})
        city = prepare_territory(plan, generate_city(units=40, centres=2, seed=3), seed=1)
        replicate(plan, city, targets=allocate_targets(plan, city).targets, replications=1)
    elif name == AUDIT:
        city = generate_city(units=40, centres=2, seed=3)
        drawn = partition(city, 4, balance={"population": 0.2}, objective="cut-edges", work_limit=WORK)
        audit(drawn.certificates, work=AUDITED)
    else:
        LOOPS[name]()
    return name


def main(arguments: Sequence[str] | None = None) -> None:
    """Compile the loops of a verb, in several processes."""
    parser = argparse.ArgumentParser(prog="precompile", description="Compile the loops that a verb runs, once.")
    parser.add_argument("verb", nargs="?", choices=sorted(NEEDED), default="all")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(arguments)
    if cache_folder() is None:
        print("no folder for compiled loops can be written: each start compiles its own")
        return
    if options.jobs <= 1:
        for name in NEEDED[options.verb]:
            compile_group(name)
        return
    # Fresh processes: a copy of one in which Numba has begun to compile may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=options.jobs, mp_context=context) as processes:
        for _ in processes.map(compile_group, NEEDED[options.verb]):
            pass


if __name__ == "__main__":
    main()
