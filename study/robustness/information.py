"""What it is worth to know before deciding, in all and belief by belief, and where the decision flips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.stats import qmc

from foundation.arrays import Floats
from study.robustness.conditional import Conditional, fit
from study.robustness.estimates import Estimated, of_means, regrets
from study.robustness.worlds import Worlds

DRAWS = 400
"""Curves drawn for the uncertainty of a belief's worth."""

GRID = 201
"""Points at which the decision is looked at over a belief's range."""

SEEN = 0.5
"""Part of the drawn curves in which a flip has to occur to be told."""

QUANTILES = stats.norm.ppf((np.arange(GRID) + 0.5) / GRID)
"""Scores that stand for a belief, each for as much chance as any other."""

POINTS = 512
"""Points that stand for a group of beliefs."""

LEAST_ERROR = 0.01
"""Least half-width of an interval as a part of the curves' spread: what smoothing may be off where nothing is left to
chance."""

FEWEST = 12
"""Worlds without which no curve is fitted."""


@dataclass(frozen=True)
class FlipPoint:
    """Where the alternative with the largest expected value changes.

    Attributes
    ----------
    belief : str
        Key.
    value, low, high : float
        Of the belief, with the interval of where the change lies.
    before, after : str
        Best below and above.
    seen : float
        Part of the compatible curves in which the change occurs at all.
    """

    belief: str
    value: float
    low: float
    high: float
    before: str
    after: str
    seen: float

    def to_dict(self) -> dict[str, float | str]:
        """Return ``belief, value, low, high, from, to, seen``."""
        about: dict[str, float | str] = {"belief": self.belief, "value": self.value, "low": self.low, "high": self.high}
        return about | {"from": self.before, "to": self.after, "seen": self.seen}


def perfect_information(values: Floats, confidence: float, seed: int) -> Estimated:
    """Return what knowing the world before deciding is worth (EVPI), in the unit of the values.

    Parameters
    ----------
    values : ndarray, shape (worlds, alternatives)
        Freed of chance (`study.robustness.estimates.settled`).
    """
    return of_means(regrets(values), confidence, seed, lambda means: means.min(axis=-1))


def curves_of(worlds: Worlds, values: Floats, *beliefs: int) -> Conditional | None:
    """Return the expected values given one belief, or a few; None where worlds are too few, or nothing differs."""
    if len(values) < FEWEST * len(beliefs) or values.shape[1] < 2:
        return None
    these = list(beliefs)
    others = [k for k in range(len(worlds.keys)) if k not in these]
    own, tied = worlds.scores[:, these], worlds.correlation
    expected = own @ np.linalg.solve(tied[np.ix_(these, these)], tied[np.ix_(these, others)])
    controls = worlds.scores[:, others] - expected
    return fit(own[:, 0] if len(these) == 1 else own, controls, values - values[:, [0]])


def points_of(worlds: Worlds, *beliefs: int) -> Floats:
    """Return scores that stand for a group of beliefs, all equally likely, shape (points, beliefs)."""
    tied = worlds.correlation[np.ix_(beliefs, beliefs)]
    uniform = qmc.Sobol(len(beliefs), rng=0).random(POINTS)
    return np.asarray(stats.norm.ppf(np.clip(uniform, 1e-6, 1 - 1e-6)) @ np.linalg.cholesky(tied).T, dtype=np.float64)


def worth_of(curves: Conditional, confidence: float, seed: int, points: Floats = QUANTILES) -> Estimated:
    """Return what knowing one belief, or a group of them, before deciding is worth (EVPPI).

    The score of a belief is standard normal, so the curves are averaged over its quantiles and not over the worlds that
    happened to be drawn. The largest of fitted curves is too large on average, most so where the belief does not
    matter; what drawn curves exceed the fitted ones by is taken off again. Never below 0.

    References
    ----------
    Strong, Oakley & Brennan (2014), Medical Decision Making 34.
    """
    fitted = float(_gain(curves.curves(points)))
    drawn = _gain(curves.draws(points, DRAWS, seed))
    bias = float(drawn.mean()) - fitted
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    value = max(0.0, fitted - bias)
    least = LEAST_ERROR * float(curves.curves(points).std(axis=0).max())
    lower = min(2 * fitted - high, low - bias, value - least)
    upper = max(2 * fitted - low, high - bias, value + least)
    return Estimated(value, max(0.0, float(lower)), max(0.0, float(upper)))


def flips(
    worlds: Worlds, belief: int, curves: Conditional, names: Sequence[str], confidence: float, seed: int
) -> list[FlipPoint]:
    """Return where the best alternative changes along one belief."""
    scores = worlds.scores[:, belief]
    ends = np.quantile(scores, [0.01, 0.99])
    grid = np.linspace(ends[0], ends[1], GRID)
    order = np.argsort(scores)
    values = np.interp(grid, scores[order], worlds.values[order, belief])
    drawn = curves.draws(grid, DRAWS, seed)
    best = curves.curves(grid).argmax(axis=1)
    found = []
    for place in np.flatnonzero(np.diff(best)):
        before, after = int(best[place]), int(best[place + 1])
        changes = np.diff(np.sign(drawn[:, :, after] - drawn[:, :, before]), axis=1) > 0
        seen = changes.any(axis=1)
        if seen.mean() < SEEN:
            continue
        where = values[changes[seen].argmax(axis=1)]
        low, high = np.quantile(where, [(1 - confidence) / 2, (1 + confidence) / 2])
        value = float((values[place] + values[place + 1]) / 2)
        found.append(
            FlipPoint(
                worlds.keys[belief],
                value,
                float(min(low, values[place])),
                float(max(high, values[place + 1])),
                names[before],
                names[after],
                float(seen.mean()),
            )
        )
    return found


def _gain(values: Floats) -> Floats:
    """Return mean of the largest less largest of the means, over worlds, shape (..., worlds, alternatives) to (...)."""
    return np.asarray(values.max(axis=-1).mean(axis=-1) - values.mean(axis=-2).max(axis=-1), dtype=np.float64)
