"""Influence and screening: surfaces whose shares of variance and effects are known by arithmetic."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from study.sensitivity.design import Kind, design
from study.sensitivity.morris import screen, trajectories
from study.sensitivity.sobol_indices import influence_of
from study.whatif.figures import draw_screening
from study.whatif.tables import sensitivity_table


def grid(levels: int, keys: str = "ab") -> pd.DataFrame:
    return pd.DataFrame(design({k: np.linspace(0, 4, levels).tolist() for k in keys}, "grid", None, 1))


def influence(points: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    return influence_of(points, values, confidence=0.95, resamples=200, seed=1).set_index("key")


def test_shares_of_variance_are_those_of_the_polynomial_itself() -> None:
    """With u, v uniform on [-1, 1]: 3u + v^2 + 2uv has variances 3, 4/45 and 4/9, by integration."""
    points = grid(5)
    u, v = points["a"] / 2 - 1, points["b"] / 2 - 1
    found = influence(points, (3 * u + v**2 + 2 * u * v).to_numpy()[:, None])
    parts = np.array([3, 4 / 45, 4 / 9]) / (3 + 4 / 45 + 4 / 9)
    assert found["first"].to_numpy() == pytest.approx(parts[:2], abs=1e-9)
    assert found["total"].to_numpy() == pytest.approx(parts[:2] + parts[2], abs=1e-9)
    assert found["predicted"].to_numpy() == pytest.approx([1, 1], abs=1e-9) and (found["degree"] == 2).all()


def test_chance_widens_the_interval_and_noise_alone_predicts_nothing() -> None:
    points, rng = grid(5), np.random.default_rng(3)
    steady = (points["a"] + 0.3 * points["b"] ** 2).to_numpy()[:, None] + np.zeros((1, 20))
    shaky = steady + rng.normal(0, 3, steady.shape)
    calm, rough = influence(points, steady), influence(points, shaky)
    assert ((rough["total_high"] - rough["total_low"]) > (calm["total_high"] - calm["total_low"])).all()
    assert (rough["first_low"] <= rough["first_high"]).all()
    noise = influence(points, rng.normal(0, 1, (25, 20)))
    assert noise["predicted"].max() < 0.5 < calm["predicted"].min()


def test_what_does_not_vary_or_is_too_little_gives_no_rows() -> None:
    points = grid(5)
    assert len(influence(points, np.ones((25, 4)))) == 0
    assert len(influence(grid(2), np.arange(4.0)[:, None])) == 0
    assert len(influence(points, np.full((25, 1), np.nan))) == 0
    still = points.assign(c=1.0)
    assert influence(still, points[["a"]].to_numpy()).index.tolist() == ["a", "b"]


def test_trajectories_move_one_key_at_a_time_within_its_range() -> None:
    vary = {"a": [0.0, 1.0], "b": [2.0, 8.0], "c": [-3.0, 0.0]}
    points = trajectories(vary, 6, 1)
    assert points.shape == (6 * 4, 3)
    assert (points.min(axis=0) >= [0, 2, -3]).all() and (points.max(axis=0) <= [1, 8, 0]).all()
    for start in range(0, 24, 4):
        moved = np.diff(points[start : start + 4], axis=0) != 0
        assert (moved.sum(axis=1) == 1).all() and (moved.sum(axis=0) == 1).all()
    assert (points == trajectories(vary, 6, 1)).all()


def test_a_screening_ranks_by_the_effect_over_the_range() -> None:
    """A straight line's elementary effects are its slope times the range, without spread; a product's do spread."""
    points = pd.DataFrame(design({"a": [0, 1], "b": [0, 2], "c": [0, 1], "d": [0, 1]}, "morris", 12, 1))
    found = screen(points, (5 * points["b"] - 3 * points["a"]).to_numpy(), confidence=0.95).set_index("key")
    assert found["rank"].to_dict() == {"b": 1, "a": 2, "c": 3, "d": 4}
    assert found["effect"].to_dict() == pytest.approx({"b": 10, "a": 3, "c": 0, "d": 0}, abs=1e-5)
    assert found["direction"].to_dict() == pytest.approx({"b": 10, "a": -3, "c": 0, "d": 0}, abs=1e-5)
    assert found["spread"].max() < 1e-5 and (found["low"] <= found["high"]).all()
    product = screen(points, (points["c"] * points["d"]).to_numpy(), confidence=0.95).set_index("key")
    assert product.loc["c", "spread"] > 0.1 and product.loc["c", "low"] < product.loc["c", "effect"]
    assert len(screen(points, np.ones(len(points)), confidence=0.95)) == 0


@pytest.mark.parametrize("kind", ["lhs", "sobol"])
def test_straight_lines_through_a_sample_of_a_curve_claim_no_more_than_they_know(kind: Kind) -> None:
    """The line that fits the curve 4 a^3 + 2 a b best over all its range has the slopes 18/5 + 1 and 1."""
    held, trials = 0, 60
    for seed in range(trials):
        points = pd.DataFrame(design({"a": [0.0, 1.0], "b": [0.0, 1.0]}, kind, 16, seed))
        luck = np.random.default_rng(seed).normal(size=(1, 4))  # the same at all points
        values = (4 * points["a"] ** 3 + 2 * points["a"] * points["b"]).to_numpy()[:, None] + luck
        known = [{"kpis": {"contribution": row.tolist()}} for row in values]
        found = sensitivity_table(points, known, 0.95, kind).set_index("key")
        truth = pd.Series({"a": 4.6, "b": 1.0}) * (points.max() - points.min())
        held += int(((found["low"] <= truth) & (truth <= found["high"])).sum())
    assert held >= 0.92 * 2 * trials  # intervals over replications alone hold in a tenth of all cases
    assert sensitivity_table(points, known, 0.95, "morris").empty


def test_the_intervals_of_a_screening_of_few_trajectories_hold_what_they_promise() -> None:
    vary = {key: [0.0, 1.0] for key in "abcd"}

    def drawn(count: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
        """Return trajectories, a curved KPI, and by definition the size of each key's effects over its range of 1."""
        x = trajectories(vary, count, seed)
        y = x[:, 0] * x[:, 1] + x[:, 2] ** 2 + x[:, 3] * x[:, 0]
        steps, rise = (np.diff(part.reshape(count, 5, -1), axis=1) for part in (x, y))
        key = np.abs(steps).argmax(axis=2)
        return (
            pd.DataFrame(x, columns=list(vary)),
            y,
            np.abs(rise[..., 0] / steps.sum(axis=2))[np.arange(count)[:, None], key.argsort(axis=1)],
        )

    truth, held, trials = drawn(1500, 0)[2].mean(axis=0), 0, 120
    for seed in range(trials):
        points, values, effects = drawn(5, seed)
        found = screen(points, values, confidence=0.95).set_index("key").loc[list(vary)]
        half = stats.t.ppf(0.975, 4) * effects.std(axis=0, ddof=1) / np.sqrt(5)
        assert found["effect"].to_numpy() == pytest.approx(effects.mean(axis=0))
        assert (found["high"] - found["effect"]).to_numpy() == pytest.approx(half, abs=1e-6)
        held += int(((found["low"] <= truth + 1e-9) & (found["high"] >= truth - 1e-9)).sum())
    assert held >= 0.92 * trials * len(vary)  # a bootstrap's hold in 84 % of all cases


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_picture_of_a_screening_lists_the_strongest_first(language: str) -> None:
    points = pd.DataFrame(design({"a": [0, 1], "b": [0, 2]}, "morris", 6, 1))
    parts = [
        screen(points, (sign * points["a"] + 2 * points["b"] ** 2).to_numpy(), confidence=0.95).assign(kpi=kpi)
        for kpi, sign in (("contribution", 1.0), ("dip_depth", -20.0))
    ]
    left, right = draw_screening(pd.concat(parts), language=language).axes
    assert [text.get_text() for text in left.get_yticklabels()] == ["b", "a"]
    assert [text.get_text() for text in right.get_yticklabels()] == ["a", "b"]
