"""For which worlds a timeline fails: a box in the space of the beliefs, found by peeling (PRIM)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats
from study.robustness.estimates import Estimated, share
from study.robustness.worlds import Worlds

PEEL = 0.05
"""Part of the worlds in a box that one step peels off."""

LEAST = 0.1
"""Part of all worlds that a box holds at least, and no fewer than `FEWEST`."""

FEWEST = 8

MOST_LIMITS = 3
"""Limits of a box that people can keep in mind."""


@dataclass(frozen=True)
class Box:
    """Worlds in which a timeline fails more often.

    Attributes
    ----------
    limits : tuple of (key, low, high)
        Each limited belief; an end that is not limited is None.
    density : Estimated
        Share of the worlds inside that fail.
    coverage : Estimated
        Share of the failing worlds that lie inside.
    share : float
        Part of all worlds that lie inside.
    """

    limits: tuple[tuple[str, float | None, float | None], ...]
    density: Estimated
    coverage: Estimated
    share: float

    def to_dict(self) -> dict[str, object]:
        """Return the box as plain data."""
        limits = [{"belief": key, "low": low, "high": high} for key, low, high in self.limits]
        return {
            "limits": limits,
            "density": self.density.to_dict(),
            "coverage": self.coverage.to_dict(),
            "share": self.share,
        }


def failing_box(worlds: Worlds, fails: Floats, confidence: float) -> Box | None:
    """Return a box of few limits in which failures are dense; None where they are no denser than elsewhere.

    Parameters
    ----------
    worlds : Worlds
    fails : ndarray, shape (worlds,)
        1 where the timeline fails.
    confidence : float

    Notes
    -----
    The intervals hold for a box given in advance; this one was chosen among many by the same worlds, so its density is
    somewhat overstated. A limit is kept only if the box without it is less dense by more than its standard error.

    References
    ----------
    Friedman & Fisher (1999), Statistics and Computing 9; Bryant & Lempert (2010), Technological Forecasting & Social
    Change 77.
    """
    base = float(fails.mean()) if len(fails) else 0.0
    least = max(FEWEST, int(np.ceil(LEAST * len(fails))))
    if base in (0.0, 1.0) or len(fails) < 3 * least:
        return None
    inside = np.ones(len(fails), dtype=bool)
    limits: dict[tuple[int, int], float] = {}
    path = [(inside, dict(limits))]
    while True:
        step = _peel(worlds.values, fails, inside, least)
        if step is None:
            break
        inside, where, limit = step
        limits[where] = limit
        path.append((inside, dict(limits)))
    inside, limits = max(path, key=lambda one: _merit(fails, one[0]))
    limits = _needed(worlds.values, fails, limits)
    inside = _within(worlds.values, limits)
    density = share(fails[inside], confidence)
    if not limits or density.low <= base:
        return None
    keys = dict.fromkeys(belief for belief, _ in limits)
    told = tuple((worlds.keys[k], limits.get((k, 0)), limits.get((k, 1))) for k in keys)
    return Box(told, density, share(inside[fails > 0].astype(float), confidence), float(inside.mean()))


def _peel(
    values: Floats, fails: Floats, inside: NDArray[np.bool_], least: int
) -> tuple[NDArray[np.bool_], tuple[int, int], float] | None:
    """Return the box without the slice whose loss makes failures densest: the worlds left, which end, the limit."""
    best: tuple[float, NDArray[np.bool_], tuple[int, int], float] | None = None
    for belief in range(values.shape[1]):
        own = values[inside, belief]
        for end, part in ((0, PEEL), (1, 1 - PEEL)):
            limit = float(np.quantile(own, part))
            rest = inside & (values[:, belief] >= limit if end == 0 else values[:, belief] <= limit)
            if rest.sum() == inside.sum():  # ties at the end: peel them off together
                rest = inside & (values[:, belief] > limit if end == 0 else values[:, belief] < limit)
            if least <= rest.sum() < inside.sum():
                density = float(fails[rest].mean())
                if best is None or density > best[0]:
                    best = (density, rest, (belief, end), limit)
    return None if best is None else best[1:]


def _merit(fails: Floats, inside: NDArray[np.bool_]) -> float:
    """Return density plus coverage weighed alike: the harmonic mean of the two."""
    hits, density = fails[inside].sum(), fails[inside].mean()
    coverage = hits / fails.sum()
    return float(2 * density * coverage / (density + coverage)) if density + coverage else 0.0


def _needed(values: Floats, fails: Floats, limits: dict[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """Drop limits, the least needed first, as long as the box does not become clearly less dense."""
    kept = dict(limits)
    while len(kept) > 1:
        dense = fails[_within(values, kept)]
        error = float(np.sqrt(max(dense.mean() * (1 - dense.mean()), 0.01) / len(dense)))
        without = {where: {k: v for k, v in kept.items() if k != where} for where in kept}
        loss = {where: dense.mean() - fails[_within(values, rest)].mean() for where, rest in without.items()}
        where = min(loss, key=lambda w: (loss[w], w))
        if loss[where] > error and len(kept) <= MOST_LIMITS:
            break
        kept = without[where]
    return kept


def _within(values: Floats, limits: dict[tuple[int, int], float]) -> NDArray[np.bool_]:
    inside = np.ones(len(values), dtype=bool)
    for (belief, end), limit in limits.items():
        inside &= values[:, belief] >= limit if end == 0 else values[:, belief] <= limit
    return inside
