"""What a pilot should measure, how precisely and how long: the belief whose knowledge is worth most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from foundation.arrays import Floats
from study.robustness.estimates import Estimated
from study.robustness.information import curves_of, worth_of
from study.robustness.outcomes import Outcomes
from study.robustness.worlds import Worlds

ERRORS = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5)
"""Errors of a measurement that are tried, as parts of the belief's own spread."""

ENOUGH = 0.8
"""Part of the worth of knowing that a measurement has to bring."""

SHOWS = ("contribution", "sales", "churned", "saved", "arrears_recovered", "skill", "competent")
"""KPIs in which a belief may show."""


@dataclass(frozen=True)
class Pilot:
    """A measurement that is worth its effort.

    Attributes
    ----------
    belief : str
        Key.
    worth : Estimated
        What knowing it is worth at most [yuan]: a pilot may cost that much and no more.
    error : float
        Largest standard error of the measurement, in the unit of the belief, with which it still brings `ENOUGH` of it.
    brings : Estimated
        What such a measurement is worth [yuan].
    kpi, days : str, int
        The KPI in which the belief shows most clearly, and after how many working days.
    share : float
        Part of the company that has to take part, beside as large a control group, for that error; above 1: it does not
        suffice.
    """

    belief: str
    worth: Estimated
    error: float
    brings: Estimated
    kpi: str
    days: int
    share: float

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {**vars(self), "worth": self.worth.to_dict(), "brings": self.brings.to_dict()}


def pilot_for(
    outcomes: Outcomes, values: Floats, worth: Mapping[str, Estimated], name: str, confidence: float, seed: int
) -> Pilot | None:
    """Return the pilot for the belief that is worth most to know; None where none is worth anything for certain.

    Parameters
    ----------
    outcomes : Outcomes
    values : ndarray, shape (worlds, choices)
    worth : mapping of belief to Estimated
        EVPPI.
    name : str
        The timeline that is piloted.
    confidence : float
    seed : int

    Notes
    -----
    The worth of a measurement with some error is that of knowing a belief that is blurred as much (Strong, Oakley,
    Brennan & Breeze 2015). The size of the pilot follows from how strongly the belief moves a KPI of the whole company
    over the worlds, and from how much that KPI varies between two runs of one world; a part of the company varies as
    much more as it is smaller (square root). A control group is taken to cancel what else may differ.
    """
    certain = {key: found for key, found in worth.items() if found.low > 0}
    if not certain or not len(outcomes.again):
        return None
    belief = max(certain, key=lambda key: certain[key].value)
    place = outcomes.worlds.keys.index(belief)
    spread = float(outcomes.worlds.values[:, place].std(ddof=1))
    blurred = {part: _blurred(outcomes.worlds, values, place, part, confidence, seed) for part in ERRORS}
    good = [part for part, found in blurred.items() if found.value >= ENOUGH * certain[belief].value]
    part = max(good, default=ERRORS[0])
    shown = _clearest(outcomes, place, name)
    if shown is None:
        return None
    kpi, days, error = shown
    needed = 2 * (error / (part * spread)) ** 2
    return Pilot(belief, certain[belief], part * spread, blurred[part], kpi, days, float(needed))


def _blurred(worlds: Worlds, values: Floats, place: int, part: float, confidence: float, seed: int) -> Estimated:
    """Return the worth of measuring a belief with an error of a part of its spread."""
    noise = np.random.default_rng(seed).standard_normal(len(worlds))
    size = float(np.hypot(1.0, part))
    scores, correlation = worlds.scores.copy(), worlds.correlation.copy()
    scores[:, place] = (scores[:, place] + part * noise) / size
    others = [k for k in range(len(worlds.keys)) if k != place]
    correlation[place, others] = correlation[others, place] = correlation[place, others] / size
    curves = curves_of(Worlds(worlds.keys, worlds.values, scores, correlation), values, place)
    return Estimated(0.0, 0.0, 0.0) if curves is None else worth_of(curves, confidence, seed)


def _clearest(outcomes: Outcomes, place: int, name: str) -> tuple[str, int, float] | None:
    """Return the KPI and horizon in which a belief shows most clearly, with the error of reading it off there."""
    best: tuple[float, str, int] | None = None
    for days in outcomes.horizons:
        for kpi in SHOWS:
            first, second = (outcomes.values(kpi, days, [name], again=again)[:, 0] for again in (False, True))
            chance = float(np.sqrt(((first[: len(second)] - second) ** 2).mean() / 2))
            design = np.column_stack(
                [
                    np.ones(len(first)),
                    outcomes.worlds.values[:, place],
                    np.delete(outcomes.worlds.scores, place, axis=1),
                ]
            )
            if len(first) <= design.shape[1] or not np.isfinite(first).all():
                continue
            slope = abs(float(np.linalg.lstsq(design, first, rcond=None)[0][1]))
            if slope > 0 and chance > 0 and (best is None or chance / slope < best[0]):
                best = (chance / slope, kpi, days)
    return None if best is None else (best[1], best[2], best[0])
