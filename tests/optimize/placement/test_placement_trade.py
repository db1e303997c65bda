"""What follows the sellers: outlets and clerks, as good as trying everything, and nobody lost."""

import math
from dataclasses import replace
from itertools import product
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize import place_sellers
from optimize.placement.formulations import clerk_exchange as clerks
from optimize.placement.outlets_and_clerks import exchange_clerks, supporters
from optimize.solving.solver import solve
from scenarios import Plan, Scenario, Territory, load_scenario
from scenarios.territory.maps.distances import Distances


@pytest.fixture(scope="module")
def plans(town: Territory) -> dict[str, Plan]:
    return {"redrawn": Plan(town.units["community"].astype(str))}


@pytest.mark.parametrize("seed", range(12))
def test_outlets_are_as_well_placed_as_by_trying_every_assignment(seed: int) -> None:
    rng = np.random.default_rng(seed)
    way, before = rng.uniform(0, 5, (6, 3)), rng.integers(-1, 3, 6)
    available = rng.choice([1.0, 0.75, 0.5], 3)
    mine, proof = supporters(way, before, available)
    assert proof == "optimal"

    def judged(chosen: tuple[int, ...]) -> tuple[int, float, float]:
        changed = sum(b >= 0 and c != b for c, b in zip(chosen, before, strict=True))
        takers = {c for c, b in zip(chosen, before, strict=True) if b < 0}
        load = max((chosen.count(s) / available[s] for s in takers), default=0.0)
        return int(changed), round(load, 6), round(sum(way[o, s] for o, s in enumerate(chosen)), 5)

    assert judged(tuple(mine.tolist())) == min(judged(c) for c in product(range(3), repeat=6))


def test_known_outlets_stay_and_the_others_are_shared_out(
    plan: Scenario, town: Territory, plans: dict[str, Plan]
) -> None:
    assert town.outlets is not None
    strange = replace(town, outlets=town.outlets.assign(seller_id=""))
    shared = place_sellers(plan, strange, plans)
    team = shared.placement.table.set_index("seller_id")["community"]
    load = shared.outlets["seller_id"].value_counts().reindex(team.index).fillna(0)
    assert town.sellers is not None
    free = 1.0 - town.sellers.set_index("seller_id")["counter_share"].reindex(team.index).fillna(0.0)
    for community, number in shared.outlets["community"].value_counts().items():
        inside = team[team == community].index
        if not len(inside):
            continue
        even = [n for n in range(number + 1) if (np.floor(n * free[inside] + 1e-9)).sum() >= number]
        assert (load[inside] / free[inside]).max() <= even[0] + 1e-9
    assert (shared.outlets["before"] == "").all()


@pytest.mark.parametrize("seed", range(10))
def test_as_many_clerks_are_exchanged_as_by_trying_everything(seed: int) -> None:
    rng = np.random.default_rng(seed)
    most, fixed = rng.integers(0, 3, 4), [True, True, False, False]
    at = rng.uniform(0, 5, (4, 2))
    way = np.sqrt(((at[:, None] - at[None]) ** 2).sum(axis=2))
    model = clerks.build(way, most, fixed)
    assert solve(model.problem).proof == "optimal"
    value = {pair: f.varValue or 0.0 for pair, f in model.f.items()}
    assert all(abs(v - round(v)) < 1e-6 for v in value.values())
    pairs = list(value)
    best = (-1, 0.0)
    for flow in product(range(3), repeat=len(pairs)):
        out, into = np.zeros(4), np.zeros(4)
        for (h, k), n in zip(pairs, flow, strict=True):
            out[h] += n
            into[k] += n
        if (out <= most).all() and (out == into).all():
            total = sum(flow)
            ways = sum(way[p] * n for p, n in zip(pairs, flow, strict=True))
            if total > best[0] or (total == best[0] and ways < best[1]):
                best = (total, ways)
    assert sum(value.values()) == pytest.approx(best[0])
    assert sum(way[p] * n for p, n in value.items()) == pytest.approx(best[1], abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 30)), min_size=1, max_size=8), st.floats(0, 1))
def test_no_counter_loses_hands_and_nobody_goes_to_his_own_company(halls: list[tuple[bool, int]], share: float) -> None:
    from tests.optimize.conftest import grid

    map_of = grid(4, 1, [10] * 4).with_columns({"centre": pd.Series("A", index=["u00", "u01", "u02", "u03"])})
    table = pd.DataFrame(
        {
            "hall_id": [f"h{i}" for i in range(len(halls))],
            "unit_id": [f"u0{i % 4}" for i in range(len(halls))],
            "x": [float(i % 4) for i in range(len(halls))],
            "y": 0.0,
            "business": ["fixed" if f else "mobile" for f, _ in halls],
            "clerks": [n for _, n in halls],
        }
    )
    scenario = load_scenario("plan", {"halls.exchange_clerks_share": share})
    result, notes = exchange_clerks(scenario, replace(map_of, halls=table))
    business = table.set_index("hall_id")["business"]
    assert (result["from_hall"].map(business) != result["to_hall"].map(business)).all()
    out = result.groupby("from_hall")["clerks"].sum().to_dict()
    assert out == result.groupby("to_hall")["clerks"].sum().to_dict()
    for hall, number in table.set_index("hall_id")["clerks"].items():
        assert out.get(hall, 0) <= math.floor(number * share + 0.5)  # a half is rounded up, as in the simulation
    assert bool(notes) == (not len(result))


@pytest.mark.parametrize("unit", ["km", "min"])
def test_clerks_go_the_ways_that_the_territory_has(unit: Literal["km", "min"]) -> None:
    """A river parts the halls that lie side by side: by road the far one is near."""
    from tests.optimize.conftest import grid

    map_of = grid(3, 1, [10] * 3).with_columns({"centre": pd.Series("A", index=["u00", "u01", "u02"])})
    halls = pd.DataFrame(
        {
            "hall_id": ["a", "b", "c"],
            "unit_id": ["u00", "u01", "u02"],
            "x": [0.0, 1.0, 2.0],
            "y": 0.0,
            "business": ["fixed", "mobile", "mobile"],
            "clerks": [4, 4, 4],
        }
    )
    scenario = load_scenario("plan", {"halls.exchange_clerks_share": 0.25})
    straight, _ = exchange_clerks(scenario, replace(map_of, halls=halls))
    assert set(straight["to_hall"]) == {"a", "b"} and (straight["km"] == 1.0).all()
    road = np.array([[0.0, 30.0, 3.0], [30.0, 0.0, 30.0], [3.0, 30.0, 0.0]])
    by_road = replace(map_of, halls=halls, distances=Distances(road, unit, "ways.csv"))
    found, _ = exchange_clerks(scenario, by_road)
    assert set(found["to_hall"]) == {"a", "c"}
    far = 3.0 if unit == "km" else 3.0 * scenario.selling.speed_km_per_hour / 60
    assert found["km"].tolist() == pytest.approx([far, far], abs=1e-3)


def test_the_exchange_and_the_outlets_are_written_and_said(
    plan: Scenario, town: Territory, plans: dict[str, Plan], tmp_path: pytest.TempPathFactory
) -> None:
    result = place_sellers(plan, town, plans)
    result.save(str(tmp_path))
    table = pd.read_csv(f"{tmp_path}/clerks_exchange.csv")
    assert list(table.columns) == ["centre", "from_hall", "to_hall", "clerks", "km"]
    assert int(table["clerks"].sum()) == int(result.clerks["clerks"].sum())
    assert "keep the supporter they know" in str(result)
