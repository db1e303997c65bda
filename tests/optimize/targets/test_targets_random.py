"""Random scenarios, teams and wishes: everything sums, wishes hold, order does not matter, a named relaxation works."""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimize import allocate_targets
from scenarios import InfeasibleError, Territory, generate_city, load_scenario
from tests.optimize.targets.test_targets import reconcile
from tests.sizes import size

WHERE = ["stage", "level", "id", "business", "measure"]


@lru_cache(maxsize=1)
def hamlet() -> Territory:
    return generate_city(units=24, centres=2, seed=3)


def drawn_team(rng: np.random.Generator) -> Territory:
    """Return the hamlet with a team that may lack a force, a centre, or all but one; perhaps without subscribers."""
    town = hamlet()
    assert town.sellers is not None
    people = town.sellers
    home = people["home_unit"].map(town.units["centre"])
    here, grid = home == town.units["centre"].iloc[0], people["force"] == "GM"
    teams = [people, people[~grid], people.head(1), people[~(grid & here)], people[~here]]
    teams.append(people.assign(seller_id=[f"张三{n}号" for n in range(len(people))]))
    team = teams[rng.integers(len(teams))].reset_index(drop=True)
    town = replace(town, sellers=team)
    return town if rng.random() < 0.8 else town.with_columns({"fixed_subscribers": np.zeros(len(town))})


def drawn_settings(rng: np.random.Generator) -> dict[str, Any]:
    share = float(rng.choice([0.0, 0.3, 1.0]))
    return {
        "phases": [],
        "targets.floor": float(rng.choice([0.0, 0.5, 1.0])),
        "targets.change_cap": float(rng.choice([0.0, 0.05, 0.3, 2.0])),
        "targets.priority": str(rng.choice(["fairness", "capacity"])),
        "targets.fairness_tolerance": float(rng.choice([0.0, 0.1])),
        "targets.hold_back": float(rng.choice([0.0, 0.97])),
        "target_stages.stage2.weights.CM": {"fixed": share, "mobile": 1 - share},
    }


def drawn_wishes(rng: np.random.Generator, free: pd.DataFrame) -> list[dict[str, Any]]:
    rows = free.sample(int(rng.integers(1, 6)), random_state=int(rng.integers(1000)))
    if rng.random() < 0.25:  # everybody
        rows = free[(free["level"] == "person") & (free["stage"] == "stage2")]
    wishes = []
    for row in rows.to_dict("records"):
        digits = 2 if row["measure"] in ("revenue", "arrears") else 0
        amount = round(row["value"] * float(rng.choice([1.0, 1.0, 0.8, 1.3, 4.0])), digits)
        limit = "value" if row["level"] == "company" else str(rng.choice(["value", "least", "most"]))
        wishes.append({**{k: row[k] for k in WHERE}, limit: amount})
    return wishes


def relaxed(settings: dict[str, Any], wishes: list[dict[str, Any]], said: str) -> tuple[dict[str, Any], Any]:
    """Do what a message proposes; the widest of several proposals for one setting serves all."""
    wishes, settings = [dict(w) for w in wishes], dict(settings)
    for line in said.split("\n"):
        advice = line.split("smallest relaxation:")[1]
        moved = re.findall(r"targets\.pins\[(\d+)\] to ([\d,]+(?:\.\d+)?)", advice)
        loosened = re.findall(r"targets\.([a-z_]+) from [\d.]+ to (\d+(?:\.\d+)?)", advice)
        assert moved or loosened, line
        for number, text in moved:
            wish, amount = wishes[int(number)], float(text.replace(",", ""))
            (limit,) = wish.keys() & {"value", "least", "most"}
            wish[limit] = amount
        for name, text in loosened:
            widest = min if name == "floor" else max
            settings[f"targets.{name}"] = widest(settings[f"targets.{name}"], float(text))
    return settings, wishes


def judged(settings: dict[str, Any], wishes: list[dict[str, Any]], town: Territory) -> pd.DataFrame:
    table = allocate_targets(load_scenario("plan", {**settings, "targets.pins": wishes}), town).to_frame()
    reconcile(table)
    assert (table["value"] >= 0).all()
    values = table.set_index(WHERE)["value"]
    for wish in wishes:
        now = float(values[tuple(wish[k] for k in WHERE)])
        assert wish.get("least", 0.0) - 1e-6 <= now <= wish.get("most", np.inf) + 1e-6
        assert now == pytest.approx(wish.get("value", now), abs=1e-6)
    return table


@pytest.mark.parametrize(
    "seed", [*range(4), *(pytest.param(n, marks=pytest.mark.slow) for n in range(4, size(10, 40)))]
)
def test_whatever_is_asked_is_kept_or_refused_with_a_way_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    town, settings = drawn_team(rng), drawn_settings(rng)
    wishes = drawn_wishes(rng, judged(settings, [], town))
    try:
        table = judged(settings, wishes, town)
    except InfeasibleError as error:
        settings, wishes = relaxed(settings, wishes, str(error))
        table = judged(settings, wishes, town)
    assert town.sellers is not None
    mixed = replace(town, sellers=town.sellers.sample(frac=1, random_state=seed).reset_index(drop=True))
    pd.testing.assert_frame_equal(table, judged(settings, wishes[::-1], mixed))
