"""Targets set by hand: they hold to the last unit, totals reconcile, and contradictions are named."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize import allocate_targets
from optimize.cells import Team
from optimize.pins import Pins, deal
from scenarios import InfeasibleError, InputError, Scenario, Territory
from scenarios.load import with_settings


def pinned(plan: Scenario, *pins: dict[str, Any]) -> Scenario:
    return with_settings(plan, {"targets.pins": list(pins)})


def pin(**more: Any) -> dict[str, Any]:
    return {"level": "person", "business": "fixed", "measure": "growth", "value": 3, **more}


def value(table: pd.DataFrame, **where: str) -> float:
    for key, wanted in where.items():
        table = table[table[key] == wanted]
    (found,) = table["value"]
    return float(found)


def test_pins_hold_and_every_level_still_sums(plan: Scenario, town: Territory) -> None:
    free = allocate_targets(plan, town).to_frame()
    person = str(town.sellers["seller_id"].iloc[0])  # type: ignore[index]
    community = str(free[free["level"] == "community"]["id"].iloc[-1])
    scenario = pinned(
        plan,
        pin(id=person, stage="stage3", value=7),
        pin(id=community, level="community", stage="stage3", business="mobile", measure="revenue", value=1234.56),
    )
    table = allocate_targets(scenario, town).to_frame()
    at = {"stage": "stage3"}
    assert value(table, **at, level="person", id=person, business="fixed", measure="growth") == 7
    assert value(table, **at, level="community", id=community, business="mobile", measure="revenue") == 1234.56
    for (_, business, measure), rows in table.groupby(["stage", "business", "measure"]):
        total = rows[rows["level"] == "company"]["value"].sum()
        for level in ("centre", "community", "person"):
            assert rows[rows["level"] == level]["value"].sum() == pytest.approx(total, abs=1e-6), (business, measure)
    untouched = free["stage"] != "stage3"
    pd.testing.assert_frame_equal(table[untouched.to_numpy()], free[untouched])


def test_pins_above_the_total_name_themselves_and_the_excess(plan: Scenario, town: Territory) -> None:
    free = allocate_targets(plan, town).to_frame()
    total = value(free, stage="stage3", level="company", id="company", business="fixed", measure="growth")
    person = str(town.sellers["seller_id"].iloc[0])  # type: ignore[index]
    scenario = pinned(plan, pin(id=person, stage="stage3", value=total + 5))
    with pytest.raises(InfeasibleError, match=rf"{person} {total + 5:.0f}.*at least 5"):
        allocate_targets(scenario, town)


def test_a_pin_that_names_nobody_is_refused(plan: Scenario, town: Territory) -> None:
    person = str(town.sellers["seller_id"].iloc[0])  # type: ignore[index]
    wrong = [
        pin(id="nobody"),
        pin(id=person, stage="stage9"),
        pin(id=person, value=1.5),
        pin(id=person),
        pin(id=person),
    ]
    with pytest.raises(InputError) as caught:
        allocate_targets(pinned(plan, *wrong), town)
    said = " ".join(map(str, caught.value.problems))
    for part in ("no seller has this id", "no target stage", "subscribers are whole", "pinned twice"):
        assert part in said


@settings(max_examples=150)
@given(st.integers(0, 10_000), st.integers(0, 200), st.integers(0, 4), st.booleans())
def test_dealing_loses_no_unit_and_keeps_every_pin(seed: int, total: int, count: int, by_force: bool) -> None:
    rng = np.random.default_rng(seed)
    n = 12
    people = pd.DataFrame(
        {
            "seller_id": [f"s{i}" for i in range(n)],
            "community": [f"c{i % 4}" for i in range(n)],
            "force": ["CM", "GM"] * 6,
        }
    )
    share = rng.random(n)
    share /= share.sum()
    persons = {f"s{i}": int(rng.integers(0, 30)) for i in rng.choice(n, count, replace=False)}
    communities = {f"c{i}": int(rng.integers(0, 80)) for i in rng.choice(4, min(count, 2), replace=False)}
    forces = (
        {f: (people["force"] == f).to_numpy() for f in ("CM", "GM")} if by_force else {"all": np.ones(n, dtype=bool)}
    )
    team = Team(people, pd.Series(dtype=float))
    try:
        amount = deal(forces, team, share, total, Pins(persons, communities), "x")
    except InfeasibleError as error:
        assert "at least" in str(error)
        return
    assert amount.sum() == total and (amount >= 0).all()
    dealt = dict(zip(people["seller_id"], amount, strict=True))
    assert all(dealt[p] == v for p, v in persons.items())
    sums = pd.Series(amount).groupby(people["community"]).sum()
    assert all(sums[c] == v for c, v in communities.items())
