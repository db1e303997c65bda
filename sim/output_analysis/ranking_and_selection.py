"""Which scenario is best: fully sequential selection under common random numbers, with a stated probability."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from foundation.arrays import Floats
from foundation.messages import Message
from scenarios import InputError, Problem, Scenario
from sim.output_analysis.inputs import Inputs
from sim.output_analysis.number_of_replications import check_watched
from sim.output_analysis.replications import Runner

Sample = Callable[[Sequence[int], range], Floats]
"""Values of some designs, by position, in some replications: shape (replications, designs)."""

FIRST_STAGE = 10
BLOCK = 8
BUDGET = 1000


@dataclass(frozen=True)
class Selection:
    """What the procedure decided.

    Attributes
    ----------
    best : int
        Position of the design with the largest mean among those left.
    left : tuple of int
        Designs that were not eliminated; one, unless the budget was spent.
    used : tuple of int
        Replications of each design.
    means : tuple of float
    probability : float
        With at least this probability the best is no worse than any other by more than the indifference.
    indifference : float
        Smallest difference worth detecting, in units of the KPI.
    decided : bool
        False where the budget was spent with several left: then the probability is not claimed.
    """

    best: int
    left: tuple[int, ...]
    used: tuple[int, ...]
    means: tuple[float, ...]
    probability: float
    indifference: float
    decided: bool


def select(
    sample: Sample,
    designs: int,
    *,
    indifference: float,
    probability: float = 0.95,
    first_stage: int = FIRST_STAGE,
    budget: int = BUDGET,
) -> Selection:
    """Select the design with the largest mean by the procedure of Kim and Nelson.

    After a first stage of n replications, designs i and l are compared with the variance of their paired
    differences S2_il: i is eliminated after r replications where
    mean_i < mean_l - max(0, (h2 S2_il / d - r d) / (2 r)), with d the indifference, h2 = 2 eta (n - 1) and
    eta = ((2 (1 - p) / (k - 1))^(-2 / (n - 1)) - 1) / 2. Common random numbers lower S2_il, and so the work.

    Parameters
    ----------
    sample : callable
        Draws values; the same replication of all designs under the same random numbers.
    designs : int
        At least 2.
    indifference : float
        Above 0.
    probability : float
        Of correct selection, above 1 / designs.
    first_stage : int
        Replications before anything is compared, at least 2.
    budget : int
        Most replications of a design, at least 2.

    References
    ----------
    Kim & Nelson, "A fully sequential procedure for indifference-zone selection in simulation", ACM TOMACS 11(3), 2001.
    """
    _check(designs, indifference, probability)
    first_stage = max(2, min(first_stage, budget))
    values = sample(range(designs), range(first_stage))
    eta = ((2 * (1 - probability) / (designs - 1)) ** (-2 / (first_stage - 1)) - 1) / 2
    spread = np.array([[np.var(values[:, i] - values[:, k], ddof=1) for k in range(designs)] for i in range(designs)])
    reach = eta * (first_stage - 1) * spread / indifference
    left, total = list(range(designs)), values.sum(axis=0)
    used = np.full(designs, first_stage)
    waiting = np.zeros((0, designs))
    made = first_stage
    while True:
        mean = total / used
        slack = np.maximum(0.0, (reach - made * indifference / 2) / made)
        left = [i for i in left if all(mean[i] >= mean[k] - slack[i, k] for k in left if k != i)]
        if not slack[np.ix_(left, left)].any():
            left = left[:1]  # the procedure is over: whoever is left is level with the best
        if len(left) == 1 or made >= budget:
            break
        if not len(waiting):
            waiting = np.full((min(BLOCK, budget - made), designs), np.nan)
            waiting[:, left] = sample(left, range(made, made + len(waiting)))
        total[left] += waiting[0, left]
        used[left] += 1
        made += 1
        waiting = waiting[1:]
    best = max(left, key=lambda i: (mean[i], -i))
    return Selection(
        best,
        tuple(left),
        tuple(used.tolist()),
        tuple((total / used).tolist()),
        probability,
        indifference,
        len(left) == 1,
    )


def _check(designs: int, indifference: float, probability: float) -> None:
    problems = []
    if designs < 2:
        problems.append(
            Problem("scenarios", designs, Message("a selection needs two"), Message("Name another scenario."))
        )
    if not indifference > 0:
        problems.append(
            Problem(
                "indifference",
                indifference,
                Message("it must be above 0"),
                Message("Give the least difference that matters."),
            )
        )
    if designs >= 2 and not 1 / designs < probability < 1:
        problems.append(
            Problem(
                "probability",
                probability,
                Message("it must lie between {value:.3g} and 1", value=1 / designs),
                Message("Give 0.95."),
            )
        )
    if problems:
        raise InputError(problems)


def select_scenario(
    inputs: Sequence[Inputs],
    *,
    kpi: str = "contribution",
    indifference: float,
    probability: float = 0.95,
    counterfactual: Scenario | None = None,
    seed: int | None = None,
    jobs: int = 1,
    budget: int = BUDGET,
    progress: Callable[[int, int], None] | None = None,
    least: bool = False,
) -> tuple[Selection, pd.DataFrame]:
    """Select the scenario with the largest mean of a KPI, or the least; losers are not simulated any further.

    Returns
    -------
    Selection
    DataFrame
        ``scenario, mean, replications, left, best``.

    Raises
    ------
    InputError
        Fewer than two scenarios, a KPI that is unknown or that some run lacks, or an indifference or probability out of
        range.
    """
    _check(len(inputs), indifference, probability)
    sign = -1.0 if least else 1.0
    runner = Runner(inputs, counterfactual=counterfactual, seed=seed, jobs=jobs)

    def sample(chosen: Sequence[int], numbers: range) -> Floats:
        outcomes = runner.run(numbers, chosen=list(chosen))
        for measured, *_ in outcomes[0]:
            check_watched([kpi], list(measured))
        if progress is not None:
            progress(numbers.stop, budget)
        values = np.array([[kpis[kpi] for kpis, *_ in outcome] for outcome in outcomes], dtype=np.float64)
        if np.isnan(values).any():
            rule = Message("some run does not have it, so that means cannot be compared")
            raise InputError(Problem("kpi", kpi, rule, Message("Select by another KPI, or lengthen the study.")))
        return sign * values

    found = select(sample, len(inputs), indifference=indifference, probability=probability, budget=budget)
    table = pd.DataFrame(
        {
            "scenario": [item.scenario.name for item in inputs],
            "mean": [sign * mean for mean in found.means],
            "replications": found.used,
            "left": [int(i in found.left) for i in range(len(inputs))],
            "best": [int(i == found.best) for i in range(len(inputs))],
        }
    )
    return found, table
