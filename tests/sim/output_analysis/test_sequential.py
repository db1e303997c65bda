"""Enough replications and the best scenario, held against hand-made data and toy designs with known answers."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from scenarios import InputError, Scenario, Territory, load_scenario
from sim import Inputs, replicate, replicate_all, select_scenario
from sim.output_analysis.number_of_replications import enough, half_widths
from sim.output_analysis.ranking_and_selection import select
from study.evaluation.decisions import decide


@given(st.lists(st.floats(1, 100), min_size=2, max_size=30))
@example([2.0, 2.00001])
@example([99.0, 99.00001, 99.00002])
def test_half_widths_are_those_of_students_interval(values: list[float]) -> None:
    data = np.array(values)
    if data.std() > 1e-6:
        low, high = stats.t.interval(0.95, len(data) - 1, data.mean(), data.std(ddof=1) / math.sqrt(len(data)))
        assert half_widths(data, 0.95)[-1] == pytest.approx((high - low) / 2 / data.mean(), rel=1e-6)
    assert half_widths(data, 0.95)[0] == np.inf


def test_a_lucky_moment_is_not_enough() -> None:
    lucky = np.array([100.0, 100.0, 100.0, 160.0, 40.0, 100.0, 100.0, 100.0, 100.0])
    assert enough({"a": lucky}).replications is None
    calm = np.full(9, 100.0) + np.array([0.1, -0.1, 0, 0.1, -0.1, 0, 0.1, -0.1, 0])
    assert enough({"a": calm}).replications == 3
    assert enough({"a": calm, "b": lucky}).replications is None


def test_the_run_stops_when_its_intervals_are_narrow_on_any_number_of_workers(town: Territory) -> None:
    short = load_scenario("plan", {"run.days": 30})
    one, two = (replicate(short, town, replications="auto", precision=0.05, jobs=jobs) for jobs in (1, 2))
    assert one.to_frame().equals(two.to_frame())
    assert one.enough is not None and one.enough.replications is not None
    for kpi in ("sales", "revenue", "contribution"):
        assert half_widths(one.values[kpi].to_numpy(), 0.95)[-1] <= 0.05
    fixed = replicate(short, town, replications=len(one.values))
    assert fixed.values.equals(one.values)
    spent = replicate(short, town, replications="auto", precision=1e-9, budget=10)
    assert len(spent.values) == 10 and "budget spent" in str(spent)
    with pytest.raises(InputError, match="no such KPI"):
        replicate(short, town, replications="auto", watched=["slaes"])


def test_the_best_design_is_selected_as_often_as_promised() -> None:
    hits, means = 0, np.array([0.0, 0.0, 0.0, 1.0])
    for seed in range(200):
        rng = np.random.default_rng(seed)
        table = means + rng.normal(0, 2, (1000, 4)) + rng.normal(0, 3, (1000, 1))  # a shared part, as under CRN

        def sample(chosen, numbers, table=table):  # type: ignore[no-untyped-def]
            return table[numbers.start : numbers.stop][:, list(chosen)]

        found = select(sample, 4, indifference=1.0, probability=0.9)
        assert found.decided and found.left == (found.best,)
        hits += found.best == 3
    assert hits >= stats.binom.ppf(0.001, 200, 0.9)


def test_losers_are_not_simulated_to_the_end() -> None:
    table = np.random.default_rng(1).normal([0.0, 9.8, 10.0], 1.0, (1000, 3))
    found = select(lambda chosen, numbers: table[numbers.start : numbers.stop][:, list(chosen)], 3, indifference=0.1)
    assert found.used[0] < found.used[1] == found.used[2] and found.best != 0


def test_designs_that_never_differ_are_not_run_to_the_end() -> None:
    """Kim & Nelson's procedure ends where its triangle does; without any spread that is the first stage."""

    def sample(chosen: Sequence[int], numbers: range) -> np.ndarray:
        luck = np.random.default_rng(5).normal(size=400)[numbers.start : numbers.stop]
        return np.stack([luck - (k == 2) for k in chosen], axis=1)

    found = select(sample, 3, indifference=0.5)
    assert (found.best, found.left, found.decided, max(found.used)) == (0, (0,), True, 10)


def test_a_spent_budget_claims_nothing() -> None:
    table = np.random.default_rng(2).normal([0.0, 0.001], 5.0, (40, 2))
    found = select(
        lambda chosen, numbers: table[numbers.start : numbers.stop][:, list(chosen)], 2, indifference=0.01, budget=20
    )
    assert not found.decided and found.left == (0, 1)
    sooner = select(
        lambda chosen, numbers: table[numbers.start : numbers.stop][:, list(chosen)], 2, indifference=0.01, budget=5
    )
    assert max(sooner.used) == 5 and not sooner.decided


@pytest.mark.parametrize(
    ("wrong", "says"), [({"indifference": 0.0}, "above 0"), ({"indifference": 1.0, "probability": 0.4}, "between 0.5")]
)
def test_a_selection_that_makes_no_sense_is_refused(wrong: dict[str, float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        select(lambda chosen, numbers: np.zeros((len(numbers), len(chosen))), 2, **wrong)


def test_scenarios_are_selected_under_common_random_numbers(plan: Scenario, town: Territory) -> None:
    weak, strong = (
        load_scenario("plan", {"run.days": 30, "selling.conversion.fixed": c, "name": n})
        for c, n in ((0.02, "weak"), (0.04, "strong"))
    )
    found, table = select_scenario([Inputs(weak, town), Inputs(strong, town)], kpi="sales", indifference=20.0)
    assert found.decided and table.loc[table["best"] == 1, "scenario"].tolist() == ["strong"]
    both = replicate_all([Inputs(weak, town), Inputs(strong, town)], replications=found.used[0])
    assert table["mean"][0] == pytest.approx(both[0].values["sales"].mean())


@pytest.mark.slow
def test_a_kpi_that_one_scenario_lacks_is_refused_whoever_comes_first(plan: Scenario, town: Territory) -> None:
    made = decide(plan, town, seed=1)
    first = Inputs(plan, made.territory, targets=made.targets.targets)
    second = Inputs(load_scenario("no_merger", {"run.days": plan.run.days}), made.territory)
    with pytest.raises(InputError, match=r"attainment\.stage1"):
        select_scenario([first, second], kpi="attainment.stage1", indifference=1.0)
