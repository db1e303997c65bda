"""Simulated moments: rounds of simulated points that close in on the parameters, then intervals at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.stats import qmc

from foundation.arrays import Floats
from study.calibration.objective import Objective, covariance, root_of_weights
from study.calibration.parameters import Parameter, to_unit, to_values
from study.calibration.simulate import Bench, Tick
from study.calibration.surrogate import Surrogate, fit_surrogate, terms_of

Bar = Callable[[str], Tick]

STARTS = 6
KEEP = 3.5
"""Standard deviations of a parameter, about the best point, that the next round still looks at."""

LEAST_BOX = 0.04
"""Least width of the box of a round, as a share of the range between the bounds."""

DENSE = 1.6
"""Points of a round over the terms of the quadratics."""


@dataclass(frozen=True)
class Settings:
    """How much work is done.

    Attributes
    ----------
    runs : int
        Of each point.
    last_runs : int
        At the best point: half for the weights, half for the intervals.
    rounds : int
    confidence : float
    seed : int
        Of the points.
    """

    runs: int = 8
    last_runs: int = 60
    rounds: int = 3
    confidence: float = 0.95
    seed: int = 1


@dataclass(frozen=True)
class Fit:
    """What came out.

    Attributes
    ----------
    unit, low, high : ndarray, shape (parameters,)
        Estimate and interval, in the unit cube.
    objective : Objective
        As it was at the end.
    information : ndarray, shape (parameters, parameters)
        Of the data alone, about the parameters of the unit cube.
    spread : ndarray, shape (parameters, parameters)
        Covariance of the estimate, prior and misfit included.
    misfit, expected, p_value : float
        Distance left over, what chance alone leaves on average, and how often chance leaves as much.
    samples : ndarray, shape (runs, moments)
        Simulated at the estimate, all moments.
    boxes : tuple of ndarray
        Of the rounds.
    points : int
        Simulated by all rounds.
    """

    unit: Floats
    low: Floats
    high: Floats
    objective: Objective
    information: Floats
    spread: Floats
    misfit: float
    expected: float
    p_value: float
    samples: Floats
    boxes: tuple[Floats, ...]
    points: int

    @property
    def inflation(self) -> float:
        """Factor by which variances are raised because the model leaves more over than chance does."""
        return max(1.0, self.misfit / self.expected) if self.expected > 0 else 1.0


def estimate(
    bench: Bench,
    parameters: Sequence[Parameter],
    settings: Settings,
    *,
    used: NDArray[np.bool_] | None = None,
    tick: Bar = lambda _: lambda done, total: None,
) -> Fit:
    """Fit the parameters to the moments.

    Every round spreads points over a box, simulates them under the same random numbers, fits a quadratic to each
    moment, and keeps the part of the box that the moments do not rule out. At the end the best point is simulated
    more often; that corrects the level of the quadratics, weighs the moments by the covariance of a run, and says how
    far chance alone moves the estimate.

    Parameters
    ----------
    bench : Bench
    parameters : sequence of Parameter
    settings : Settings
    used : ndarray of bool, shape (moments,), optional
        Moments that are fitted; default: all.
    tick : callable, optional
        Given what is being done, returns what is told of the progress.
    """
    moments, count = bench.moments, len(parameters)
    used = np.ones(len(moments), dtype=bool) if used is None else used
    here = to_unit(parameters, {p.key: min(max(p.before, p.low), p.high) for p in parameters})
    prior_sd = np.array([p.prior_sd / p.width for p in parameters])
    (first,) = bench.look([to_values(parameters, here)], settings.last_runs // 2, tick("the scenario as it is"))
    box = np.tile([0.0, 1.0], (count, 1))
    seen, values, boxes = [here], [first[: settings.runs].mean(axis=0)], [box]
    noise = noise_of(first, bench, used)
    objective, best = None, here
    for turn in range(settings.rounds):
        fresh = _spread(parameters, box, int(np.ceil(DENSE * terms_of(count))) + 2, settings.seed + turn)
        looks = bench.look(
            [to_values(parameters, u) for u in fresh], settings.runs, tick(f"round {turn + 1} of {settings.rounds}")
        )
        seen += list(fresh)
        values += [look.mean(axis=0) for look in looks]
        surrogate = _fit(np.array(seen), np.array(values), box)
        for again in (False, True):
            root = root_of_weights(noise + np.diag(surrogate.lack[used]), moments.seen[used])
            objective = Objective(surrogate, moments.seen, root, here, prior_sd, used)
            best = objective.best(box, _starts(objective, box, np.array(seen)))
            if not again:  # chance may be another there than where the scenario stands
                (there,) = bench.look([to_values(parameters, best)], settings.last_runs // 2)
                noise = noise_of(there, bench, used)
        assert objective is not None  # it was made twice
        if turn + 1 < settings.rounds:
            box = _narrow(objective, box, best)
            boxes.append(box)
    assert objective is not None  # there is at least one round
    (samples,) = bench.look([to_values(parameters, best)], settings.last_runs, tick("the best point"))
    return _finish(objective, samples, best, box, bench, settings, tuple(boxes), len(seen))


def noise_of(samples: Floats, bench: Bench, used: NDArray[np.bool_]) -> Floats:
    """Return the covariance of observed less simulated moments: chance in both, and error of measurement."""
    share = 1 / bench.moments.territories + 1 / len(samples)
    return np.asarray(covariance(samples[:, used]) * share + np.diag(bench.moments.seen_error[used] ** 2))


def _finish(
    objective: Objective,
    samples: Floats,
    best: Floats,
    box: Floats,
    bench: Bench,
    settings: Settings,
    boxes: tuple[Floats, ...],
    points: int,
) -> Fit:
    """Correct the level, weigh anew, and say how far chance moves the estimate."""
    moments, used = bench.moments, objective.used
    half = len(samples) // 2
    lack = np.diag(objective.surrogate.lack[used])
    root = root_of_weights(noise_of(samples[:half], bench, used) + lack, moments.seen[used])
    shift = samples.mean(axis=0) - objective.surrogate.predict(best)
    last = Objective(objective.surrogate, moments.seen, root, objective.prior_at, objective.prior_sd, used).shifted(
        shift
    )
    best = last.best(box, np.array([best]))
    slope = last.data_slope(best)
    information = slope.T @ slope
    prior = np.diag(1 / last.prior_sd**2)
    inverse = np.linalg.inv(information + prior + 1e-12 * np.eye(len(best)))
    apart = samples[half:, used] - samples[half:, used].mean(axis=0)
    apart *= np.sqrt((1 / moments.territories + 1 / len(samples)) * len(apart) / (len(apart) - 1))
    scores = apart @ root.T @ slope
    other = np.asarray(np.diag(moments.seen_error[used] ** 2) + lack, dtype=np.float64)
    meat = scores.T @ scores / len(scores) + slope.T @ (root @ other @ root.T) @ slope + prior
    chance = _chance(apart, other, root, slope, np.asarray(inverse, dtype=np.float64), settings.seed)
    misfit = last.misfit(best)
    expected = float(chance.mean())
    inflation = max(1.0, misfit / expected) if expected > 0 else 1.0
    spread = inverse @ meat @ inverse * inflation
    reach = stats.t.ppf((1 + settings.confidence) / 2, len(apart) - 1) ** 2
    ratio = np.maximum(np.diag(spread) / np.diag(inverse), 1.0)
    ends = [_ends(last, box, best, k, reach * ratio[k], np.sqrt(spread[k, k] * reach)) for k in range(len(best))]
    p_value = (1 + int((chance >= misfit).sum())) / (1 + len(chance))
    low, high = np.array(ends).T
    return Fit(best, low, high, last, information, spread, misfit, expected, p_value, samples, boxes, points)


def _chance(apart: Floats, other: Floats, root: Floats, slope: Floats, inverse: Floats, seed: int) -> Floats:
    """Return the distances that chance alone leaves over once the parameters are fitted."""
    draws = np.random.default_rng(seed).standard_normal((20, *apart.shape)) * np.sqrt(np.diag(other))
    rest = (apart + draws).reshape(-1, apart.shape[1]) @ root.T
    taken = rest @ slope
    return np.asarray((rest**2).sum(axis=1) - np.einsum("ri,ij,rj->r", taken, inverse, taken))


def _ends(objective: Objective, box: Floats, best: Floats, k: int, rise: float, reach: float) -> tuple[float, float]:
    """Return where the profile has risen by so much; where the box ends before, the sandwich's reach counts."""
    grid, value = objective.profile(box, best, k)
    limit = objective.value(best) + rise
    found = []
    for side, bound in ((grid <= best[k], 0.0), (grid >= best[k], 1.0)):
        x, y = grid[side], value[side]
        if bound == 0.0:
            x, y = x[::-1], y[::-1]
        above = np.flatnonzero(y > limit)
        if len(above) and above[0] > 0:
            n = int(above[0])
            found.append(float(x[n - 1] + (limit - y[n - 1]) / (y[n] - y[n - 1]) * (x[n] - x[n - 1])))
        else:
            away = reach if bound else -reach
            found.append(float(np.clip(best[k] + away, 0.0, 1.0) if x[-1] != bound else bound))
    low, high = found
    return min(low, float(best[k])), max(high, float(best[k]))


