"""What worlds cost, and whether the advice of some worlds holds in others."""

from __future__ import annotations

import time

import numpy as np

from study.evaluation.experiment import Experiment
from study.evaluation.simulate import inputs_of
from study.robustness.advice import advise, standings
from study.robustness.estimates import of_means, regrets
from study.robustness.outcomes import Outcomes, broken, table_of
from study.robustness.simulate import Row, simulate_worlds
from study.robustness.worlds import Worlds, draw_worlds

WORLDS = 64
GOAL = 500
"""Worlds of 7 timelines and 250 days that are to take 12 minutes at most on two quiet cores."""


def worlds() -> None:
    """Time worlds on two workers; hold the advice of half of them against the other half."""
    experiment = Experiment.set_up(["plan"], None, alternatives=True, jobs=2)
    first, decisions = experiment.first, experiment.decide()
    inputs = [inputs_of(s, decisions[s.name]) for s in experiment.scenarios]
    drawn = draw_worlds(first, WORLDS, experiment.seed)
    simulate_worlds(inputs, drawn, [0, 1], seed=experiment.seed, jobs=2)  # what is compiled is compiled
    started = time.perf_counter()
    rows = simulate_worlds(inputs, drawn, range(WORLDS), seed=experiment.seed, jobs=2)
    each = (time.perf_counter() - started) / WORLDS
    whole = each * GOAL * 1.125 / 60
    print(f"{each:.2f} s a world; {GOAL} worlds, an eighth of them twice: {whole:.1f} min (extrapolated)")
    names = [s.name for s in experiment.scenarios]
    halves = [[n for n in range(WORLDS) if n % 2 == k] for k in (0, 1)]
    there = [_outcomes(experiment, drawn, half, [rows[n] for n in half], names) for half in halves]
    last, allowed = there[0].horizons[-1], first.study.broken_at_most
    named = advise(there[0], {last: standings(there[0], last, 0.95, 1)}, allowed).recommended
    values = there[1].values("contribution", last, there[1].choices)
    fallen = np.max(list(broken(there[1], last, there[1].choices).values()), axis=0)
    for name in dict.fromkeys((named, first.name, "big_bang")):
        k = there[1].choices.index(name)
        lost = of_means(regrets(values)[:, [k]], 0.95, 1)
        print(
            f"{name}{' (advised)' if name == named else ''}: regret in other worlds {lost.value:,.0f} yuan "
            f"[{lost.low:,.0f}, {lost.high:,.0f}], breaks a principle in {fallen[:, k].mean():.0%} of them"
        )


def _outcomes(
    experiment: Experiment, drawn: Worlds, half: list[int], rows: list[list[Row]], names: list[str]
) -> Outcomes:
    own = Worlds(drawn.keys, drawn.values[half], drawn.scores[half], drawn.correlation)
    table = table_of(own, range(len(half)), names, rows)
    return Outcomes(experiment.scenarios, own, table, table[:0])
