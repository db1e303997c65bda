"""What a comparison tells a board, held against arithmetic by hand."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from scenarios import InputError, Scenario, generate_city, load_scenario
from scenarios.loading.case import counterfactual_of
from sim import Replications
from study import Comparison, compare
from study.comparison.board_page import board
from study.comparison.effects import best_table, milestone_table, phase_parts, verdict_table, waterfall_table
from study.comparison.figures import draw_waterfall
from study.comparison.summary import moment_in_words, summary_lines
from study.evaluation.differences import compare_results
from study.presentation.language import Language

CENTRES = ["a", "b"]
DAYS = 30
DATES = {
    "phases.adjustment.start": "2021-12-06",
    "phases.adjustment.end": "2021-12-12",
    "phases.transition.start": "2021-12-13",
    "phases.transition.end": "2021-12-26",
    "phases.trial_run.start": "2021-12-27",
}


def scenario(**more: object) -> Scenario:
    return load_scenario("plan", {"run.days": DAYS, **DATES, **more})


def made(plan: Scenario, earned: np.ndarray, competent: np.ndarray | None = None, **kpis: list[float]) -> Replications:
    series = {("contribution", "all", "all"): earned}
    if competent is not None:
        series["competent", "all", "CM"] = competent
    days = tuple(day.date().isoformat() for day in pd.bdate_range("2021-12-01", periods=DAYS))
    return Replications(plan, pd.DataFrame(kpis), series, days, 0)


def test_the_waterfall_is_a_sum_by_phase_and_its_steps_sum_to_the_total() -> None:
    plan = scenario()
    parts = phase_parts(plan, CENTRES)
    np.testing.assert_array_equal(parts.sum(axis=0), 1.0)
    lengths = parts.sum(axis=1)
    assert lengths[:3].tolist() == [3, 5, 10]  # working days from 1, 6 and 13 December
    owed = np.concatenate([np.zeros(3), np.full(5, -10.0), np.full(10, -2.0), np.full(int(lengths[3]), 4.0)])
    runs = np.stack([owed, owed * 1.5])
    alone = made(counterfactual_of(plan) or plan, np.full((2, DAYS), 100.0))
    table = waterfall_table({"plan": made(plan, 100.0 + runs)}, {"plan": alone}, CENTRES).set_index("step")
    expected = {"before": 0.0, "adjustment": -62.5, "transition": -25.0, "trial_run": 5.0 * lengths[3]}
    for step, value in expected.items():
        assert table.loc[step, "difference"] == pytest.approx(value)
    assert table.loc["total", "difference"] == pytest.approx(sum(expected.values()))
    assert table.loc["adjustment", "low"] < -62.5 < table.loc["adjustment", "high"]


def test_with_waves_a_day_is_shared_out_among_the_centres_that_have_begun() -> None:
    waves = scenario(**{"roll_out.centres_per_wave": 1, "roll_out.days_between_waves": 7})
    parts = phase_parts(waves, CENTRES)
    np.testing.assert_array_equal(parts.sum(axis=0), 1.0)
    assert parts[0].sum() == 3  # nothing is before once the first centre has begun
    assert parts[:, 3].tolist() == [0, 1, 0, 0]  # 6 December: one centre, in adjustment
    assert parts[:, 8].tolist() == [0, 0.5, 0.5, 0]  # 13 December: one adjusts, one is in transition


def test_the_probability_to_be_best_follows_the_runs() -> None:
    plan = scenario()
    flat = np.zeros((4, DAYS))
    results = {
        "plan": made(plan, flat, contribution=[1.0, 2.0, 3.0, 4.0], dip_depth=[0.1] * 4),
        "good": made(plan, flat, contribution=[2.0, 3.0, 4.0, 5.0], dip_depth=[0.1] * 4),
    }
    table = best_table(results, seed=1).set_index(["kpi", "scenario"])["probability"]
    assert table["contribution", "good"] == 1 and table["contribution", "plan"] == 0
    assert table["dip_depth", "good"] == table["dip_depth", "plan"] == 0.5
    mixed = {**results, "good": made(plan, flat, contribution=[2.0, 1.0, 4.0, 3.0])}
    again = best_table(mixed, seed=1).set_index(["kpi", "scenario"])["probability"]
    assert again["contribution", "good"] == pytest.approx(0.5, abs=0.04)
    assert again.groupby("kpi").sum().tolist() == pytest.approx([1.0])


@pytest.mark.parametrize("gain", [[1.0, 2.0, 0.5], [0.5, -0.2, 1.1, 0.9, 0.1, 0.4], [3.0, -1.0]])
def test_of_two_the_probability_is_that_of_students_t_so_few_runs_claim_little(gain: list[float]) -> None:
    """Closed form: the difference of two means is t distributed about the observed one."""
    plan = scenario(**{"study.bootstrap": 20_000})
    luck = 50 * np.random.default_rng(4).normal(size=len(gain))
    flat = np.zeros((len(gain), DAYS))
    results = {
        "plan": made(plan, flat, contribution=luck.tolist()),
        "good": made(plan, flat, contribution=(luck + gain).tolist()),
    }
    told = best_table(results, seed=1).set_index("scenario")["probability"]["good"]
    error = np.std(gain, ddof=1) / np.sqrt(len(gain))
    assert told == pytest.approx(stats.t.cdf(np.mean(gain) / error, len(gain) - 1), abs=0.012)
    alone = {name: made(plan, flat[:1], contribution=[1.0]) for name in ("plan", "good")}
    assert not len(best_table(alone, seed=1))


@pytest.mark.slow
def test_verdicts_that_hold_together_are_rarer_than_those_that_hold_alone() -> None:
    """Where nothing differs, a table of twelve lines misleads somewhere in half of all cases, together in one of 20."""
    plan = scenario()
    names = ("plan", "a", "b", "c")
    kpis = ("contribution", "sales", "revenue", "churned")
    alone, together = 0, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        results = {
            n: made(plan.model_copy(update={"name": n}), np.zeros((10, DAYS)),
                    **{k: rng.normal(size=10).tolist() for k in kpis})
            for n in names
        }  # fmt: skip
        table = verdict_table(compare_results(results), results)
        assert len(table) == 12
        alone += int((table["verdict"] != "can't tell").any())
        together += int((table["verdict_together"] != "can't tell").any())
        wide = table["high_together"] - table["low_together"]
        assert (wide > table["high"] - table["low"]).all()
    assert alone >= 15 and together <= 8  # 60 x 0.05 = 3; 9 or more have a chance of 0.4 %


def test_dates_that_only_some_runs_reach_are_not_compared() -> None:
    plan = scenario()
    flat = np.zeros((3, DAYS))
    some, all_of_them = [20.0, np.nan, 21.0], [12.0, 13.0, 12.0]
    results = {
        "plan": made(plan, flat, break_even_date=some, contribution=[1.0, 2.0, 3.0]),
        "fast": made(plan.model_copy(update={"name": "fast"}), flat, break_even_date=all_of_them,
                     contribution=[2.0, 3.5, 4.0]),
    }  # fmt: skip
    table = compare_results(results).set_index("kpi")
    assert table.loc["break_even_date", "replications"] == 2 and np.isnan(table.loc["break_even_date", "high"])
    assert table.loc["contribution", "low"] > 0
    verdicts = verdict_table(compare_results(results), results).set_index("kpi")["verdict"]
    assert verdicts.to_dict() == {"contribution": "better", "break_even_date": "can't tell"}


def test_milestones_are_the_first_days_and_say_how_many_runs_get_there() -> None:
    plan = scenario()
    competent = np.zeros((2, DAYS))
    competent[0, 4:], competent[0, 8:], competent[1, 6:] = 0.5, 1.0, 0.9
    start = plan.calendar.start
    result = made(plan, np.zeros((2, DAYS)), competent, break_even_date=[12.0, np.nan])
    table = milestone_table({"plan": result}).set_index(["what", "share"])
    half = table.loc[("competence", 0.5)]
    assert half["reached"] == 2 and half["date"] == "2021-12-08"  # 7 and 9 December
    full = table.loc[("competence", 1.0)]
    assert (full["reached"], full["date"], full["low"]) == (1, "2021-12-13", "")
    assert full["median"] == "2021-12-13"  # one of two runs is half of them
    even = milestone_table({"plan": result}).set_index("what").loc["break_even"]
    assert even["reached"] == 1 and even["date"] == "2021-12-13" and start.isoformat() == "2021-12-01"
    rare = made(plan, np.zeros((3, DAYS)), None, break_even_date=[12.0, np.nan, np.nan])
    row = milestone_table({"plan": rare}).set_index("what").loc["break_even"]
    assert (row["date"], row["median"]) == ("2021-12-13", "")
    assert moment_in_words(row.to_dict() | {"what": "break_even"}, Language("en"))[1].startswith(
        "within the study in 1 of"
    )


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Comparison, Path]:
    town = generate_city(units=40, centres=2, seed=8)
    first = load_scenario("plan", {"run.days": 45, "run.replications": 3})
    second = load_scenario("waves", {"run.days": 45, "run.replications": 3})
    found = compare(first, second, territory=town)
    return found, found.save(tmp_path_factory.mktemp("compared"))


def test_a_comparison_writes_what_a_board_reads(compared: tuple[Comparison, Path]) -> None:
    found, out = compared
    files = {path.name for path in out.iterdir()}
    assert {"verdicts.csv", "best.csv", "waterfall.csv", "milestones.csv"} <= files
    assert {"timelines.png", "differences.png", "waterfall.png"} <= files
    columns = "kpi,baseline,scenario,difference,low,high,replications"
    assert (out / "comparison.csv").read_text().splitlines()[0] == columns
    assert set(found.daily["scenario"]) == {"plan", "waves"}  # no merger runs beside them and is not compared
    assert set(found.effects.verdicts["verdict"]) <= {"better", "worse", "more", "less", "the same", "can't tell"}
    text = "\n".join([str(found), *summary_lines(found.effects, found.scenarios, found.broken)])
    page = (out / "board.md").read_text("utf-8")
    assert page.count("\n## ") >= 4 and "The plan as written" in page
    chinese = board(found.scenarios, found.effects, found.broken, language="zh")
    assert chinese.count("\n| ") == page.count("\n| ") and all(
        "结论" in text for text in (chinese, found.in_text("zh"))
    )
    assert not set(re.findall("[A-Za-z]{2,}", found.in_text("zh")))
    assert "against no merger" in text and "probability of the largest contribution" in text
    totals = found.effects.waterfall.groupby("scenario")["difference"].agg(lambda v: v.iloc[:-1].sum() - v.iloc[-1])
    assert totals.abs().max() < 1e-6 * found.effects.waterfall["difference"].abs().max()
    for language in ("en", "zh"):
        assert draw_waterfall(found.effects.waterfall, found.scenarios, language=language).axes


def test_the_waterfall_is_the_same_where_no_merger_is_among_the_compared(compared: tuple[Comparison, Path]) -> None:
    found, _ = compared
    overrides = {"run.days": 45, "run.replications": 3}
    town = generate_city(units=40, centres=2, seed=8)
    named = compare(load_scenario("plan", overrides), load_scenario("no_merger", overrides), territory=town)
    mine = found.effects.waterfall.query("scenario == 'plan'").reset_index(drop=True)
    pd.testing.assert_frame_equal(named.effects.waterfall, mine)


@pytest.mark.slow
def test_the_least_is_selected_where_less_is_better() -> None:
    town = generate_city(units=24, centres=2, seed=8)
    overrides = {"run.days": 15, "run.replications": 2}
    keys = [f"market.{business}.churn_per_year" for business in ("fixed", "mobile")]
    few, many = (load_scenario("plan", {**overrides, **dict.fromkeys(keys, share)}) for share in (0.1, 0.4))
    many = many.model_copy(update={"name": "many"})
    found = compare(many, few, territory=town, select="churned", indifference=20.0)
    assert found.selection is not None and found.selection["best"] == "plan"
    assert all(row["mean"] > 0 for row in found.selection["scenarios"])
    for kpi, probability in (("nonsense", 0.95), ("sales", 1.5), ("synergy", 0.95)):
        with pytest.raises(InputError):
            compare(many, few, territory=town, select=kpi, probability=probability)


@pytest.mark.slow
def test_a_kpi_that_some_scenario_lacks_selects_nothing() -> None:
    town = generate_city(units=24, centres=2, seed=8)
    overrides = {"run.days": 50, "run.replications": 2}
    plan, alone = load_scenario("plan", overrides), load_scenario("no_merger", overrides)
    for pair in ((plan, alone), (alone, plan)):
        with pytest.raises(InputError, match=r"no_merger.*means cannot be compared"):
            compare(*pair, territory=town, select="attainment.stage1", indifference=0.01)


@pytest.mark.slow
def test_every_scenario_is_measured_against_no_merger_in_its_own_market() -> None:
    town = generate_city(units=24, centres=2, seed=8)
    overrides = {"run.days": 30, "run.replications": 2}
    plan = load_scenario("plan", overrides)
    others = {
        "poor": load_scenario("plan", {**overrides, "selling.conversion.fixed": 0.01}),
        "long": load_scenario("plan", {**overrides, "study.value_months": 24.0}),
    }
    named = [other.model_copy(update={"name": name}) for name, other in others.items()]
    together = compare(plan, *named, territory=town)
    for name, other in others.items():
        alone = compare(other, plan.model_copy(update={"name": "other"}), territory=town)
        for kpi in ("dip_depth", "synergy", "contribution"):
            mine, its = (
                c.replications.query(f"kpi == '{kpi}' and scenario == '{s}'")["value"].tolist()
                for c, s in ((together, name), (alone, "plan"))
            )
            assert mine == its
        mine, its = (
            c.effects.waterfall.query(f"scenario == '{s}'")["difference"].tolist()
            for c, s in ((together, name), (alone, "plan"))
        )
        assert mine == its
