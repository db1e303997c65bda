"""Distances on the ground: read from files and columns, joined by shortest ways, and felt by plans and by sellers."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from optimize import explain, partition
from optimize.districting.given.check import check
from scenarios import InputError, Plan, Territory, generate_city, load_territory
from scenarios.rules.scorecard import scorecard
from scenarios.rules.unit_market import toured_areas, unit_areas
from tests.optimize.conftest import grid
from tests.sizes import size

SMALL = 9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small city on disk."""
    return generate_city(units=40, centres=2, seed=5).save(tmp_path_factory.mktemp("town") / "town")


def written(path: Path, rows: list[tuple[object, ...]], head: str) -> Path:
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows), ""]), "utf-8")
    return path


def lines(town: Territory) -> list[tuple[str, str, float]]:
    """Every pair of units and the straight line between them."""
    ids, points = town.unit_ids, town.coordinates
    return [(ids[i], ids[j], math.dist(points[i], points[j])) for i in range(len(ids)) for j in range(i)]


def floyd(n: int, ways: dict[tuple[int, int], float]) -> np.ndarray:
    """Shortest ways by Floyd and Warshall."""
    far = np.full((n, n), np.inf)
    np.fill_diagonal(far, 0.0)
    for (a, b), length in ways.items():
        far[a, b] = min(far[a, b], length)
    for k, i, j in itertools.product(range(n), repeat=3):
        far[i, j] = min(far[i, j], far[i, k] + far[k, j])
    return far


@pytest.mark.slow
@pytest.mark.parametrize(("unit", "scale", "digits"), [("km", 1.0, 17), ("km", 1.0, 3), ("m", 1000.0, 0)])
def test_a_file_of_straight_lines_changes_no_byte(
    unit: str, scale: float, digits: int, folder: Path, tmp_path: Path
) -> None:
    town = load_territory(folder)
    rows = [(a, b, round(far * scale, digits)) for a, b, far in lines(town)]
    same = load_territory(folder, distance=written(tmp_path / "lines.csv", rows, f"a,b,{unit}"))
    asked = {"balance": {"population": 0.2}, "effort": "quick", "work_limit": 2.0}
    for name, ground in (("without", town), ("with", same)):
        partition(ground, 5, **asked).save(tmp_path / name)  # type: ignore[arg-type]
    for name in ("plan.csv", "scorecard.csv"):
        assert (tmp_path / "with" / name).read_bytes() == (tmp_path / "without" / name).read_bytes()
    assert partition(same, 5, **asked).to_dict()["distance"] == {"by": "straight lines", "unit": "km"}  # type: ignore[arg-type]


