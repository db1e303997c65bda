"""Communities of unequal size: against every labelled plan of small maps, by the definition; and on a town."""

from __future__ import annotations

import itertools
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimize import explain, partition
from optimize.districting.audit import audit
from optimize.districting.given.check import check, mended, request_of
from scenarios import InfeasibleError, InputError, LimitError, Plan, Territory, generate_city
from study.cli import main
from tests.optimize.conftest import grid
from tests.sizes import size


def drawn(seed: int) -> tuple[Territory, int, dict[str, float], float, str]:
    """A small grid, how many communities, which have a size of their own, a tolerance, and what is minimised."""
    rng = np.random.default_rng(seed)
    columns, rows = (3, 3) if rng.random() < 0.6 else (4, 2)
    town = grid(columns, rows, rng.integers(1, 9, columns * rows).tolist())
    count = int(rng.integers(2, 4))
    named = int(rng.integers(1, count + 1))
    shares = rng.dirichlet(np.full(count, 6.0))
    sizes = {f"c{n}": float(shares[n]) for n in range(named)}
    tolerance = float(rng.choice([0.2, 0.5, 0.8]))
    return town, count, sizes, tolerance, str(rng.choice(["moment", "distance", "cut-edges"]))


def connected(part: list[int], beside: set[tuple[int, int]]) -> bool:
    seen, queue = {part[0]}, [part[0]]
    while queue:
        here = queue.pop()
        new = {j for j in part if (here, j) in beside} - seen
        seen |= new
        queue += new
    return len(seen) == len(part)


def worth(town: Territory, label: tuple[int, ...], count: int, objective: str) -> float:
    people, points = town.attribute("population"), town.coordinates
    if objective == "cut-edges":
        return float(sum(label[a] != label[b] for a, b in town.edge_positions.tolist()))
    power, total = (2 if objective == "moment" else 1), 0.0
    for k in range(count):
        m = [i for i in range(len(label)) if label[i] == k]
        total += min(sum(people[i] * math.dist(points[i], points[j]) ** power for i in m) for j in m)
    return total


def least(town: Territory, count: int, sizes: dict[str, float], tolerance: float, objective: str) -> float:
    """The best value over all labelled plans; infinite if there is none."""
    people, best = town.attribute("population"), math.inf
    beside = {(a, b) for a, b in town.edge_positions.tolist()}
    beside |= {(b, a) for a, b in beside}
    rest = (1 - sum(sizes.values())) / max(count - len(sizes), 1)
    wanted = [people.sum() * share for share in [*sizes.values(), *([rest] * (count - len(sizes)))]]
    ends = [(math.ceil(w * (1 - tolerance) - 1e-9), math.floor(w * (1 + tolerance) + 1e-9)) for w in wanted]
    for label in itertools.product(range(count), repeat=len(people)):
        sums = np.bincount(label, people, count)
        if len(set(label)) < count or not all(a <= s <= b for s, (a, b) in zip(sums, ends, strict=True)):
            continue
        parts = [[i for i in range(len(label)) if label[i] == k] for k in range(count)]
        if all(connected(part, beside) for part in parts):
            best = min(best, worth(town, label, count, objective))
    return best


@pytest.mark.parametrize("seed", range(size(8, 80)))
def test_plans_of_unequal_communities_agree_with_every_plan(seed: int) -> None:
    town, count, sizes, tolerance, objective = drawn(seed)
    best = least(town, count, sizes, tolerance, objective)
    asked = {"balance": {"population": tolerance}, "sizes": sizes, "effort": "quick"}
    if math.isinf(best):
        with pytest.raises(InfeasibleError):
            partition(town, count, objective=objective, **asked)  # type: ignore[arg-type]
        return
    made = partition(town, count, objective=objective, **asked)  # type: ignore[arg-type]
    assert made.proof == "optimal" and made.value == pytest.approx(best)
    assert set(sizes) <= set(made.assignment)
    sums = pd.Series(town.attribute("population"), town.units.index).groupby(made.assignment).sum()
    for name, share in sizes.items():
        wanted = share * sums.sum()
        assert math.ceil(wanted * (1 - tolerance) - 1e-9) <= sums[name] <= math.floor(wanted * (1 + tolerance) + 1e-9)
    assert explain(made, town.unit_ids[0])["allowed"].iloc[0] == "yes"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(size(6, 60)))
