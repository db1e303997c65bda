"""What a move would break: every wish of the request, held against a plan made to be moved."""

import numpy as np
import pandas as pd
import pytest

from optimize import explain, partition
from scenarios import Territory
from tests.optimize.conftest import grid


def row_of_eight() -> Territory:
    """Eight units in a row, with a gap in the middle: without wishes four are on either side of it."""
    territory = grid(8, 1, [10] * 8)
    x = [0.0, 1.0, 2.0, 3.0, 5.0, 6.0, 7.0, 8.0]
    return territory.with_columns({"x": x, "today": ["a"] * 4 + ["b"] * 4})


def allowed(unit: str, *, balance: float = 0.9, **wish: object) -> list[str]:
    result = partition(row_of_eight(), 2, balance={"population": balance}, **wish)
    assert result.assignment.groupby(result.assignment).size().tolist() == [4, 4]
    table = explain(result, unit)
    assert table["allowed"].iloc[0] == "yes"
    return table["allowed"].iloc[1:].tolist()


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({}, "yes"),
        ({"balance": 0.1}, "community 2 has population 30, outside 36 to 44; community 1 has population 50"),
        ({"keep_together": [("u04", "u05")]}, "u04 and its group are torn apart"),
        ({"keep_apart": [("u00", "u04")]}, "u00 and u04 share a community"),
        ({"max_radius": 2.0}, "u04 lies 3 km from its seat"),
        ({"max_radius": 3.0}, "yes"),
        ({"max_radius": 3.5, "fix_seats": ["u01"]}, "u04 lies 4 km from its seat"),
        ({"max_radius": 4.0, "fix_seats": ["u01"]}, "yes"),
        ({"balance": 0.2, "fix_seats": ["u01", "u04"]}, "u04 is not a seat"),
        ({"lock": ["b"], "current": "today"}, "community b is locked"),
        ({"lock": ["a"], "current": "today"}, "community a is locked"),
        ({"max_moved": 0.1, "current": "today"}, "12.50% of the workload is moved, more than 10.00%"),
        ({"max_moved": 0.13, "current": "today"}, "yes"),
    ],
)
def test_a_move_that_breaks_a_wish_is_not_allowed(wish: dict[str, object], says: str) -> None:
    found = allowed("u04", **wish)
    assert len(found) == 1
    for part in says.split("; "):
        assert part in found[0]
    assert (found == ["yes"]) == (says == "yes")


def test_a_forbidden_border_is_none_to_move_across() -> None:
    territory = grid(4, 2, [10] * 8)
    result = partition(territory, 2, balance={"population": 0.9}, forbid=[("u01", "u02")])
    for unit in territory.unit_ids:
        for row in explain(result, unit).iloc[1:].itertuples():
            moved = result.assignment.to_dict() | {unit: row.community}
            torn = {moved[u] for u in ("u01", "u02")} == {row.community} and moved["u05"] != moved["u06"]
            assert not torn or "pieces" in row.allowed


def test_a_locked_community_may_lie_outside_the_bounds_of_the_others() -> None:
    today = ["a"] + ["b"] * 7
    territory = grid(8, 1, [10] * 8).with_columns({"today": today})
    result = partition(
        territory, 3, balance={"population": 0.5}, current="today", lock=["a"], keep_apart=[("u03", "u07")]
    )
    for unit in territory.unit_ids:
        assert explain(result, unit)["allowed"].iloc[0] == "yes"
    assert explain(result, "u01")["allowed"].iloc[1] == "community a is locked"


def test_a_territory_that_only_locks_leave_in_pieces_is_explained() -> None:
    units = pd.DataFrame(
        {"x": [0.0, 1.0, 2.0, 9.0], "y": 0.0, "population": 10, "today": ["a", "b", "b", "c"]},
        index=pd.Index(["u0", "u1", "u2", "u3"], name="unit_id"),
    )
    territory = Territory("two", units, pd.DataFrame({"a": ["u0", "u1"], "b": ["u1", "u2"]}))
    result = partition(territory, 3, balance={"population": 1.0}, current="today", lock=["c"])
    assert explain(result, "u3")["allowed"].tolist() == ["yes"]


def test_names_that_are_numbers_of_other_communities_are_not_mixed_up() -> None:
    territory = grid(12, 1, [10] * 12)
    result = partition(territory, 12, balance={"population": 0.1})
    for unit in territory.unit_ids:
        home = result.assignment[unit]
        for row in explain(result, unit).iloc[1:].itertuples():
            assert row.allowed.startswith(
                f"community {home} is left without units; community {row.community} has popul"
            )
            assert np.isnan(row.change)


def test_one_sided_bounds_are_kept_as_they_were_asked_for() -> None:
    territory = row_of_eight()
    result = partition(territory, 2, balance={"population": 0.5}, bounds={"population": (35.0, np.inf)}, effort="quick")
    said = [a for unit in territory.unit_ids for a in explain(result, unit)["allowed"].iloc[1:]]
    assert len(said) == 2 and all("has population 30, outside 35 to 60" in a for a in said)
