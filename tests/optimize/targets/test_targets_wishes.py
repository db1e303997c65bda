"""Wishes about targets: they hold to the last unit, and where they contradict each other the way out is named."""

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize import allocate_targets
from scenarios import InfeasibleError, InputError, Scenario, Territory, generate_city, load_scenario
from tests.optimize.targets.test_targets import force_sums, reconcile


@lru_cache(maxsize=1)
def village() -> Territory:
    return generate_city(units=40, centres=2, seed=3)


def wished(*pins: dict[str, Any], **more: Any) -> Scenario:
    overrides = {"phases": [], "targets.pins": list(pins), **{f"targets.{k}": v for k, v in more.items()}}
    return load_scenario("plan", overrides)


def only_stage_2(*pins: dict[str, Any]) -> Scenario:
    second = load_scenario("plan").target_stages[1].model_dump()
    return load_scenario("plan", {"phases": [], "target_stages": [second], "targets.pins": list(pins)})


def pin(
    level: str, name: str, stage: str = "stage2", business: str = "mobile", measure: str = "growth"
) -> dict[str, Any]:
    return {"stage": stage, "level": level, "id": name, "business": business, "measure": measure}


def value(table: pd.DataFrame, wish: dict[str, Any]) -> float:
    rows = table
    for column in ("stage", "level", "id", "business", "measure"):
        rows = rows[rows[column] == wish[column]]
    return float(rows["value"].sum())


@lru_cache(maxsize=4)
def names(level: str) -> list[str]:
    table = allocate_targets(wished(), village()).to_frame()
    return sorted(table[table["level"] == level]["id"].unique())


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(st.data())
def test_wishes_hold_to_the_last_unit_and_everything_still_sums(data: st.DataObject) -> None:
    free = allocate_targets(only_stage_2(), village()).to_frame()
    people = data.draw(st.lists(st.sampled_from(names("person")), min_size=1, max_size=3, unique=True))
    wishes = []
    for name in people:
        wish = pin("person", name, measure=data.draw(st.sampled_from(["growth", "revenue", "channel"])))
        now = value(free, wish)
        wishes.append({**wish, "value": float(round(now * data.draw(st.floats(0.8, 1.2))))})
    community = pin("community", data.draw(st.sampled_from(names("community"))), measure="arrears")
    wishes.append({**community, "value": round(value(free, community) * data.draw(st.floats(0.9, 1.1)), 2)})
    table = allocate_targets(only_stage_2(*wishes), village()).to_frame()
    reconcile(table)
    for wish in wishes:
        assert value(table, wish) == pytest.approx(wish["value"], abs=1e-9)
    company = (free["level"] == "company").to_numpy()
    np.testing.assert_array_equal(table[table["level"] == "company"]["value"], free[company]["value"])


@pytest.mark.parametrize("priority", ["fairness", "capacity"])
def test_nobody_changes_more_than_the_cap_allows(priority: str) -> None:
    fair = allocate_targets(wished(change_cap=0.0), village()).to_frame()
    bent = allocate_targets(wished(change_cap=0.2, priority=priority), village()).to_frame()
    both = fair.merge(bent, on=["stage", "level", "id", "parent", "business", "measure"])
    both = both[(both["level"] == "community") & (both["measure"] == "growth")]
    assert ((both["value_y"] - both["value_x"]).abs() <= 0.2 * both["value_x"] + 4).all()  # 2 cells, rounded twice


def test_a_bound_binds_only_as_far_as_it_must() -> None:
    free = allocate_targets(wished(), village()).to_frame()
    wish = pin("person", names("person")[0])
    now = value(free, wish)
    assert value(allocate_targets(wished({**wish, "most": now - 2}), village()).to_frame(), wish) == now - 2
    assert value(allocate_targets(wished({**wish, "least": now + 3}), village()).to_frame(), wish) == now + 3


