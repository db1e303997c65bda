"""What each measure is worth in worlds: the plan against the plan written without it, in the same worlds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios import Territory, generate_city, load_scenario
from study import robust, run_study
from study.results.read_back import read_record

REDRAW = {"phases.transition.communities": "current", "phases.trial_run.communities": "current"}
SHORT = {"run.days": 85, "study.horizons": [60, 85], "study.sensitivity": {}, "study.alternatives": []}
WORLDS = 9


@pytest.fixture(scope="module")
def town() -> Territory:
    return generate_city(units=30, centres=2, seed=7)


@pytest.mark.slow
def test_it_is_the_plan_less_the_plan_written_without_it_world_by_world(town: Territory, tmp_path: Path) -> None:
    plan = load_scenario("plan", {**SHORT, "study.measures": {"redraw": REDRAW}})
    record = run_study(plan, territory=town, replications=2, worlds=WORLDS)
    (row,) = record.measures_in_worlds.to_dict("records")
    written = tmp_path / "without.yaml"
    settings = "".join(f"  {key}: {value}\n" for key, value in {**SHORT, **REDRAW}.items())
    written.write_text(f"base: plan\nname: without\nset:\n{settings}", "utf-8")
    both = robust(plan, load_scenario(str(written)), territory=town, worlds=WORLDS).worlds
    wide = both.pivot(index="world", columns="scenario", values="contribution@85")
    worth = (wide["plan"] - wide["without"]).to_numpy()
    assert len(worth) == row["worlds"] == WORLDS and row["days"] == 85 and worth.std() > 0
    assert row["mean"] == pytest.approx(worth.mean(), rel=1e-9)
    half = 2.306 * worth.std(ddof=1) / 3  # Student's t of eight degrees of freedom at 97.5 %
    assert (row["low"], row["high"]) == pytest.approx((worth.mean() - half, worth.mean() + half), rel=1e-3)
    assert row["pays"] == (worth > 0).mean()
    assert worth.min() <= row["lower"] <= np.median(worth) <= row["upper"] <= worth.max()
    record.save(tmp_path / "out")
    again = read_record(tmp_path / "out").measures_in_worlds
    pd.testing.assert_frame_equal(again, record.measures_in_worlds)
