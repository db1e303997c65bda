"""Calibration: known parameters are found again, intervals are honest, finished work is kept."""

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scenarios import InputError, Scenario, generate_city, load_scenario
from scenarios.loading.history import History, history_of, load_history
from scenarios.loading.load import with_settings
from sim import Inputs
from sim.run import simulate_world
from study import Calibration, calibrate, replay
from study.calibration.figures import draw_fit, draw_parameters
from study.calibration.hold_out import held_out
from study.calibration.identifiability import directions
from study.calibration.moments import moments_of, record, relative, simulated_history
from study.calibration.objective import Objective, covariance
from study.calibration.parameters import Parameter, parameters_of, read_fit
from study.calibration.result import scenario_text
from study.calibration.simulate import Bench
from study.calibration.surrogate import fit_surrogate
from study.cli import main
from tests.study.calibration.calibration_campaign import coverage, desk

LAB: dict[str, float] = {"run.days": 22, "run.warm_up_days": 0, "support.level1.agents": 2}
LAB |= {"support.level1.mean_minutes": 14.0, "support.requests_per_day": 30.0}
DESK = load_scenario("erlang_c", LAB)
MINUTES, REQUESTS = "support.level1.mean_minutes", "support.requests_per_day"
FITS = {MINUTES: (8.0, 20.0), REQUESTS: (20.0, 40.0)}
PAIRS = (("support_requests", "all"), ("support_wait_hours", "all"))
TRUTH = {MINUTES: 16.0, REQUESTS: 34.0}


def observed(scenario: Scenario, truth: dict[str, float], seed: int, period: Any = "day") -> History:
    world = Inputs(with_settings(scenario, truth)).world()
    return simulated_history(simulate_world(world, seed, 0), PAIRS, period)


def csv_of(history: History, path: Path) -> Path:
    history.table.rename(columns={"start": "date"})[["date", "kpi", "business", "value"]].to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Calibration, Path]:
    cache = tmp_path_factory.mktemp("cache")
    return calibrate(DESK, observed(DESK, TRUTH, 901), FITS, replications=4, seed=3, cache=cache), cache


@pytest.mark.slow
def test_known_parameters_lie_in_their_intervals(found: tuple[Calibration, Path]) -> None:
    table = found[0].estimates.set_index("key")
    for key, value in TRUTH.items():
        assert table.loc[key, "low"] <= value <= table.loc[key, "high"], key
        assert table.loc[key, "high"] - table.loc[key, "low"] < 0.7 * (FITS[key][1] - FITS[key][0])
    assert found[0].statement["fit"]["explains"]
    assert found[0].statement["out_of_sample"]["inside"] >= 0.8


@pytest.mark.slow
def test_nine_in_ten_intervals_hold_the_truth() -> None:
    """A share of the campaign of docs/calibration.md: with 95 % intervals, fewer than 6 of 8 has a chance of 0.6 %."""
    laboratory = desk()
    inside = sum(sum(coverage(laboratory, number)[0]) for number in range(4))
    assert inside >= 6


@pytest.mark.slow
def test_a_short_history_gives_wider_intervals(found: tuple[Calibration, Path]) -> None:
    short = observed(DESK, TRUTH, 901).before(date(2021, 12, 8))
    table = calibrate(DESK, short, FITS, replications=4, hold_out=0.0, seed=3, cache=found[1]).estimates
    wide, narrow = table["high"] - table["low"], found[0].estimates["high"] - found[0].estimates["low"]
    assert (wide > 1.1 * narrow).all() and wide.sum() > 1.3 * narrow.sum()
    assert (table["learned"] < found[0].estimates["learned"]).all()


@pytest.mark.slow
def test_what_the_data_do_not_touch_is_said_to_be_unknown() -> None:
    fits = {MINUTES: FITS[MINUTES], "support.level2.mean_minutes": (20.0, 80.0)}
    result = calibrate(DESK, observed(DESK, TRUTH, 901), fits, replications=3, rounds=2, hold_out=0.0, seed=3)
    (one,) = result.statement["cannot_tell"]
    assert one["keys"] == ["support.level2.mean_minutes"] and not one["apart"]
    row = result.estimates.set_index("key").loc["support.level2.mean_minutes"]
    assert (row["low"], row["high"], row["open"]) == (20.0, 80.0, "low high") and row["learned"] < 0.05
    assert "say next to nothing about support.level2.mean_minutes" in str(result)