def test_the_models_of_unequal_communities_agree_with_every_plan(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on larger maps: a search, and models in which every community has its own bounds."""
    for module in ("solve_part", "sizes.solve_sizes"):
        monkeypatch.setattr(sys.modules[f"optimize.districting.{module}"], "exhausted", lambda instance: False)
    town, count, sizes, tolerance, objective = drawn(seed)
    best = least(town, count, sizes, tolerance, objective)
    asked = {"balance": {"population": tolerance}, "sizes": sizes, "work_limit": 20}
    if math.isinf(best):
        with pytest.raises(InfeasibleError):
            partition(town, count, objective=objective, **asked)  # type: ignore[arg-type]
        return
    made = partition(town, count, objective=objective, **asked)  # type: ignore[arg-type]
    assert made.value == pytest.approx(best) and made.bound <= best * (1 + 1e-9)
    assert made.proof == "optimal"


def unequal(objective: str, **more: object) -> tuple[Territory, object]:
    town = generate_city(units=40, centres=1, seed=7)
    made = partition(
        town,
        4,
        objective=objective,  # type: ignore[arg-type]
        balance={"population": 0.15},
        sizes={"large": 0.4, "small": 0.12},
        effort="quick",
        work_limit=1.5,
        **more,  # type: ignore[arg-type]
    )
    return town, made


@pytest.mark.parametrize("objective", ["moment", "distance", "cut-edges"])
def test_a_town_is_divided_into_communities_of_the_sizes_asked_for(objective: str, tmp_path: Path) -> None:
    town, made = unequal(objective)
    people = pd.Series(town.attribute("population"), town.units.index)
    shares = people.groupby(made.assignment).sum() / people.sum()  # type: ignore[attr-defined]
    wanted = {"large": 0.4, "small": 0.12} | {n: 0.48 / 2 for n in shares.index if n not in ("large", "small")}
    assert all(abs(shares[n] / wanted[n] - 1) <= 0.15 + 1e-6 for n in shares.index) and len(shares) == 4
    assert made.bound is not None and made.bound <= made.value * (1 + 1e-9)  # type: ignore[attr-defined]
    assert max(made.worst_deviation.values()) <= 0.15 + 1e-6  # type: ignore[attr-defined]
    card = made.scorecard().set_index("community")  # type: ignore[attr-defined]
    assert card.loc["large", "population_deviation"] == pytest.approx(shares["large"] / 0.4 - 1)
    assert audit(made.certificates, seconds=0.5).verdict != "contradicted"  # type: ignore[attr-defined]


def test_the_bound_of_a_town_holds_for_plans_with_more_work() -> None:
    _, quick = unequal("moment")
    _, long = unequal("moment", seed=5)
    assert max(quick.bound, long.bound) <= min(quick.value, long.value) * (1 + 1e-9)  # type: ignore[attr-defined]


def test_a_given_plan_is_checked_and_mended_by_the_sizes_of_its_communities() -> None:
    town, made = unequal("moment")
    plan = Plan(made.assignment.copy())  # type: ignore[attr-defined]
    asked = {
        "balance": {"population": 0.15},
        "sizes": {"large": 0.4, "small": 0.12},
        "effort": "quick",
        "work_limit": 1.0,
    }
    assert check(town, plan, 4, **asked).keeps_everything
    swapped = Plan(plan.assignment.replace({"large": "small", "small": "large"}))
    assert {(f.wish, f.community) for f in check(town, swapped, 4, **asked).faults} == {
        ("balance", "large"),
        ("balance", "small"),
    }
    units = [u for u in town.unit_ids if plan.assignment[u] == "small"]
    off = Plan(plan.assignment.copy())
    border = next(
        b if a in units else a
        for a, b in zip(town.edges["a"], town.edges["b"], strict=True)
        if (a in units) != (b in units)
    )
    off.assignment[border] = "small"
    repaired, _ = mended(town, off, request_of(town, off, 4, asked))
    assert repaired is not None
    assert check(town, repaired, 4, **asked).keeps_everything
    assert (repaired.assignment != off.assignment).sum() <= 1 or check(town, off, 4, **asked).keeps_everything is False


@pytest.mark.parametrize(
    ("sizes", "more", "says"),
    [
        ({"a": 1.2}, {}, "between 0 and 1"),
        ({"a": 0.6, "b": 0.6}, {}, "leave nothing"),
        ({"a": 0.2, "b": 0.2, "c": 0.2}, {}, "add up to 1"),
        ({"a": 0.2}, {"objective": "radius"}, "do not go with objective radius"),
        ({"a": 0.2}, {"within": "centre"}, "one of today's"),
        ({"a": 0.1, "b": 0.1, "c": 0.1, "d": 0.1}, {}, "only 3 communities"),
    ],
)
def test_sizes_that_cannot_be_are_refused(sizes: dict[str, float], more: dict[str, object], says: str) -> None:
    town = grid(3, 3, [1] * 9).with_columns({"centre": ["x"] * 9})
    with pytest.raises(InputError, match=says):
        partition(town, 3, sizes=sizes, balance={"population": 0.5}, **more)  # type: ignore[arg-type]


def test_the_command_takes_sizes_as_shares_and_per_cent(tmp_path: Path) -> None:
    town = generate_city(units=40, centres=1, seed=4).save(tmp_path / "town")
    call = [
        "partition",
        str(town),
        "--communities",
        "5",
        "--balance",
        "population=0.15",
        "--work-limit",
        "3",
        "--quiet",
    ]
    assert main([*call, "--size", "东一=30%", "--size", "b=0.1", "--out", str(tmp_path / "out")]) == 0
    card = pd.read_csv(tmp_path / "out" / "scorecard.csv").set_index("community")
    shares = card["population"] / card["population"].sum()
    assert abs(shares["东一"] / 0.3 - 1) <= 0.15 + 1e-6 and abs(shares["b"] / 0.1 - 1) <= 0.15 + 1e-6
    assert main([*call, "--size", "half", "--out", str(tmp_path / "bad")]) == 2


def test_with_groups_a_size_is_the_share_of_its_own_group() -> None:
    town = generate_city(units=44, centres=2, seed=8)
    centre, today = (town.units[c].astype(str) for c in ("centre", "community"))
    name = sorted(today.unique())[0]
    home = centre[today == name].mode().min()
    try:
        made = partition(
            town, 6, within="centre", current="community", sizes={name: 0.5}, balance={"population": 0.25},
            effort="quick", work_limit=1.0,
        )  # fmt: skip
    except LimitError:
        pytest.fail("half of a centre within a quarter is not much to ask")
    people = pd.Series(town.attribute("population"), town.units.index)
    inside = people[made.assignment == name]
    assert set(centre[inside.index]) == {home}
    assert abs(inside.sum() / people[centre == home].sum() / 0.5 - 1) <= 0.25 + 1e-6
