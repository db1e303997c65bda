"""The fairest split: against closed forms, brute force, and what no split can beat."""

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.arrays import Floats
from optimize.solving.solver import Solution, solve
from optimize.targets import fairest_split as targets_fair
from optimize.targets import pins_and_limits as targets_wishes
from optimize.targets.fairest_split import ContradictionError, fairest, with_one_more
from optimize.targets.formulations import whole_units as whole
from optimize.targets.formulations.fair_share import Row, Split
from optimize.targets.pins_and_limits import why_not
from optimize.targets.splits import parts
from optimize.targets.whole_units import persons, whole_cells
from scenarios import load_scenario
from tests.sizes import size

CELLS = st.lists(st.tuples(st.floats(1, 100), st.floats(0.5, 200)), min_size=2, max_size=7)


def split_of(fair: list[float], able: list[float], *rows: Row, **more: float) -> Split:
    total = Row("total", "total", np.arange(len(fair)), sum(fair), sum(fair))
    return Split(np.array(fair), np.array(able), np.ones(len(fair), dtype=bool), (total, *rows), 0.0, **more)


def filled(fair: Floats, most: Floats) -> Floats:
    """Water filling: all rise by the same part of their fair share until each meets its own limit."""
    low, high = 0.0, 1e6
    for _ in range(200):
        d = (low + high) / 2
        low, high = (low, d) if np.minimum(most, fair * (1 + d)).sum() >= fair.sum() else (d, high)
    return np.minimum(most, fair * (1 + high))


@settings(max_examples=size(32, 80), deadline=None)
@given(CELLS)
def test_every_deviation_is_the_least_from_the_largest_down(cells: list[tuple[float, float]]) -> None:
    fair, able = [f for f, _ in cells], [c for _, c in cells]
    if sum(able) < sum(fair) * 1.001:
        return
    result = fairest(split_of(fair, able))
    np.testing.assert_allclose(result.targets, filled(np.array(fair), np.array(able)), rtol=1e-4, atol=1e-4)
    assert result.proof == "optimal" and result.stretch == 0


@settings(max_examples=size(16, 40), deadline=None)
@given(CELLS)
def test_the_least_stretch_is_what_the_sums_ask_for(cells: list[tuple[float, float]]) -> None:
    fair, able = [f for f, _ in cells], [c for _, c in cells]
    if sum(able) > sum(fair) * 0.999:
        return
    split = split_of(fair, able)
    expected = sum(fair) / sum(able) - 1
    capable = fairest(split, priority="capacity")
    assert capable.stretch == pytest.approx(expected, rel=1e-4, abs=1e-5)
    equal = fairest(split)
    np.testing.assert_allclose(equal.targets, fair)
    assert equal.least_stretch == pytest.approx(expected, rel=1e-4, abs=1e-5)
    assert equal.stretch == pytest.approx(max(f / c for f, c in cells) - 1, rel=1e-4)


def test_prices_are_the_slope_and_one_more_seller_is_the_whole_step() -> None:
    fair, able = [30.0, 50.0, 20.0], [20.0, 30.0, 10.0]
    split = split_of(fair, able)
    result = fairest(split, priority="capacity")
    for price in result.capacity_price.values():  # e = T / C - 1 falls by T / C^2 per unit, or 1 / C times 1 + e
        assert price * (1 + result.least_stretch) == pytest.approx(100 / 60**2, rel=1e-3)
    assert len(result.capacity_price) == 3
    assert with_one_more(split, result, 0, 20.0) == pytest.approx(100 / 60 - 100 / 80, rel=1e-3)


def test_relief_within_the_tolerance_lowers_the_largest_stretch_only_as_far_as_allowed() -> None:
    split = split_of([50.0, 50.0], [20.0, 60.0])
    for tolerance in (0.0, 0.1, 0.3):
        result = fairest(split, tolerance=tolerance)
        np.testing.assert_allclose(result.targets, [50 * (1 - tolerance), 50 * (1 + tolerance)], rtol=1e-4)
        assert result.stretch == pytest.approx(50 * (1 - tolerance) / 20 - 1, rel=1e-3)


@pytest.mark.parametrize("seed", range(8))
def test_no_split_that_keeps_the_wishes_is_fairer(seed: int) -> None:
    """Sampled splits on a fine lattice: none has a lexicographically smaller list of deviations."""
    rng = np.random.default_rng(seed)
    fair = rng.integers(4, 12, 4).astype(float)
    total = fair.sum()
    pin = float(np.round(fair[:2].sum() * rng.uniform(0.6, 1.4)))
    able = fair * rng.uniform(0.8, 3.0, 4)
    split = split_of(list(fair), list(able), Row("targets.pins[0]", "pin", np.array([0, 1]), pin, pin))
    result = fairest(split, priority="capacity")
    room = able * (1 + result.least_stretch) + 1e-6
    mine = np.sort(np.abs(result.targets - fair) / fair)[::-1]
    for a, c in product(np.linspace(0, pin, 200), np.linspace(0, total - pin, 200)):
        other = np.array([a, pin - a, c, total - pin - c])
        if (other <= room).all() and (other >= 0).all():
            theirs = np.sort(np.abs(other - fair) / fair)[::-1]
            first = np.flatnonzero(np.abs(theirs - mine) > 1e-5)
            assert not len(first) or theirs[first[0]] > mine[first[0]]


def test_wishes_that_contradict_the_total_have_no_split() -> None:
    wish = Row("targets.pins[0]", "pin", np.array([0]), 150.0, 150.0)
    with pytest.raises(ContradictionError):
        fairest(split_of([50.0, 50.0], [100.0, 100.0], wish))
    with pytest.raises(ContradictionError):
        fairest(split_of([50.0, 50.0], [100.0, 100.0], Row("p", "pin", np.array([0]), 70.0, 70.0), cap=0.3))


