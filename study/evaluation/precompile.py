"""Compile every loop once (`python -m study.evaluation.precompile`), before each worker would compile its own."""

from __future__ import annotations

from optimize import partition
from optimize.districting.precompile import compile_loops
from scenarios import generate_city, load_scenario
from sim import replicate
from study.evaluation.decisions import prepare_territory


def main() -> None:
    """Run a little of everything that is compiled."""
    compile_loops(tiny=True, trees=True, seats=True, cuts=True)
    plan = load_scenario("plan", {"run.days": 40})
    city = prepare_territory(plan, generate_city(units=40, centres=2, seed=3), seed=1)
    replicate(plan, city, replications=1)
    partition(city, 4, balance={"population": 0.2}, objective="cut-edges", effort="quick")


if __name__ == "__main__":
    main()