def test_a_pinned_company_total_replaces_the_computed_one() -> None:
    wish = {**pin("company", "company"), "value": 4321.0}
    table = allocate_targets(wished(wish), village()).to_frame()
    reconcile(table)
    assert value(table, wish) == 4321
    assert value(table, pin("company", "company", measure="channel")) == round(4321 * wished().targets.mobile.channel)
    assert abs(force_sums(table, village(), "stage2", "mobile")["GM"] - 0.8 * 4321) <= 0.5


def test_the_order_of_people_and_of_wishes_does_not_matter() -> None:
    town = village()
    assert town.sellers is not None
    mixed = replace(town, sellers=town.sellers.sample(frac=1, random_state=4))
    wishes = [{**pin("person", n), "value": 7.0} for n in names("person")[:2]]  # the third bears the rest
    one = allocate_targets(wished(*wishes), town).to_frame()
    other = allocate_targets(wished(*reversed(wishes)), mixed).to_frame()
    pd.testing.assert_frame_equal(one, other)


def test_of_many_conflicting_wishes_the_first_are_named_and_the_rest_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    wishes = [{**pin("person", name), "value": 9000.0} for name in names("person")]
    monkeypatch.setattr("optimize.targets.pins_and_limits.MOST_SHOWN", 3)
    with pytest.raises(InfeasibleError) as error:
        allocate_targets(wished(*wishes), village())
    for message in str(error.value).splitlines():
        said, relaxation = message.split("smallest relaxation:")
        assert said.count("(person ") <= 3 and re.search(r"and \d+ more", said)
        assert relaxation.count("targets.pins[") == 3 and re.search(r"\d+ more\.", relaxation)


def relaxed(scenario_pins: list[dict[str, Any]], said: str) -> list[dict[str, Any]]:
    """Apply the relaxation that a message names, as its reader would."""
    result = [dict(p) for p in scenario_pins]
    moved = re.findall(r"targets\.pins\[(\d+)\] to ([\d,.]+?)[,.]?(?:\s|$)", said.split("smallest relaxation:")[1])
    assert moved
    for number, amount in moved:
        result[int(number)]["value"] = float(amount.replace(",", ""))
    return result


def test_pins_above_the_total_name_each_other_and_the_smallest_relaxation() -> None:
    grid = [n for n in names("person") if n.startswith("GM")][:2]
    total = value(allocate_targets(wished(), village()).to_frame(), pin("company", "company"))
    wishes = [{**pin("person", n), "value": float(round(0.6 * total))} for n in grid]
    with pytest.raises(InfeasibleError) as error:
        allocate_targets(wished(*wishes), village())
    said = str(error.value)
    assert "stage2 mobile growth" in said and "targets.pins[0]" in said and "targets.pins[1]" in said
    assert "the part of GM" in said
    again = relaxed(wishes, said)
    reconcile(allocate_targets(wished(*again), village()).to_frame())
    given_up = sum(w["value"] for w in wishes) - sum(w["value"] for w in again)
    rest = 0.7 * total * 0.8  # change_cap leaves the others at least about 70 % of their fair shares
    assert 0.4 * total * 0.5 < given_up < 0.6 * total + rest


def test_a_pin_for_a_force_without_a_part_is_refused_with_its_reason() -> None:
    clerk = next(n for n in names("person") if n.startswith("GM"))
    wish = {**pin("person", clerk, stage="stage1", business="fixed"), "value": 10.0}
    with pytest.raises(InfeasibleError, match=r"the part of GM by its weight 0 \(0\).*targets\.pins\[0\] to 0"):
        allocate_targets(wished(wish), village())


def test_a_cap_below_a_floor_names_both() -> None:
    community = names("community")[0]
    high = {**pin("community", community), "least": 200.0}
    low = {**pin("community", community), "most": 100.0}
    with pytest.raises(InfeasibleError) as error:
        allocate_targets(wished(high, low), village())
    assert "at least 200" in str(error.value) and "at most 100" in str(error.value)