def test_stretches_are_joined_by_shortest_ways(folder: Path, tmp_path: Path) -> None:
    town, rng = load_territory(folder), np.random.default_rng(1)
    at = {unit: i for i, unit in enumerate(town.unit_ids)}
    rows = [(a, b, int(rng.integers(1, 30))) for a, b in zip(town.edges["a"], town.edges["b"], strict=True)]
    one_way = [(b, a, 1 + minutes // 3) for a, b, minutes in rows[::4]]
    made = load_territory(folder, distance=written(tmp_path / "roads.csv", [*rows, *one_way], "a,b,minutes"))
    ways = {(at[a], at[b]): float(m) for a, b, m in rows} | {(at[b], at[a]): float(m) for a, b, m in rows}
    ways |= {(at[a], at[b]): float(m) for a, b, m in one_way}
    assert made.distances is not None
    assert made.distances.unit == "min"
    np.testing.assert_allclose(made.distances.matrix, floyd(len(town), ways))


def test_a_column_of_the_adjacencies_is_as_good_as_a_file(folder: Path, tmp_path: Path) -> None:
    town, rng = load_territory(folder), np.random.default_rng(2)
    drive = rng.integers(1, 30, len(town.edges))
    pairs = zip(town.edges["a"], town.edges["b"], drive.tolist(), strict=True)
    by_file = load_territory(folder, distance=written(tmp_path / "roads.csv", list(pairs), "from,to,time_min"))
    other = tmp_path / "town"
    Territory(town.name, town.units, town.edges.assign(drive_min=drive)).save(other)
    by_column = load_territory(other, distance="drive_min")
    assert by_file.distances is not None
    assert by_column.distances is not None
    assert by_column.distances.source == "drive_min"
    np.testing.assert_array_equal(by_column.distances.matrix, by_file.distances.matrix)
    again = load_territory(by_column.save(tmp_path / "saved"))
    assert again.distances is not None
    np.testing.assert_array_equal(again.distances.matrix, by_column.distances.matrix)
    part = by_column.subset(by_column.unit_ids[5:12])
    assert part.distances is not None
    np.testing.assert_array_equal(part.distances.matrix, by_column.distances.matrix[5:12, 5:12])


@pytest.mark.parametrize(
    ("head", "value", "expected", "unit"),
    [
        ("a,b,km", 2, 2.0, "km"), ("a,b,length_m", 1500, 1.5, "km"), ("起点,终点,距离（公里）", 2, 2.0, "km"),
        ("a,b,minutes", 7, 7.0, "min"), ("a,b,seconds", 90, 1.5, "min"), ("a,b,耗时（小时）", 0.5, 30.0, "min"),
        ("a,b,travel_time", 4, 4.0, "min"),
    ],
)  # fmt: skip
def test_the_heading_says_the_unit(head: str, value: float, expected: float, unit: str, tmp_path: Path) -> None:
    town = grid(2, 1, [1, 1]).save(tmp_path / "town")
    made = load_territory(town, distance=written(tmp_path / "far.csv", [("u00", "u01", value)], head)).distances
    assert made is not None
    assert made.unit == unit
    assert made.matrix.tolist() == pytest.approx(np.array([[0, expected], [expected, 0]]))


def test_everything_that_is_wrong_with_a_file_of_distances_is_said_at_once(folder: Path, tmp_path: Path) -> None:
    unit, other = load_territory(folder).unit_ids[:2]
    rows = [(unit, "nobody", 3), (unit, other, -1), (unit, other, "far"), (unit, other, "nan")]
    with pytest.raises(InputError) as refused:
        load_territory(folder, distance=written(tmp_path / "wrong.csv", rows, "a,b,km"))
    told = "\n".join(map(str, refused.value.problems))
    for part in ("row 2", "nobody", "row 3", "-1", "row 4", "far", "row 5"):
        assert part in told
    with pytest.raises(InputError, match="no way to"):
        load_territory(folder, distance=written(tmp_path / "short.csv", [(unit, other, 3)], "a,b,km"))
    with pytest.raises(InputError, match="neither a file nor a column"):
        load_territory(folder, distance="nowhere.csv")
    with pytest.raises(InputError, match="holds no distance"):
        load_territory(folder, distance=written(tmp_path / "empty.csv", [], "a,b,km"))


def travelled(seed: int, tmp_path: Path) -> tuple[Territory, np.ndarray, np.ndarray]:
    """A grid of nine whose units lie apart in minutes, there and back alike or not."""
    rng = np.random.default_rng(seed)
    people = rng.integers(1, 10, SMALL)
    plain = grid(3, 3, people.tolist())
    minutes = np.round(rng.uniform(1, 30, (SMALL, SMALL)), 2)
    np.fill_diagonal(minutes, 0)
    ids = plain.unit_ids
    rows = [(ids[i], ids[j], minutes[i, j]) for i, j in itertools.permutations(range(SMALL), 2)]
    file = written(tmp_path / "far.csv", rows, "a,b,minutes")
    return load_territory(plain.save(tmp_path / "town"), distance=file), people, minutes


def plans(town: Territory, people: np.ndarray, tolerance: float) -> list[np.ndarray]:
    """Every division of a grid of nine into three connected parts within a tolerance, from the definitions."""
    beside = {(int(a), int(b)) for a, b in town.edge_positions}
    beside |= {(b, a) for a, b in beside}
    mean, found = people.sum() / 3, []
    for label in itertools.product(range(3), repeat=SMALL):
        parts = [[i for i in range(SMALL) if label[i] == k] for k in range(3)]
        if label[0] != 0 or not all(parts) or min(parts[1]) > min(parts[2]):
            continue
        if any(
            not math.ceil(mean * (1 - tolerance) - 1e-9) <= people[p].sum() <= mean * (1 + tolerance) for p in parts
        ):
            continue
        if all(len(reached(part, beside)) == len(part) for part in parts):
            found.append(np.array(label))
    return found


def reached(part: list[int], beside: set[tuple[int, int]]) -> set[int]:
    seen, queue = {part[0]}, [part[0]]
    while queue:
        here = queue.pop()
        new = {j for j in part if (here, j) in beside} - seen
        seen |= new
        queue += new
    return seen


@pytest.mark.parametrize("objective", ["moment", "distance", "radius"])
@pytest.mark.parametrize("seed", range(size(2, 20)))
def test_plans_by_travel_time_are_proven_best_and_agree_with_every_plan(
    seed: int, objective: str, tmp_path: Path
) -> None:
    town, people, minutes = travelled(seed, tmp_path)

    def worth(label: np.ndarray) -> float:
        parts = [np.flatnonzero(label == k) for k in range(3)]
        if objective == "radius":
            return max(min(float(minutes[m, j].max()) for j in m) for m in parts)
        power = 2 if objective == "moment" else 1
        return sum(min(float(people[m] @ minutes[m, j] ** power) for j in m) for m in parts)

    every = plans(town, people, 0.6)
    made = partition(town, 3, objective=objective, balance={"population": 0.6}, effort="quick")  # type: ignore[arg-type]
    assert made.proof == "optimal"
    assert made.value == pytest.approx(min(map(worth, every)))
    card = made.scorecard()
    told = {"moment": card["moment"].sum(), "distance": card["distance"].sum(), "radius": card["radius"].max()}
    assert told[objective] == pytest.approx(made.value)
    assert made.to_dict()["distance"] == {"by": "far.csv", "unit": "min"}
    assert explain(made, made.territory.unit_ids[0]).loc[0, "change"] == 0.0


@pytest.mark.parametrize("seed", range(size(1, 10)))
def test_a_radius_in_minutes_holds_and_is_checked(seed: int, tmp_path: Path) -> None:
    town, people, minutes = travelled(seed, tmp_path)
    every = plans(town, people, 0.6)

    def radius(label: np.ndarray) -> float:
        """The largest distance about the seats of least moment."""
        worst = 0.0
        for k in range(3):
            m = np.flatnonzero(label == k)
            costs = {int(j): float(people[m] @ minutes[m, j] ** 2) for j in m}
            worst = max(
                worst, min(float(minutes[m, j].max()) for j in m if costs[int(j)] <= min(costs.values()) + 1e-9)
            )
        return worst

    limit = sorted(radius(label) for label in every)[len(every) // 3]
    made = partition(town, 3, balance={"population": 0.6}, max_radius=limit, effort="quick")
    at = np.array([sorted(set(made.assignment)).index(c) for c in made.assignment])
    assert radius(at) <= limit * (1 + 1e-9)
    wide = max(every, key=radius)
    given = Plan(made.assignment.copy())
    given.assignment[:] = [f"c{k}" for k in wide]
    found = check(town, given, 3, balance={"population": 0.6}, max_radius=limit, effort="quick")
    worst = [fault for fault in found.faults if fault.wish == "max_radius"]
    assert bool(worst) == (radius(wide) > limit)
    assert max(float(fault.value or 0) for fault in worst) == pytest.approx(radius(wide))


def test_tours_are_as_much_longer_as_the_ways_between_neighbours(folder: Path, tmp_path: Path) -> None:
    town = load_territory(folder)
    rows = [(a, b, 2.0 * far) for a, b, far in lines(town)]
    twice = load_territory(folder, distance=written(tmp_path / "twice.csv", rows, "a,b,km"))
    np.testing.assert_allclose(toured_areas(twice, 20.0), 4 * unit_areas(town))
    as_usual = [(a, b, far / 20.0 * 60.0) for a, b, far in lines(town)]
    timed = load_territory(folder, distance=written(tmp_path / "timed.csv", as_usual, "a,b,minutes"))
    np.testing.assert_allclose(toured_areas(timed, 20.0), unit_areas(town))
    np.testing.assert_allclose(toured_areas(timed, 40.0), 4 * unit_areas(town))
    assert np.array_equal(toured_areas(town, 20.0), unit_areas(town))


def test_the_scorecard_of_a_study_travels_too(folder: Path, tmp_path: Path) -> None:
    town = load_territory(folder)
    rows = [(a, b, 3.0 * far) for a, b, far in lines(town)]
    far = load_territory(folder, distance=written(tmp_path / "far.csv", rows, "a,b,km"))
    plan = Plan(town.units["community"].astype(str))
    before, after = scorecard(town, plan), scorecard(far, plan)
    np.testing.assert_allclose(after["moment"], 9 * before["moment"], rtol=1e-6)
    np.testing.assert_allclose(after["radius"], 3 * before["radius"], rtol=1e-6)