def _narrow(objective: Objective, box: Floats, best: Floats) -> Floats:
    """Return the part of the box, and a little beyond, that the moments do not rule out."""
    kept = []
    excess = max(1.0, objective.misfit(best) / max(int(objective.used.sum()) - len(best), 1))
    for k, (low, high) in enumerate(box):
        grid, value = objective.profile(box, best, k)
        inside = grid[value <= objective.value(best) + KEEP**2 * excess]
        step = (high - low) / 30
        left, right = inside.min() - step, inside.max() + step
        if best[k] - low < step:
            left -= (high - low) / 4
        if high - best[k] < step:
            right += (high - low) / 4
        lack = max(LEAST_BOX - (right - left), 0.0) / 2
        kept.append((max(left - lack, 0.0), min(right + lack, 1.0)))
    return np.array(kept)


def _spread(parameters: Sequence[Parameter], box: Floats, count: int, seed: int) -> Floats:
    """Return points that fill the box, at values as they are written."""
    sample = qmc.Sobol(len(box), rng=seed).random_base2(int(np.ceil(np.log2(count))))[:count]
    unit = box[:, 0] + sample * (box[:, 1] - box[:, 0])
    return np.array([to_unit(parameters, to_values(parameters, u)) for u in unit])


def _fit(points: Floats, values: Floats, box: Floats) -> Surrogate:
    """Fit to the points of this and earlier rounds that lie in the box."""
    inside = ((points >= box[:, 0] - 1e-9) & (points <= box[:, 1] + 1e-9)).all(axis=1)
    return fit_surrogate(points[inside], values[inside], box)


def _starts(objective: Objective, box: Floats, seen: Floats) -> Floats:
    """Return the most promising points seen, drawn into the box."""
    drawn = np.clip(seen, box[:, 0], box[:, 1])
    order = np.argsort([objective.value(point) for point in drawn], kind="stable")
    return np.asarray(drawn[order[:STARTS]])
