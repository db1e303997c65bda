"""Facts of the plan switched off alone: every one can be, and those that must move a KPI do."""

import pytest

from benchmarks.facts import SWITCHES, page, table
from scenarios import generate_city, load_scenario


def test_every_fact_but_the_principle_has_a_switch() -> None:
    """F2 says by what results are judged; F24-F26 are oddities that are reported."""
    assert {switch.fact for switch in SWITCHES} == {f"F{n}" for n in range(1, 24)} - {"F2"}


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: f"{switch.fact} {switch.says}")
def test_a_switch_changes_the_plan(switch) -> None:
    plan, without = load_scenario("plan"), load_scenario("plan", switch.off)
    assert without.sha256 != plan.sha256
    assert switch.days <= plan.run.days


@pytest.mark.slow
def test_facts_move_their_kpis_the_way_the_plan_says() -> None:
    sure = [s for s in SWITCHES if (s.fact, s.kpi) in {("F3", "churned.fixed"), ("F11", "skill.GM.fixed")}]
    found = table(generate_city(units=60, centres=2, seed=5), sure, replications=4, jobs=1)
    assert (found["found"] == found["expected"]).all()
    assert page(found, 4, 60).count("| F") == len(sure)