def test_parameters_that_act_together_cannot_be_told_apart() -> None:
    known = [Parameter("a", 0.0, 1.0, 0.5, 0.5), Parameter("b", 0.0, 1.0, 0.5, 0.5), Parameter("c", 0.0, 1.0, 0.5, 0.5)]
    slope = np.array([[20.0, 20.0, 0.0], [0.0, 0.0, 30.0], [10.0, 10.0, 5.0]])
    fit: Any = SimpleNamespace(information=slope.T @ slope, inflation=1.0)
    (one,) = directions(fit, known)
    assert one["keys"] == ["a", "b"] and one["apart"]
    assert one["weights"]["a"] == pytest.approx(-one["weights"]["b"], abs=1e-3)


def test_an_interrupted_calibration_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    history = observed(DESK, TRUTH, 901)
    moments = moments_of(history, DESK)
    points = [{MINUTES: 10.0 + k} for k in range(4)]
    bench = Bench(Inputs(DESK), moments, seed=1, cache=tmp_path)

    def stop(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.look(points, 2, stop)
    again = Bench(Inputs(DESK), moments, seed=1, cache=tmp_path)
    values = again.look(points, 2)
    assert again.computed == 4
    fresh = Bench(Inputs(DESK), moments, seed=1, jobs=2).look(points, 2)
    assert all((a == b).all() for a, b in zip(values, fresh, strict=True))
    for path in tmp_path.glob("*.npz"):
        path.write_bytes(path.read_bytes()[:60])
    damaged = Bench(Inputs(DESK), moments, seed=1, cache=tmp_path)
    assert (damaged.look(points[:1], 2)[0] == values[0]).all() and damaged.computed == 2


def test_a_changed_model_finds_nothing_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = moments_of(observed(DESK, TRUTH, 901), DESK)

    def computed() -> int:
        bench = Bench(Inputs(DESK), moments, seed=1, cache=tmp_path)
        bench.look([{MINUTES: 12.0}], 2)
        return bench.computed

    assert [computed(), computed()] == [2, 0]
    monkeypatch.setattr("foundation.result_cache.program", lambda: "another model")
    assert computed() == 2


@pytest.mark.slow
def test_what_is_known_is_not_simulated_again(found: tuple[Calibration, Path]) -> None:
    again = calibrate(DESK, observed(DESK, TRUTH, 901), FITS, replications=4, seed=3, cache=found[1])
    assert again.run["simulated"] == 0 < found[0].run["simulated"]
    pd.testing.assert_frame_equal(again.estimates, found[0].estimates)
    pd.testing.assert_frame_equal(again.fit, found[0].fit)
    assert again.statement == found[0].statement


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    table = pd.DataFrame({"key": ["x"]})
    result = Calibration(DESK.model_copy(update={"name": "../evil"}), table, table, {}, {})
    with pytest.raises(InputError, match="no slash"):
        result.save(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_new_scenario_loads_and_names_its_source(found: tuple[Calibration, Path], tmp_path: Path) -> None:
    result = found[0]
    out = result.save(tmp_path)
    loaded = load_scenario(out / "erlang_c_calibrated.yaml")
    assert loaded.sha256 == result.scenario.sha256
    best = result.estimates.set_index("key").loc[MINUTES, "estimate"]
    assert loaded.support.level1.mean_minutes == best
    assert loaded.source_of(MINUTES).startswith("calibrated: ") and "simulated" in loaded.source_of(MINUTES)
    content = json.loads((out / "calibration.json").read_text("utf-8"))
    assert content["estimates"][MINUTES]["estimate"] == best
    assert {"fit", "cannot_tell", "alike", "correlation", "out_of_sample", "in_words"} <= set(content)
    assert content["says"]["en"] == content["in_words"] and len(content["says"]["zh"]) == len(content["in_words"])
    assert "样本外" in result.in_text("zh") and "Out of sample" in str(result)


def test_a_scenario_of_another_base_is_written_in_full(tmp_path: Path) -> None:
    odd = load_scenario("plan").model_copy(update={"overrides": {"no.such": 1}, "name": "odd"})
    path = tmp_path / "odd.yaml"
    path.write_text(scenario_text(odd), encoding="utf-8")
    assert load_scenario(path).sha256 == odd.sha256


@pytest.mark.slow
def test_pictures_are_drawn_in_both_languages(found: tuple[Calibration, Path]) -> None:
    for language in ("en", "zh"):
        assert len(draw_fit(found[0], language=language).axes) == 2
        assert len(draw_parameters(found[0], language=language).axes) == 2


def test_moments_add_up_what_was_observed() -> None:
    days = observed(DESK, TRUTH, 901)
    run = simulate_world(Inputs(with_settings(DESK, TRUTH)).world(), 901, 0)
    moments = moments_of(days, DESK)
    again = moments.natural(moments.of(record(run, moments.pairs)[None]))[0]
    sums = (moments.labels["kpi"] == "support_requests").to_numpy()
    assert again[sums] == pytest.approx(moments.observed[sums])
    assert moments.observed[sums].sum() == days.table.loc[days.table["kpi"] == "support_requests", "value"].sum()
    assert again == pytest.approx(moments.observed)  # of the very run observed, mean waits are the same mean, too
    months = moments_of(observed(DESK, TRUTH, 901, "month"), DESK)
    assert months.of(record(run, months.pairs)[None])[0] == pytest.approx(months.seen)
    assert months.natural(months.seen) == pytest.approx(months.observed)


def test_a_normalised_series_has_the_mean_one_in_its_reference() -> None:
    table = pd.DataFrame(
        [(date(2021, 12, 1 + k), date(2021, 12, 1 + k), "support_requests", "all", v, np.nan)
         for k, v in enumerate((10.0, 30.0, 60.0))],
        columns=["start", "end", "kpi", "business", "value", "error"],
    )  # fmt: skip
    history = history_of(table, True, "hand")
    moments = moments_of(history, DESK, period="day", normalise=(date(2021, 12, 1), date(2021, 12, 2)), noise=0.1)
    assert moments.observed == pytest.approx([0.5, 1.5, 3.0]) and moments.error == pytest.approx([0.05, 0.15, 0.3])
    assert not held_out(moments, 0.5)[:2].any() and held_out(moments, 0.5)[2]
    shared = moments_of(history, DESK, period="day", territories=10.0)
    assert shared.observed == pytest.approx([1.0, 3.0, 6.0])
    with pytest.raises(InputError, match="no observed period"):
        moments_of(history, DESK, period="day", normalise=(date(2022, 1, 1), date(2022, 1, 2)))
    table["value"], table["error"] = [10.0, 30.0, 0.0], 4.0
    quiet = moments_of(
        history_of(table, True, "hand"), DESK, period="day", normalise=(date(2021, 12, 1), date(2021, 12, 2))
    )
    assert quiet.observed == pytest.approx([0.5, 1.5, 0.0]) and quiet.error == pytest.approx([0.2, 0.2, 0.2])
    assert relative(np.array([2.0, 4.0]), np.array([0, 0]), np.array([True, False])).tolist() == [1.0, 2.0]


def test_quadratics_are_found_exactly_and_slopes_are_their_derivatives() -> None:
    rng = np.random.default_rng(1)
    points = rng.random((20, 2))
    said = np.column_stack([1 + points[:, 0] * points[:, 1], points[:, 0] ** 2 - points[:, 1]])
    surrogate = fit_surrogate(points, said, np.array([[0.0, 1.0], [0.2, 0.8]]))
    at = np.array([0.3, 0.6])
    assert surrogate.predict(at) == pytest.approx([1.18, -0.51]) and surrogate.lack.max() < 1e-20
    assert surrogate.slope(at) == pytest.approx(np.array([[0.6, 0.3], [0.6, -1.0]]))


def test_a_linear_problem_has_the_least_squares_solution_and_its_profile() -> None:
    rng = np.random.default_rng(2)
    slope, points = rng.normal(size=(6, 2)), rng.random((15, 2))
    box = np.tile([0.0, 1.0], (2, 1))
    surrogate = fit_surrogate(points, points @ slope.T, box)
    seen = slope @ np.array([0.4, 0.6]) + 0.01 * rng.normal(size=6)
    objective = Objective(surrogate, seen, 10 * np.eye(6), np.zeros(2), np.full(2, np.inf), np.ones(6, dtype=bool))
    best = objective.best(box, np.array([[0.5, 0.5]]))
    assert best == pytest.approx(np.linalg.lstsq(slope, seen, rcond=None)[0], abs=1e-6)
    grid, value = objective.profile(box, best, 0)
    variance = np.linalg.inv(100 * slope.T @ slope)[0, 0]
    near = np.abs(grid - best[0]) < 0.1
    rise = (grid - best[0]) ** 2 / variance
    assert value[near] - objective.value(best) == pytest.approx(rise[near], rel=1e-4, abs=1e-6)


def test_a_covariance_of_few_samples_can_be_inverted() -> None:
    samples = np.random.default_rng(3).normal(size=(8, 20))
    found = covariance(samples)
    assert np.linalg.eigvalsh(found).min() > 0
    assert np.diag(found) == pytest.approx(samples.var(axis=0, ddof=1))


def test_bounds_come_from_the_scenario_and_the_schema() -> None:
    plan = load_scenario("plan")
    conversion, share = parameters_of(plan, {"selling.conversion.fixed": None, "halls.other_business_share": None})
    assert (conversion.low, conversion.high) == pytest.approx((0.025 / 3, 0.075))
    assert (share.low, share.high) == pytest.approx((0.2 / 3, 0.6)) and share.prior_sd == pytest.approx(
        0.5 * share.width
    )
    assert read_fit("a.b=1:2") == ("a.b", (1.0, 2.0)) and read_fit("a.b") == ("a.b", None)
    with pytest.raises(InputError) as stopped:
        parameters_of(plan, {"training.seats": None, "no.key": None, "retention.save_share": (0.1, 1.5),
                             "indicators.income": (0.1, 0.5)})  # fmt: skip
    said = str(stopped.value)
    for part in ("not a real number", "has no 'no'", "at most 1", "moves boundaries"):
        assert part in said


@pytest.mark.slow
def test_a_territory_s_sales_are_replayed() -> None:
    town = generate_city(units=24, centres=1, seed=8)
    scenario = load_scenario("plan", {"run.days": 25, "phases": [], "target_stages": []})
    table = pd.DataFrame(
        [(date(2021, 12, 1), date(2021, 12, 31), kpi, "fixed", 10.0, np.nan) for kpi in
         ("sales", "churned", "net_additions", "direct_sales", "revenue")],
        columns=["start", "end", "kpi", "business", "value", "error"],
    )  # fmt: skip
    said = replay(scenario, history_of(table, False, "hand"), territory=town, replications=2).set_index("kpi")["mean"]
    assert said["net_additions"] == pytest.approx(said["sales"] - said["churned"])
    assert said["sales"] >= said["direct_sales"] > 0 and said["revenue"] > 0


@pytest.mark.slow
def test_the_command_line_writes_everything(tmp_path: Path) -> None:
    history = csv_of(observed(DESK, TRUTH, 901), tmp_path / "h.csv")
    assert load_history(history, DESK).daily
    base = ["calibrate", "erlang_c", str(history), "--quiet", *(f"--set={key}={value}" for key, value in LAB.items())]
    asked = [*base, "--fit", f"{MINUTES}=8:20", "--replications", "2", "--rounds", "1", "--hold-out", "0"]
    assert main([*asked, "--out", str(tmp_path / "a")]) == 0
    names = {p.name for p in (tmp_path / "a").iterdir()}
    assert names == {"calibration.json", "calibration.png", "erlang_c_calibrated.yaml", "estimates.csv", "fit.csv",
                     "parameters.png", "run.json"}  # fmt: skip
    assert main([*asked, "--out", str(tmp_path / "b")]) == 0
    for name in ("estimates.csv", "fit.csv", "calibration.json", "erlang_c_calibrated.yaml", "calibration.png"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert main(["validate", str(history), "--quiet"]) == 0


def test_bad_input_is_told_at_once_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "h.csv"
    path.write_text("date,kpi,business,value\n2021-12-03,sales,all,x\n2021-12-06,salse,all,1\n")
    asked = ["calibrate", "plan", str(path), "--fit", "no.key", "--fit", "a=3:1", "--noise", "-1", "--normalise", "x"]
    asked += ["--set", f"name={'x' * 70}"]
    assert main([*asked, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    for part in (
        f"{'x' * 70}_calibrated, and a name has at most 80 characters",
        "value is x",
        "kpi is salse",
        "no.key",
        "--fit a=3:1",
        "--noise",
        "--normalise",
    ):
        assert part in said
    assert not (tmp_path / "out").exists()
    assert main(["validate", str(path)]) == 2


def test_sales_cannot_be_fitted_where_nobody_sells() -> None:
    table = pd.DataFrame([(date(2021, 12, 1), date(2021, 12, 1), "sales", "all", 9.0, np.nan)],
                         columns=["start", "end", "kpi", "business", "value", "error"])  # fmt: skip
    with pytest.raises(InputError, match="history is sales; a scenario without a territory knows support_requests"):
        calibrate(DESK, history_of(table, True, "hand"), {MINUTES: (8.0, 20.0)})


def test_too_few_values_are_refused() -> None:
    table = observed(DESK, TRUTH, 901, "month").table
    one = history_of(table[table["kpi"] == "support_requests"].iloc[:1], False, "one")
    with pytest.raises(InputError, match="cannot be fitted to so few values"):
        calibrate(DESK, one, FITS)