def test_pieces_without_a_common_row_are_solved_apart() -> None:
    rows = [Row("a", "total", np.array([0, 2]), 3.0, 3.0), Row("b", "total", np.array([1, 3]), 7.0, 7.0)]
    split = Split(np.array([1.0, 3.0, 2.0, 4.0]), np.full(4, np.inf), np.ones(4, dtype=bool), tuple(rows), 0.0)
    assert [cells.tolist() for cells, _ in parts(split)] == [[0, 2], [1, 3]]
    assert [piece.rows[0].name for _, piece in parts(split)] == ["a", "b"]


@pytest.mark.parametrize("seed", range(6))
def test_rounding_is_as_close_as_trying_every_whole_split(seed: int) -> None:
    rng = np.random.default_rng(seed)
    targets = rng.uniform(0, 4, 4)
    targets *= 9 / targets.sum()
    pin = round(targets[:2].sum())
    targets[:2] *= pin / targets[:2].sum()
    targets[2:] *= (9 - pin) / targets[2:].sum()
    split = split_of(list(targets), [np.inf] * 4, Row("targets.pins[0]", "pin", np.array([0, 1]), pin, pin))
    result = whole_cells(split, targets, 10.0)
    assert result.sum() == 9 and result[:2].sum() == pin
    every = [np.array(r) for r in product(range(10), repeat=4) if sum(r) == 9 and r[0] + r[1] == pin]
    assert np.abs(result - targets).sum() == pytest.approx(min(np.abs(r - targets).sum() for r in every))


def test_a_large_amount_slips_by_units_where_the_programme_was_inexact() -> None:
    model = whole.build(np.array([0.5, 0.5]), np.array([10, 10]), [(np.array([0, 1]), 3, 3)], 2)
    assert solve(model.problem).proof == "optimal"
    moves = [
        (y.varValue or 0) + (p.varValue or 0) - (n.varValue or 0)
        for y, p, n in zip(model.up, model.plus, model.minus, strict=True)
    ]
    assert sum(moves) == 3


@settings(max_examples=size(32, 80), deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.floats(0, 1)), min_size=5, max_size=40),
    st.lists(st.integers(0, 10**9), min_size=5, max_size=5),
)
def test_persons_get_all_of_their_cell_and_nobody_a_unit_too_many(
    people: list[tuple[int, float]], amounts: list[int]
) -> None:
    cell = np.array([c for c, _ in people])
    share = np.array([s for _, s in people])
    amount = np.array([a if (cell == c).any() else 0 for c, a in enumerate(amounts)])
    result = persons(cell, share, amount)
    assert (result >= 0).all()
    for c in range(5):
        inside = cell == c
        assert result[inside].sum() == amount[c]
        if share[inside].sum() > 0:
            quota = share[inside] / share[inside].sum() * amount[c]
            assert (np.abs(result[inside] - quota) < 1 + 1e-5).all()


def test_a_looser_cap_is_worth_what_the_tightest_cell_can_pass_on() -> None:
    split = split_of([50.0, 50.0], [10.0, 90.0], cap=0.3)
    result = fairest(split, priority="capacity")
    np.testing.assert_allclose(result.targets, [35.0, 65.0], rtol=1e-4)
    assert result.least_stretch == pytest.approx(35 / 10 - 1, rel=1e-4)
    assert result.cap_price == pytest.approx(50 / 10, rel=1e-4)  # t_1 = (1 - m) 50, so the stretch falls by 5 per unit
    looser = fairest(split_of([50.0, 50.0], [10.0, 90.0], cap=0.31), priority="capacity")
    assert result.least_stretch - looser.least_stretch == pytest.approx(0.01 * result.cap_price, rel=1e-3)


def test_where_no_price_tells_who_cannot_fall_nothing_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    split = split_of([10.0, 20.0, 30.0], [5.0, 100.0, 100.0])
    assert fairest(split).proof == "optimal"
    monkeypatch.setattr(targets_fair, "priced_cells", lambda _: set())
    assert fairest(split).proof == "feasible"


def test_what_gives_way_a_little_in_a_large_total_is_named() -> None:
    pins = [{"level": "community", "id": c, "business": "mobile", "measure": "revenue", "value": 1.0} for c in "ab"]
    scenario = load_scenario("plan", {"phases": [], "targets.pins": pins})
    half = 5e9  # cents; the wishes ask for 20 yuan too much
    wishes = [Row(f"targets.pins[{i}]", "pin", np.array([i]), half + 1000, half + 1000) for i in range(2)]
    said = why_not(scenario, "stage2 mobile revenue", split_of([half, half], [np.inf, np.inf], *wishes), "revenue")
    assert re.search(r"The smallest relaxation: targets\.pins\[[01]\] to 49,999,990\.00\.|"
                     r"pins\[0\] to 50,000,000\.00, targets\.pins\[1\] to 50,000,000\.00\.", said)  # fmt: skip


def test_a_relaxation_that_was_not_found_is_not_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    pins = [{"level": "community", "id": "a", "business": "mobile", "measure": "growth", "value": 9.0}]
    scenario = load_scenario("plan", {"phases": [], "targets.pins": pins})
    monkeypatch.setattr(targets_wishes, "solve", lambda *_, **__: Solution("unknown", None, None, 0.0, "highs"))
    wish = Row("targets.pins[0]", "pin", np.array([0, 1]), 9.0, 9.0)
    said = why_not(scenario, "stage2 mobile growth", split_of([2.0, 3.0], [9.0, 9.0], wish), "growth")
    assert "smallest" not in said and "targets.pins[0] (community a: exactly 9)" in said
