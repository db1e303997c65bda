"""The plan as data: where each fact F1-F26 lives, and what its values are."""

from datetime import date
from typing import Any

import pytest

from scenarios import load_scenario
from scenarios.loading.load import plain
from scenarios.schema.dotted_keys import lookup

PLAN = load_scenario("plan")
CONTENT = plain(PLAN)

# Copied by hand from the plan, not from plan.yaml: dotted key -> what the plan says there.
STATED: dict[str, dict[str, Any]] = {
    "F5": {"learning.CM.fixed > learning.CM.channel": True},
    "F6": {"learning.GM.channel > learning.CM.channel": True},
    "F10": {
        "phases[0].start": date(2021, 12, 11),
        "phases[0].end": date(2021, 12, 20),
        "phases[0].focus": "training",
        "phases[0].organisation": "virtual_community",
    },
    "F11": {
        "phases[1].start": date(2021, 12, 21),
        "phases[1].end": date(2022, 3, 31),
        "phases[1].focus": "drills",
        "phases[1].organisation": "physical_communities",
    },
    "F12": {
        "phases[2].start": date(2022, 4, 1),
        "phases[2].end": None,
        "phases[2].focus": "sales",
        "phases[2].organisation": "unified",
    },
    "F14": {"phases[0].training": True},
    "F15": {
        "phases[1].communities": "redrawn",
        "phases[1].both_businesses": True,
        "phases[1].mixed_teams": True,
        "phases[1].shared_channels": True,
        "phases[1].hall_exchange": True,
    },
    "F16": {"phases[2].communities": "subdivided", "phases[2].data_support": True},
    "F17": {"phases[2].local_incentives": True},
    "F20": {
        "target_stages[0].start": date(2021, 12, 21),
        "target_stages[0].end": date(2022, 1, 31),
        "target_stages[0].breakdown": "by_force",
        "target_stages[0].weights.CM": {"fixed": 1.0, "mobile": 0.0},
        "target_stages[0].weights.GM": {"fixed": 0.0, "mobile": 1.0},
    },
    "F21": {
        "target_stages[1].end": date(2022, 2, 28),
        "target_stages[1].breakdown": "by_emphasis",
        "target_stages[1].weights.CM": {"fixed": 0.8, "mobile": 0.2},
        "target_stages[1].weights.GM": {"fixed": 0.2, "mobile": 0.8},
    },
    "F22": {
        "target_stages[2].start": date(2022, 3, 1),
        "target_stages[2].end": date(2022, 3, 31),
        "target_stages[2].breakdown": "by_area",
        "target_stages[2].weights.CM": {"fixed": 0.6, "mobile": 0.4},
    },
    "F23": {
        "target_stages[3].start": date(2022, 4, 1),
        "target_stages[3].weights.CM": {"fixed": 0.5, "mobile": 0.5},
    },
    "F24": {"target_stages[1].start": date(2022, 2, 1)},
    "F25": {"phases[1].end": date(2022, 3, 31)},
    "F26": {"target_stages[2].weights.GM": {"fixed": 0.4, "mobile": 0.6}},
}


@pytest.mark.parametrize("fact", [f"F{i}" for i in range(1, 27)])
def test_every_fact_lives_at_keys_that_exist(fact: str) -> None:
    entry = PLAN.facts[fact]
    for key in entry.at:
        lookup(CONTENT, key)


@pytest.mark.parametrize(("fact", "key", "stated"), [(f, k, v) for f, vs in STATED.items() for k, v in vs.items()])
def test_a_value_of_the_plan_is_the_one_the_plan_states(fact: str, key: str, stated: Any) -> None:
    if " > " in key:
        larger, smaller = key.split(" > ")
        assert lookup(CONTENT, larger) > lookup(CONTENT, smaller)
    else:
        assert lookup(CONTENT, key) == stated
    assert fact in PLAN.facts


def test_no_fact_is_invented() -> None:
    assert list(PLAN.facts) == [f"F{i}" for i in range(1, 27)]


def test_the_oddities_are_findings_with_the_assumption_taken() -> None:
    assert [f.id for f in PLAN.findings] == ["F24", "F25", "F26"]
    assert [i for i, fact in PLAN.facts.items() if fact.kind == "finding"] == ["F24", "F25", "F26"]
    for finding in PLAN.findings:
        lookup(CONTENT, finding.at)
        assert finding.printed and finding.taken and finding.says.en and finding.says.zh
        assert PLAN.source_of(finding.at), finding.at


def numeric_leaves(value: Any, key: str = "") -> list[str]:
    if isinstance(value, dict):
        return [leaf for k, v in value.items() for leaf in numeric_leaves(v, f"{key}.{k}" if key else k)]
    if isinstance(value, list):
        named = [v["name"] if isinstance(v, dict) and "name" in v else str(i) for i, v in enumerate(value)]
        return [leaf for n, v in zip(named, value, strict=True) for leaf in numeric_leaves(v, f"{key}.{n}")]
    number = isinstance(value, int | float | date) and not isinstance(value, bool)
    return [key] if number else []


@pytest.mark.parametrize("key", numeric_leaves({k: v for k, v in CONTENT.items() if k not in {"facts", "findings"}}))
def test_every_number_of_the_plan_has_a_source_or_is_called_assumed(key: str) -> None:
    assert PLAN.source_of(key)