def test_a_wish_goes_before_the_cap_on_change_for_its_own_community_only() -> None:
    free = allocate_targets(wished(), village()).to_frame()
    wish = pin("community", names("community")[0])
    more = {**wish, "value": round(1.5 * value(free, wish))}  # the others can fall by 30 % and no further
    assert value(allocate_targets(wished(more), village()).to_frame(), wish) == more["value"]
    total = value(free, pin("company", "company"))
    with pytest.raises(InfeasibleError, match=r"targets\.change_cap \(0\.3\)") as error:
        allocate_targets(wished({**wish, "value": round(0.6 * total)}), village())
    again = relaxed([{**wish, "value": 0.0}], str(error.value))
    assert value(allocate_targets(wished(*again), village()).to_frame(), wish) == again[0]["value"]
    wide = wished({**wish, "value": round(0.6 * total)}, change_cap=1.0)
    assert value(allocate_targets(wide, village()).to_frame(), wish) == round(0.6 * total)


def test_a_wish_without_a_stage_holds_wherever_its_name_exists() -> None:
    clerk = next(n for n in names("person") if n.startswith("CM"))
    wish = {**pin("person", clerk, business="fixed"), "value": 9.0}
    del wish["stage"]
    table = allocate_targets(wished(wish), village()).to_frame()
    for stage in ("stage1", "stage2", "stage3", "full_service"):
        assert value(table, pin("person", clerk, stage=stage, business="fixed")) == 9
    with pytest.raises(InputError, match="pinned twice"):
        allocate_targets(wished(wish, {**wish, "stage": "stage2"}), village())


def test_where_wishes_give_every_target_they_are_the_targets() -> None:
    """However far from the fair shares: everybody's growth is handed to the next person of his force."""
    free = allocate_targets(only_stage_2(), village()).to_frame()
    rows = free[(free["level"] == "person") & (free["business"] == "mobile") & (free["measure"] == "growth")]
    wishes = []
    for force in ("CM", "GM"):
        own = rows[rows["id"].str.startswith(force)]
        steps = np.arange(len(own)) + 1.0
        shares = np.floor(own["value"].sum() * steps / steps.sum())
        shares[-1] += own["value"].sum() - shares.sum()
        wishes += [{**pin("person", n), "value": v} for n, v in zip(own["id"], shares.tolist(), strict=True)]
    table = allocate_targets(only_stage_2(*wishes), village()).to_frame()
    reconcile(table)
    assert [value(table, wish) for wish in wishes] == [wish["value"] for wish in wishes]


def test_a_wish_about_a_total_that_does_not_exist_is_refused() -> None:
    for level, name in (("company", "company"), ("person", names("person")[0])):
        with pytest.raises(InputError, match="outlets sell mobile only"):
            allocate_targets(wished({**pin(level, name, business="fixed", measure="channel"), "value": 1.0}), village())


