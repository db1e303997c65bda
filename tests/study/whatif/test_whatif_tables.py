"""Tables of a what-if on points made by hand: communities that recur, who gains and who loses."""

from typing import Any

import pytest

from study.whatif.gains import CHANGES, GAINS, changes_table, gains_table
from study.whatif.recurring_communities import stable_table

UNITS = {f"u{k}": 1.0 for k in range(8)}


def point(plan: str, targets: dict[str, float], stage2: dict[str, float] | None = None) -> dict[str, Any]:
    """Return a point whose units u0 ... u7 lie in the communities that the letters name."""
    rows = [["s1", "person", who, "fixed", "growth", value] for who, value in targets.items()]
    rows += [["s2", "person", who, "mobile", "growth", value] for who, value in (stage2 or {}).items()]
    rows += [["s1", "community", name, "fixed", "growth", float(plan.count(name))] for name in sorted(set(plan))]
    assignment = dict(zip(UNITS, plan, strict=True))
    return {
        "plans": {"redrawn": assignment, "subdivided": assignment},
        "kind_of_stage": {"s1": "redrawn", "s2": "redrawn"},
        "workload": UNITS,
        "targets": rows,
        "persons": {"p": ["Li Na", "CM", "north", "A"], "q": ["", "GM", "north", "B"]},
    }


def test_a_community_that_everybody_draws_is_stable_and_one_that_falls_apart_is_not() -> None:
    known = [point("AAAABBCC", {}), point("xxxxyyyz", {}), point("AAAABCCC", {})]
    table = stable_table(known).set_index(["community", "point"])
    a, b = table.loc["A", 0], table.loc["B", 0]
    assert a[["units", "recurs", "core_units", "stable"]].tolist() == [4, 1.0, 4, 1]
    assert a["mean_overlap"] == 1.0 and a["core"] == 1.0 and a["workload"] == 0.5
    assert b["recurs"] == pytest.approx(1 / 3) and b["stable"] == 0
    assert table["recurs"].is_monotonic_decreasing


def test_communities_match_by_overlap_whatever_they_are_called_and_share_a_core() -> None:
    """Three of four units: overlap 3/4, the least that counts as the same."""
    known = [point("AAAABBBB", {}), point("zzzBBBBB", {})]
    table = stable_table(known).set_index("community")
    assert table.loc["A", "recurs"] == 1.0 and table.loc["A", "least_overlap"] == pytest.approx(0.75)
    assert (table.loc["A", "core_units"], table.loc["A", "core"]) == (3, pytest.approx(0.75))
    assert table.loc["B", "least_overlap"] == pytest.approx(4 / 5)
    assert stable_table(known, same=0.8).set_index("community").loc["A", "recurs"] == 0.5


def test_gains_add_up_all_stages_and_count_the_points() -> None:
    known = [
        point("AAAABBBB", {"p": 10, "q": 10}, {"p": 5, "q": 5}),
        point("AAAABBBB", {"p": 12, "q": 8}, {"p": 5, "q": 5}),
        point("AAAABBBB", {"p": 14, "q": 8}, {"p": 4, "q": 4}),
    ]
    table = gains_table(known)
    p = table[table["id"] == "p"].iloc[0]
    assert (p["base"], p["mean"], p["least"], p["most"], p["gains"], p["loses"]) == (15, 17.5, 17, 18, 1.0, 0.0)
    assert (p["name"], p["force"], p["centre"], p["community"], p["stages"]) == ("Li Na", "CM", "north", "A", 2)
    q = table[table["id"] == "q"].iloc[0]
    assert (q["base"], q["mean"], q["gains"], q["loses"]) == (15, 12.5, 0.0, 1.0)
    changes = changes_table(known)
    assert set(changes["stage"]) == {"s1", "s2"} and (changes["change"] == changes["value"] - changes["base"]).all()


def test_a_community_is_compared_only_where_it_is_the_same() -> None:
    known = [point("AAAABBBB", {"p": 1}), point("AAAABBCC", {"p": 2})]
    table = gains_table(known)
    assert set(table.loc[table["level"] == "community", "id"]) == {"A"}
    assert changes_table(known)["id"].tolist() == ["p"]


def test_without_targets_nobody_gains_or_loses() -> None:
    known = [point("AAAABBBB", {}) | {"targets": [], "kind_of_stage": {}} for _ in range(3)]
    assert changes_table(known).empty and gains_table(known).empty
    assert list(changes_table(known).columns) == CHANGES and list(gains_table(known).columns) == GAINS
