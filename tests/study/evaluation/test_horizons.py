"""Results at every horizon come from the same runs; a run that never breaks even is not left out."""

import math

import numpy as np
import pytest

from scenarios import load_scenario, load_territory
from scenarios.loading.case import cases_of
from scenarios.loading.load import load_alternative
from scenarios.rules.horizons import horizons_of
from study.evaluation.decisions import decide_all
from study.evaluation.horizons import horizon_table, kaplan_meier_median
from study.evaluation.simulate import simulate_all
from study.presentation.progress import Reporter

CITY = "model_city"


@pytest.fixture(scope="module")
def results():
    """Return three replications of 60 days of the plan and of no merger, with the horizon of 40 days."""
    town = load_territory(CITY)
    town = town.subset(town.units.index[town.units["centre"] == min(town.units["centre"])])
    plan = load_scenario("plan", {"run.days": 60, "study.horizons": [40, 60]})
    both = [plan, load_alternative(plan, "no_merger")]
    decisions = decide_all(both, town, seed=1, solver="highs", jobs=1, reporter=Reporter(quiet=True))
    return simulate_all(cases_of(both), decisions, 3, seed=1, jobs=1, reporter=Reporter(quiet=True))[0]


@pytest.fixture(scope="module")
def long(results):
    """Return their table."""
    return horizon_table(results)


def test_a_horizon_counts_the_days_until_then_and_no_other(results, long) -> None:
    """Truth: sums of the daily series of the same runs, and the definitions of dip and synergy worked out by hand."""
    for name in ("plan", "no_merger"):
        series, early = results[name].series, long[(long["scenario"] == name) & (long["horizon"] == 40)]
        found = early.set_index("kpi")["mean"]
        for kpi, key in (
            ("sales", ("sales", "all", "all")),
            ("sales.fixed", ("sales", "fixed", "all")),
            ("channel_sales", ("sales", "mobile", "outlet")),
            ("contribution", ("contribution", "all", "all")),
            ("hall_refused", ("hall_refused", "all", "hall")),
        ):
            assert found[kpi] == pytest.approx(series[key][:, :40].sum(axis=1).mean(), rel=1e-12)
        assert found["skill.GM.fixed"] == pytest.approx(series["skill", "fixed", "GM"][:, 39].mean(), rel=1e-12)
    merged, alone = (results[n].series["contribution", "all", "all"][:, :40] for n in ("plan", "no_merger"))
    found = long[(long["scenario"] == "plan") & (long["horizon"] == 40)].set_index("kpi")["mean"]
    synergy = merged[:, -20:].sum(axis=1) / alone[:, -20:].sum(axis=1)
    assert found["synergy"] == pytest.approx(synergy.mean(), rel=1e-12)

    def smooth(values):
        return np.array([[row[max(0, t - 9) : t + 1].mean() for t in range(40)] for row in values])

    start = [d >= "2021-12-11" for d in results["plan"].dates].index(True)
    short = (1 - smooth(merged) / smooth(alone))[:, start:]
    assert found["dip_depth"] == pytest.approx(np.maximum(short.max(axis=1), 0).mean(), rel=1e-12)
    assert found["dip_days"] == pytest.approx((short > 0.02).sum(axis=1).mean(), rel=1e-12)


def test_a_stage_that_a_horizon_cuts_short_has_no_attainment(long) -> None:
    """40 working days from 1 December end on 26 January, in stage 1; 60 on 28 February, as stage 2 does."""
    attained = long[(long["scenario"] == "plan") & long["kpi"].str.fullmatch(r"attainment\.\w+")]
    whole = attained.dropna(subset="mean").groupby("horizon")["kpi"].agg(set)
    assert 40 not in whole and whole[60] >= {"attainment.stage1"}
    assert "attainment.full_service" not in whole[60]


def test_every_scenario_has_every_horizon(long) -> None:
    assert set(zip(long["scenario"], long["horizon"], strict=True)) == {
        (name, days) for name in ("plan", "no_merger") for days in (40, 60)
    }
    assert list(long.columns) == ["scenario", "horizon", "kpi", "mean", "low", "high"]


def test_a_horizon_beyond_the_study_means_its_last_day() -> None:
    assert horizons_of(load_scenario("plan", {"run.days": 60})) == (60,)
    assert horizons_of(load_scenario("plan")) == (120, 250)
    assert horizons_of(load_scenario("plan", {"study.horizons": [20]})) == (20, 250)


def test_the_median_by_kaplan_meier_is_that_of_a_textbook() -> None:
    # Freireich et al. (1963), 6-MP: Kaplan-Meier median 23 weeks, 95 % interval from 13 on with log-log (Collett 2015).
    seen = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    times = np.array([*seen, *censored], dtype=float)
    median, low, high = kaplan_meier_median(times, np.array([True] * 9 + [False] * 12), 0.95)
    assert (median, low) == (23, 13) and math.isnan(high)


def test_the_median_covers_the_truth_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(5), 0
    for _ in range(400):
        when, end = rng.exponential(100 / math.log(2), 30), 160.0  # the true median is 100
        _, low, high = kaplan_meier_median(np.minimum(when, end), when <= end, 0.95)
        held += bool(not low > 100) and not (high < 100)
    assert 0.91 <= held / 400 <= 0.985


def test_dates_that_half_of_the_runs_never_see_have_no_median() -> None:
    median, _, _ = kaplan_meier_median(np.array([5.0, 9.0, 9.0, 9.0]), np.array([True, False, False, False]), 0.95)
    assert math.isnan(median)
