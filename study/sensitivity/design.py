"""Designs: the points of a what-if, and what a varied key means for the fields around it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal

import numpy as np
from scipy.stats import qmc

from scenarios import InputError, Problem, Scenario
from scenarios.loading.load import plain, with_settings
from scenarios.schema.dotted_keys import lookup
from study.sensitivity.morris import LEVELS, trajectories

Kind = Literal["grid", "lhs", "sobol", "morris"]
KINDS: tuple[Kind, ...] = ("grid", "lhs", "sobol", "morris")
PAIR = ("fixed", "mobile")

COMMON = {"run.seed": "--seed 7", "run.replications": "--replications 30"}
"""Keys of what all points share, and how it is given."""

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
        rule = f"it must be KEY=LOW:HIGH:STEP with at most {MOST_POINTS} numbers, or KEY=V,V,V"
        remedy = "Example: --vary indicators.income=0:0.6:0.15"
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
        raise InputError(Problem("vary", None, "a what-if needs something that varies", "Give --vary KEY=A:B:STEP."))
    size = points or 0 if kind != "grid" else math.prod(len(values) for values in vary.values())
    if size > MOST_POINTS:
        rule = f"a what-if has at most {MOST_POINTS} points"
        raise InputError(Problem("vary", size, rule, "Take wider steps, or a sample with --design sobol."))
    keys = list(vary)
    if kind == "grid":
        return [dict(zip(keys, map(float, values), strict=True)) for values in itertools.product(*vary.values())]
    if not points or points < 2:
        raise InputError(Problem("points", points, "a sample needs at least two", "Give --points 32."))
    low, high = np.array([min(v) for v in vary.values()]), np.array([max(v) for v in vary.values()])
    if kind == "morris":
        still = [key for key, values in vary.items() if min(values) == max(values)]
        if still:
            rule = "a trajectory has to move every key"
            raise InputError([Problem(f"vary {key}", None, rule, "Give two different values.") for key in still])
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
            f"vary {key}",
            f"{min(vary[key]):g} to {max(vary[key]):g}",
            f"it takes whole numbers, and a trajectory stops at {LEVELS} levels of equal distance",
            f"Give two whole numbers that lie {steps}, {2 * steps}, {3 * steps} ... apart, or use --design sobol.",
        )
        for key in whole
        if min(vary[key]) % 1 or (max(vary[key]) - min(vary[key])) % steps
    ]
    if problems:
        raise InputError(problems)


def whole_keys(scenario: Scenario, vary: Mapping[str, Sequence[float]]) -> list[str]:
    """Return the varied keys that hold whole numbers; unknown keys are left to `settings_of`."""
    content, found = plain(scenario), []
    for key in vary:
        with suppress(InputError):
            found += [key] if type(lookup(content, key)) is int else []
    return found


def settings_of(scenario: Scenario, point: Mapping[str, float]) -> dict[str, Any]:
    """Return the overrides of a point: appraisal weights keep their sum of 1, whole numbers and switches stay such.

    ``target_stages.stage2.weights.CM.fixed`` = 0.7 also sets ``mobile`` to 0.3; the indicators' weights need no such
    care, since only their ratios count. 0 and 1 turn what is true or false off and on.

    Raises
    ------
    InputError
        A key is unknown, holds no number, or cannot vary beside another one.
    """
    content = plain(scenario)
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in point.items():
        head, _, last = key.rpartition(".")
        now = lookup(content, key)
        rule, remedy = _unfit(key, now)
        if rule:
            problems.append(Problem(f"vary {key}", None, rule, remedy))
        elif last in PAIR and ".weights" in f".{head}":
            other = PAIR[1 - PAIR.index(last)]
            if f"{head}.{other}" in point:
                rule = f"it keeps the sum of 1 with {head}.{other}, which varies too"
                problems.append(Problem(f"vary {key}", None, rule, "Vary one of the two; the other one follows."))
            found[head] = {last: value, other: round(1.0 - value, 12)}
        elif isinstance(now, bool) and value in (0, 1):
            found[key] = bool(value)
        elif isinstance(now, int) and not isinstance(now, bool) and float(value).is_integer():
            found[key] = int(value)
        else:
            found[key] = value
    if problems:
        raise InputError(problems)
    return found


def variants_of(base: Scenario, asked: Sequence[Mapping[str, float]]) -> list[Scenario]:
    """Return the scenario of every point.

    Raises
    ------
    InputError
        Every key that is unknown and every value that does not fit, all at once.
    """
    found: list[Scenario] = []
    problems: list[Problem] = []
    for number, point in enumerate(asked, start=1):
        try:
            found.append(with_settings(base, settings_of(base, point), f"point{number}"))
        except InputError as error:
            problems.extend(p for p in error.problems if p.path not in [q.path for q in problems])
    if problems:
        raise InputError(problems)
    return found


def _unfit(key: str, now: Any) -> tuple[str, str]:
    """Return the rule that a key breaks as something to vary, and the remedy; empty where it fits."""
    if key in COMMON:
        return "all points of a what-if share it", f"Give it once: {COMMON[key]}."
    if isinstance(now, Mapping | list | tuple):
        return "it is no single number", "Name one number in it, such as indicators.income."
    if isinstance(now, str):
        return f"a what-if varies numbers, and this is {now!r}", "Compare scenarios with fusion compare."
    return "", ""
