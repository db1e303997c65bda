"""Designs: the points of a what-if, and what a varied key means for the fields around it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import numpy as np
from scipy.stats import qmc

from foundation.messages import Message
from scenarios import InputError, Problem
from study.sensitivity.morris import LEVELS, trajectories

Kind = Literal["grid", "lhs", "sobol", "morris"]
KINDS: tuple[Kind, ...] = ("grid", "lhs", "sobol", "morris")


MOST_POINTS = 100_000
"""Most points of a what-if."""


def read_vary(text: str) -> tuple[str, list[float]]:
    """Read ``KEY=A:B:STEP``, ``KEY=A:B`` or ``KEY=V,V,V``.

    Raises
    ------
    InputError
        It is none of these.
    """
    key, sign, values = text.partition("=")
    try:
        if not sign or not key.strip() or not values.strip():
            raise ValueError
        if ":" not in values:
            return key.strip(), [float(v) for v in values.split(",")]
        low, high, *step = [float(v) for v in values.split(":")]
        if not step:
            return key.strip(), [low, high]
        if len(step) > 1 or step[0] <= 0 or high < low:
            raise ValueError
        steps = (high - low) / step[0] + 1e-9
        if not steps < MOST_POINTS:  # also where it is no number
            raise ValueError
        count = int(np.floor(steps)) + 1
        return key.strip(), [round(low + k * step[0], 12) for k in range(count)]
    except ValueError:
        rule = Message(
            "it must be KEY=LOW:HIGH:STEP with at most {most_points} numbers, or KEY=V,V,V", most_points=MOST_POINTS
        )
        remedy = Message("Example: --vary indicators.income=0:0.6:0.15")
        raise InputError(Problem(f"--vary {text}", None, rule, remedy)) from None


def design(
    vary: Mapping[str, Sequence[float]], kind: Kind, points: int | None, seed: int, whole: Collection[str] = ()
) -> list[dict[str, float]]:
    """Return the points: every combination, or a space-filling sample between the extremes of each key.

    Parameters
    ----------
    vary : mapping of dotted key to values
    kind : {"grid", "lhs", "sobol", "morris"}
        All combinations; a Latin hypercube; a scrambled Sobol sequence; trajectories that move one key at a time.
    points : int, optional
        Of a sample; of trajectories their number, each with one point more than there are keys.
    seed : int
        Of a sample.
    whole : collection of str
        Keys that take whole numbers only (`whole_keys`): each one of a sample's range is as likely as any other.

    Raises
    ------
    InputError
        Nothing varies, a sample has no number of points, or a trajectory would pass between whole numbers.
    """
    if not vary or any(not len(values) for values in vary.values()):
        raise InputError(
            Problem(
                "vary", None, Message("a what-if needs something that varies"), Message("Give --vary KEY=A:B:STEP.")
            )
        )
    size = points or 0 if kind != "grid" else math.prod(len(values) for values in vary.values())
    if size > MOST_POINTS:
        rule = Message("a what-if has at most {most_points} points", most_points=MOST_POINTS)
        raise InputError(Problem("vary", size, rule, Message("Take wider steps, or a sample with --design sobol.")))
    keys = list(vary)
    if kind == "grid":
        return [dict(zip(keys, map(float, values), strict=True)) for values in itertools.product(*vary.values())]
    if not points or points < 2:
        raise InputError(
            Problem("points", points, Message("a sample needs at least two"), Message("Give --points 32."))
        )
    low, high = np.array([min(v) for v in vary.values()]), np.array([max(v) for v in vary.values()])
    if kind == "morris":
        still = [key for key, values in vary.items() if min(values) == max(values)]
        if still:
            rule = Message("a trajectory has to move every key")
            raise InputError(
                [
                    Problem(Message("vary {key}", key=key), None, rule, Message("Give two different values."))
                    for key in still
                ]
            )
        _check_levels(vary, whole)
        return [dict(zip(keys, row.tolist(), strict=True)) for row in np.round(trajectories(vary, points, seed), 6)]
    sampler = qmc.LatinHypercube(len(keys), rng=seed) if kind == "lhs" else qmc.Sobol(len(keys), rng=seed)
    unit = sampler.random(points) if kind == "lhs" else sampler.random_base2(int(np.ceil(np.log2(points))))[:points]
    values = np.round(low + unit * (high - low), 6)
    for k, key in enumerate(keys):
        if key not in whole or low[k] % 1 or high[k] % 1:
            continue  # ends between whole numbers are refused with the values
        values[:, k] = np.minimum(low[k] + np.floor(unit[:, k] * (high[k] - low[k] + 1)), high[k])
    return [dict(zip(keys, row.tolist(), strict=True)) for row in values]


def _check_levels(vary: Mapping[str, Sequence[float]], whole: Collection[str]) -> None:
    """Refuse a trajectory of whole numbers whose levels are none."""
    steps = LEVELS - 1
    problems = [
        Problem(
            Message("vary {key}", key=key),
            Message("{least:g} to {most:g}", least=min(vary[key]), most=max(vary[key])),
            Message(
                "it takes whole numbers, and a trajectory stops at {levels} levels of equal distance", levels=LEVELS
            ),
            Message(
                "Give two whole numbers that lie {steps}, {value}, {value2} ... apart, or use --design sobol.",
                steps=steps,
                value=2 * steps,
                value2=3 * steps,
            ),
        )
        for key in whole
        if min(vary[key]) % 1 or (max(vary[key]) - min(vary[key])) % steps
    ]
    if problems:
        raise InputError(problems)