def test_unknown_stages_and_ids_are_named_with_what_is_near() -> None:
    person = names("person")[0]
    with pytest.raises(InputError, match=r"no target stage has this name.*stage2"):
        allocate_targets(wished({**pin("person", person, stage="stage22"), "value": 1.0}), village())
    with pytest.raises(InputError) as error:
        allocate_targets(
            wished({**pin("person", person + "x"), "value": 1.0}, {**pin("centre", "?"), "value": 1.0}), village()
        )
    assert len(error.value.problems) == 2 and person in str(error.value)


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({}, "either value, or least or most"),
        ({"value": 1.0, "most": 2.0}, "either value"),
        ({"least": 3.0, "most": 2.0}, "above most"),
        ({"value": 1.5}, "subscribers are whole"),
        ({"value": -1.0}, "at least 0"),
        ({"level": "company", "least": 2.0}, "company total needs value"),
        ({"level": "company", "id": "all", "value": 2.0}, "id of the company is company"),
    ],
)
def test_a_wish_that_says_nothing_or_too_much_is_refused(wish: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        wished({**pin("person", "x"), **wish})


def test_results_of_earlier_years_blend_into_the_share_and_cap_its_change() -> None:
    town = village()
    units = np.arange(len(town), dtype=float) + 1
    known = town.with_columns({"mobile_growth_2020": units, "mobile_growth_2021": units[::-1]})
    community = town.units["community"]
    past = pd.Series(0.25 * units / units.sum() + 0.75 * units[::-1] / units.sum(), index=town.units.index)
    past = past.groupby(community).sum()
    period = {"years": {"2020": 1.0, 2021: 3.0}, "part": 1.0}
    loose = {"capacity_slack": 1000.0, "change_cap": 10.0}
    scenario = wished(last_period=period, **loose)
    table = allocate_targets(scenario, known).to_frame()
    mobile = (table["business"] == "mobile") & (table["measure"] == "growth") & (table["stage"] == "stage3")
    got = table[mobile & (table["level"] == "community")].set_index("id")["value"]
    staffed = past[got.index] / past[got.index].sum()
    np.testing.assert_allclose(got, staffed * got.sum(), atol=2)

    capped = wished(last_period={**period, "part": 0.0, "change_cap": 0.05}, **loose)
    result = allocate_targets(capped, known)
    table = result.to_frame()
    got = table[mobile & (table["level"] == "community")].set_index("id")["value"]
    assert ((got - staffed * got.sum()).abs() <= 0.05 * staffed * got.sum() + 1).all()
    assert any("no column fixed_growth_2020, fixed_growth_2021" in note for note in result.notes)


def test_earlier_years_need_weights() -> None:
    with pytest.raises(InputError, match="need years"):
        wished(last_period={"change_cap": 0.1})
    with pytest.raises(InputError, match="at least one year"):
        wished(last_period={"years": {"2021": 0.0}})


def test_what_binds_is_said_with_what_it_would_be_worth(tmp_path: Path) -> None:
    more = {"fixed.growth": 0.3, "mobile.growth": 0.6}  # than people can sell
    result = allocate_targets(wished(priority="capacity", **more), village())
    binding = result.binding
    assert len(binding) and (binding["price"] > 0).all()
    assert binding["says"].str.contains("one more seller").any()
    exact = binding[binding["exact"].astype(bool)]
    assert len(exact)
    merged = exact.merge(result.stages, on=["stage", "business", "measure", "force"], suffixes=("", "_of"))
    assert (merged["seller"] <= merged[["least_stretch", "deviation"]].max(axis=1) + 1e-9).all()
    result.save(tmp_path)
    assert '"says"' in (tmp_path / "targets.json").read_text(encoding="utf-8")
    assert "limits bind" in str(result)


def test_a_whole_wish_is_judged_in_whole_units_and_its_relaxation_works() -> None:
    """With no room for change at all, the nearest cent to a fair share is no contradiction; 5 cents off is one."""
    free = allocate_targets(wished(change_cap=0.0), village()).to_frame()
    wish = pin("person", names("person")[0], measure="revenue", business="fixed")
    near = {**wish, "value": round(value(free, wish), 2)}
    assert value(allocate_targets(wished(near, change_cap=0.0), village()).to_frame(), wish) == near["value"]
    far = {**wish, "value": round(1.5 * value(free, wish), 2)}
    with pytest.raises(InfeasibleError, match=r"targets\.change_cap \(0\)") as error:
        allocate_targets(wished(far, change_cap=0.0), village())
    again = relaxed([far], str(error.value))
    table = allocate_targets(wished(*again, change_cap=0.0), village()).to_frame()
    reconcile(table)
    assert value(table, wish) == again[0]["value"]


def test_where_everybody_is_at_the_counter_all_day_targets_go_by_heads() -> None:
    town = village()
    assert town.sellers is not None
    busy = replace(town, sellers=town.sellers.assign(counter_share=1.0))
    result = allocate_targets(wished(), busy)
    reconcile(result.to_frame())
    assert any("on counter duty all day" in note for note in result.notes)
    assert value(result.to_frame(), pin("company", "company")) > 0
