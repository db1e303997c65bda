"""The last word of a search: finalists that keep the limits, the best of them, its margin, and who is as good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from foundation.arrays import Floats
from sim.output_analysis.intervals import interval
from sim.output_analysis.ranking_and_selection import Selection, select
from study.timeline.objective import Judge, Limits
from study.timeline.search import Trial
from study.timeline.search_space import Point, Space

Verdict = Literal["better", "unsure", "worse", "plan", "none"]
"""Of the recommendation against the plan; ``plan``: it is the plan; ``none``: nothing keeps the limits."""

LIMITS_FROM, SELECTION_FROM, FRESH_FROM = 1_000_000, 2_000_000, 3_000_000
"""First run that decides about limits, that selects, and that measures the margin: no run serves two of them."""

BUDGET = 200
"""Most runs of a finalist in the selection."""

ATTEMPTS = 3
"""How many times as many trials as finalists are run anew to find finalists that keep the limits."""


@dataclass(frozen=True)
class Rules:
    """How the last word is found; `scenarios.schema.timeline_search.TimelineSettings` says what each means."""

    finalists: int
    replications: int
    indifference: float
    probability: float
    confidence: float


@dataclass(frozen=True)
class Equal:
    """A timeline beside the recommended one.

    Attributes
    ----------
    point : Point
    difference, low, high : float
        Its contribution minus that of the recommended timeline, in the same fresh runs; all intervals hold together.
    kept : bool
        Whether it keeps the limits with the stated confidence, taken alone.
    verdict : {"better", "as good", "worse", "can't tell"}
    """

    point: Point
    difference: float
    low: float
    high: float
    kept: bool
    verdict: Literal["better", "as good", "worse", "can't tell"]


@dataclass(frozen=True)
class LastWord:
    """What is claimed.

    Attributes
    ----------
    verdict : Verdict
    best : Point or None
        None: nothing keeps the limits.
    margin : tuple of float
        Mean, low and high of its contribution minus the plan's, fresh runs.
    values, plan_values : ndarray, shape (runs, 3 + principles)
        Of the best and of the plan in the fresh runs.
    upper : tuple of float
        Upper ends of the excess over the limits in the fresh runs, as `Limits.upper` gives them.
    share_kept : float
        Part of the fresh runs in which all limits were kept.
    selection : Selection or None
        None: only one finalist kept the limits.
    finalists : tuple of Point
        In the order of ``selection``.
    refused : tuple of Point
        Finalists that were not shown to keep the limits.
    equals : tuple of Equal
    indifference : float
        [yuan]
    """

    verdict: Verdict
    best: Point | None
    margin: tuple[float, float, float]
    values: Floats
    plan_values: Floats
    upper: tuple[float, ...]
    share_kept: float
    selection: Selection | None
    finalists: tuple[Point, ...]
    refused: tuple[Point, ...]
    equals: tuple[Equal, ...]
    indifference: float


def last_word(
    space: Space,
    judge: Judge,
    limits: Limits,
    trials: Sequence[Trial],
    rules: Rules,
    *,
    told: Callable[[str], None] = lambda _: None,
) -> LastWord:
    """Find the best of the best trials and measure what it is worth in runs that nothing was chosen by.

    1. The best trials within the limits, and the plan, are run anew; those whose dip keeps within the limits with the
       stated confidence, all together, and that break principles no more often than allowed, go on.
    2. The best of them is selected with the stated probability (Kim & Nelson 2001,
       `sim.output_analysis.ranking_and_selection`).
    3. Fresh runs give its margin over the plan.
    4. In the same fresh runs its neighbours and the other finalists are compared with it.

    Parameters
    ----------
    space : Space
    judge : Judge
    limits : Limits
    trials : sequence of Trial
        The first is the plan.
    rules : Rules
    told : callable
        Told what is being done.
    """
    plan = trials[0].point
    delta = rules.indifference * max(abs(trials[0].mean[0]), 1e-12)
    fresh = range(FRESH_FROM, FRESH_FROM + rules.replications)
    told("limits")
    going, refused = _within(judge, limits, trials, plan, rules)
    told("selection")
    selection = None
    best: Point | None = going[0] if going else None
    if len(going) > 1:

        def sample(chosen: Sequence[int], numbers: range) -> Floats:
            shifted = range(SELECTION_FROM + numbers.start, SELECTION_FROM + numbers.stop)
            return judge([going[k] for k in chosen], shifted)[:, :, 0]

        selection = select(sample, len(going), indifference=delta, probability=rules.probability, budget=BUDGET)
        best = going[selection.best]
    told("margin")
    plan_values = judge([plan], fresh)[:, 0, :]
    values = plan_values if best is None else judge([best], fresh)[:, 0, :]
    mean, low, high = (float(x[0]) for x in interval((values - plan_values)[:, :1], rules.confidence))
    excess = limits.excess(values, plan_values)
    upper = limits.upper(excess)
    told("neighbours")
    others = () if best is None else _beside(space, best, going)
    equals = _equals(judge, limits, others, values, plan_values, fresh, delta, rules)
    return LastWord(
        _verdict(best, plan, low, high),
        best,
        (mean, low, high),
        values,
        plan_values,
        tuple(float(end) for end in upper),
        float((excess <= 0).all(axis=1).mean()),
        selection,
        tuple(going),
        tuple(refused),
        equals,
        delta,
    )


def _within(
    judge: Judge, limits: Limits, trials: Sequence[Trial], plan: Point, rules: Rules
) -> tuple[list[Point], list[Point]]:
    """Return the finalists that keep the limits with confidence, all together, and those not shown to.

    Trials are taken in turn, best first, until enough have passed or `ATTEMPTS` times as many have been run.
    """
    ranked = sorted(trials[1:], key=lambda trial: trial.rank, reverse=True)
    waiting = [plan, *(trial.point for trial in ranked if trial.kept)][: ATTEMPTS * rules.finalists + 1]
    numbers = range(LIMITS_FROM, LIMITS_FROM + rules.replications)
    plan_values = judge([plan], numbers)[:, 0, :]
    passed: list[Point] = []
    failed: list[Point] = []
    for point in waiting:
        excess = limits.excess(judge([point], numbers)[:, 0, :], plan_values)
        (passed if limits.surely_kept(excess, len(waiting)) else failed).append(point)
        if len(passed) > rules.finalists:
            break
    return passed, failed


def _beside(space: Space, best: Point, going: Sequence[Point]) -> tuple[Point, ...]:
    """Return neighbours and other finalists, each timeline once."""
    found = {space.key(p): p for p in (*space.neighbours(best), *going)}
    found.pop(space.key(best), None)
    return tuple(point for point in found.values() if space.possible(point))


def _equals(
    judge: Judge,
    limits: Limits,
    others: Sequence[Point],
    values: Floats,
    plan_values: Floats,
    fresh: range,
    delta: float,
    rules: Rules,
) -> tuple[Equal, ...]:
    found = []
    level = 1 - (1 - rules.confidence) / max(len(others), 1)
    for point in others:
        own = judge([point], fresh)[:, 0, :]
        mean, low, high = (float(x[0]) for x in interval((own - values)[:, :1], level))
        kept = limits.surely_kept(limits.excess(own, plan_values))
        found.append(Equal(point, mean, low, high, kept, _beside_verdict(low, high, delta)))
    return tuple(found)


def _beside_verdict(low: float, high: float, delta: float) -> Literal["better", "as good", "worse", "can't tell"]:
    """Say what the interval of a difference allows: as good is worse by less than the indifference, surely."""
    if low > 0:
        return "better"
    if low >= -delta:
        return "as good"
    return "worse" if high < 0 else "can't tell"


def _verdict(best: Point | None, plan: Point, low: float, high: float) -> Verdict:
    if best is None:
        return "none"
    if best == plan:
        return "plan"
    return "better" if low > 0 else "worse" if high < 0 else "unsure"


def region(space: Space, word: LastWord) -> dict[str, list[Any]]:
    """Return for each axis the values with which a timeline one step away is as good and keeps the limits.

    Axes on which only the recommended value is as good carry that value alone.
    """
    if word.best is None:
        return {}
    as_good = [e.point for e in word.equals if e.kept and e.verdict in ("as good", "better")]
    near = [p for p in as_good if sum(a != b for a, b in zip(p, word.best, strict=True)) == 1]
    return {
        axis.name: [axis.values[k] for k in sorted({word.best[i], *(p[i] for p in near)})]
        for i, axis in enumerate(space.axes)
    }
