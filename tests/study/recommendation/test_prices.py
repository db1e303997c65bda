"""What wishes and objections cost: paired with none, each alone and all together."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios import InputError, generate_city, load_scenario
from scenarios.loading.case import counterfactual_of
from sim import replicate_all
from study.cli import main
from study.evaluation.decisions import decide
from study.evaluation.simulate import inputs_of
from study.recommendation.prices import priced, wishes_of

TOWN = generate_city(units=36, centres=2, seed=3)
SHORT = {"run.days": 12, "run.replications": 2, "partition.work_limit": 0.5}


def across() -> list[str]:
    """Two neighbours of one centre in different communities of today."""
    home, centre = (TOWN.units[c].astype(str) for c in ("community", "centre"))
    return next(
        [a, b]
        for a, b in zip(TOWN.edges["a"], TOWN.edges["b"], strict=True)
        if home[a] != home[b] and centre[a] == centre[b]
    )


def test_every_wish_is_tried_alone_and_all_together() -> None:
    wished = {"partition.wishes.keep_together": [across()], "partition.wishes.max_radius_km": 9.0}
    found = wishes_of(load_scenario("plan", SHORT | wished))
    assert [v.name for v in found] == ["none", "keep_together_1", "max_radius_km_2", "all"]
    kept = [v.scenario.partition.wishes for v in found]
    assert not kept[0].any and kept[1].max_radius_km is None and kept[2].keep_together == ()
    assert kept[3].keep_together == kept[1].keep_together and kept[3].max_radius_km == kept[2].max_radius_km == 9.0
    with pytest.raises(InputError, match="no wishes to price"):
        wishes_of(load_scenario("plan", SHORT))


@pytest.mark.slow
def test_a_price_is_the_paired_difference_of_two_studies() -> None:
    """Simulated once more, without the code that makes the table."""
    variants = wishes_of(load_scenario("plan", SHORT | {"partition.wishes.keep_together": [across()]}))
    table = priced(variants, territory=TOWN, seed=1).set_index("variant")
    inputs = [inputs_of(v.scenario, decide(v.scenario, TOWN, seed=1)) for v in variants[:2]]
    none, one = replicate_all(inputs, counterfactual=counterfactual_of(variants[0].scenario), seed=1)
    gap = one.values["contribution"].to_numpy() - none.values["contribution"].to_numpy()
    assert table.loc["keep_together_1", "difference"] == pytest.approx(gap.mean())
    assert table.loc["none", ["difference", "low", "high"]].tolist() == [0, 0, 0]
    if gap.std() > 0:
        assert table.loc["keep_together_1", "low"] < gap.mean() < table.loc["keep_together_1", "high"]
    assert table.loc["all", "difference"] == table.loc["keep_together_1", "difference"]


@pytest.mark.slow
def test_objections_to_a_given_plan_are_priced_in_yuan(tmp_path: Path) -> None:
    home = TOWN.units["community"].astype(str)
    a, b = across()
    with (tmp_path / "mine.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("unit_id", "community"), *home.items()])
    (tmp_path / "objections.csv").write_text(f"unit_id,community,who\n{a},{home[b]},王\n", "utf-8")
    town, out = TOWN.save(tmp_path / "town"), tmp_path / "out"
    settings = [text for key, value in SHORT.items() for text in ("--set", f"{key}={json.dumps(value)}")]
    call = ["recommend", "plan", *settings, "--plan", str(tmp_path / "mine.csv"), "--territory", str(town)]
    call += ["--objections", str(tmp_path / "objections.csv"), "--out", str(out), "--quiet"]
    assert main(call) == 0
    table = pd.read_csv(out / "prices.csv")
    assert table["variant"].tolist() == ["none", "objection_1", "all"]
    assert np.isfinite(table["difference"]).all() and table.loc[0, "difference"] == 0
    drawn = pd.read_csv(out / "objections" / "objection_1.csv", dtype=str).set_index("unit_id")["community"]
    assert drawn[a] == home[b]
    assert (out / "plan.csv").read_bytes() == (tmp_path / "mine.csv").read_bytes()
