"""Which timeline is recommended, by a stated rule: principles first, then what it brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from foundation.arrays import Floats
from scenarios import Scenario
from study.robustness.estimates import Estimated, best_in, largest, of_means, regrets, settled, share
from study.robustness.outcomes import Outcomes, broken

NEAR = 0.01
"""Regret, as a part of the studied scenario's contribution, up to which an alternative is as good as the best one."""


@dataclass(frozen=True)
class Standing:
    """How a timeline stands over the worlds, at one horizon.

    Attributes
    ----------
    contribution : Estimated
        Expected [yuan].
    against_studied, against_no_merger : Estimated
        Expected difference of the contribution [yuan].
    probability_best, probability_near_best : Estimated
        Chance of the largest contribution, and of one within `NEAR` of it, chance within a world taken off.
    expected_regret, worst_regret : Estimated
        What it falls short of the best timeline of the world [yuan].
    probability_beats_no_merger, probability_synergy, probability_not_interrupted : Estimated
        That it contributes more than no merger, that 1+1>2, that no principle is broken (F2); chance included.
    broken : mapping of principle to Estimated
        Chance that it is broken.
    """

    contribution: Estimated
    against_studied: Estimated
    against_no_merger: Estimated
    probability_best: Estimated
    probability_near_best: Estimated
    expected_regret: Estimated
    worst_regret: Estimated
    probability_beats_no_merger: Estimated
    probability_synergy: Estimated
    probability_not_interrupted: Estimated
    broken: Mapping[str, Estimated]

    def to_dict(self) -> dict[str, Any]:
        """Return every estimate as ``value, low, high``."""
        plain = {name: found.to_dict() for name, found in vars(self).items() if isinstance(found, Estimated)}
        return {**plain, "broken": {kpi: found.to_dict() for kpi, found in self.broken.items()}}


@dataclass(frozen=True)
class Advice:
    """What is recommended, and what that rests on.

    Attributes
    ----------
    recommended : str
        Name of the timeline.
    admissible : tuple of str
        Timelines that break a principle in no more worlds than `study.broken_at_most`.
    most : str
        The timeline with the largest expected contribution, whatever it breaks.
    turns : tuple of int
        Horizons at which its difference to the studied scenario has the other sign than at the last one.
    """

    recommended: str
    admissible: tuple[str, ...]
    most: str
    turns: tuple[int, ...]

    @property
    def breaks(self) -> bool:
        """Whether no timeline keeps the principles often enough, this one included."""
        return self.recommended not in self.admissible


def values_of(outcomes: Outcomes, days: int) -> Floats:
    """Return the contributions of the choices, freed of chance within a world, shape (worlds, choices)."""
    names = outcomes.choices
    values = outcomes.values("contribution", days, names)
    second = outcomes.values("contribution", days, names, again=True) if len(outcomes.again) else values[:0]
    return settled(values, values[: len(second)], second)


def standings(outcomes: Outcomes, days: int, confidence: float, seed: int) -> dict[str, Standing]:
    """Return how every choice stands at a horizon."""
    names, studied = outcomes.choices, outcomes.scenarios[0].name
    raw, values = outcomes.values("contribution", days, names), values_of(outcomes, days)
    own, alone = outcomes.values("contribution", days, [studied]), outcomes.values("no_merger", days, names)
    synergy = outcomes.values("synergy", days, names)
    faults = broken(outcomes, days, names)
    fallen = np.max([*faults.values(), np.zeros_like(raw)], axis=0)
    best, regret = best_in(values), regrets(values)
    near = NEAR * abs(float(own.mean()))
    found = {}
    for k, name in enumerate(names):
        found[name] = Standing(
            contribution=of_means(raw[:, [k]], confidence, seed),
            against_studied=of_means(raw[:, [k]] - own, confidence, seed),
            against_no_merger=of_means(raw[:, [k]] - alone[:, [k]], confidence, seed),
            probability_best=share(best[:, k], confidence),
            probability_near_best=share((regret[:, k] <= near).astype(float), confidence),
            expected_regret=of_means(regret[:, [k]], confidence, seed),
            worst_regret=largest(regret[:, k], confidence),
            probability_beats_no_merger=share(_above(raw[:, k] - alone[:, k], 0.0), confidence),
            probability_synergy=share(_above(synergy[:, k], 1.0), confidence),
            probability_not_interrupted=share(1 - fallen[:, k], confidence),
            broken={kpi: share(where[:, k], confidence) for kpi, where in faults.items()},
        )
    return found


def advise(outcomes: Outcomes, found: Mapping[int, Mapping[str, Standing]], allowed: float) -> Advice:
    """Recommend the timeline with the largest expected contribution among those that keep the principles.

    A timeline keeps them if it breaks one in no more than the allowed share of worlds. Where none does, the one that
    breaks them least often is named, and has to be named as such.
    """
    last = outcomes.horizons[-1]
    standing = found[last]
    names = list(standing)

    def brings(name: str) -> float:
        return standing[name].contribution.value

    def keeps(name: str) -> float:
        return standing[name].probability_not_interrupted.value

    admissible = tuple(name for name in names if 1 - keeps(name) <= allowed + 1e-12)
    recommended = max(admissible, key=brings) if admissible else max(names, key=lambda n: (keeps(n), brings(n)))
    final = standing[recommended].against_studied.value
    turns = tuple(
        days for days, at in found.items() if days != last and at[recommended].against_studied.value * final < 0
    )
    return Advice(recommended, admissible, max(names, key=brings), turns)


def by_fixed_limits(outcomes: Outcomes, standing: Mapping[str, Standing], allowed: float) -> str | None:
    """Return what would be recommended by the fixed limits alone; None where there are none, or nothing keeps them.

    The studied timeline keeps the limits that compare with its own result by construction; the fixed ones bind it, too.
    """
    rules = outcomes.scenarios[0].study.principles.values()
    if all(rule.most is None and rule.least is None for rule in rules):
        return None
    last, keeping = outcomes.horizons[-1], []
    for name in standing:
        seen = outcomes.before(name)
        faults = list(broken(seen, last, [name], fixed=True).values())
        if float(np.max(faults, axis=0).mean()) <= allowed + 1e-12:
            keeping.append(name)
    return max(keeping, key=lambda name: standing[name].contribution.value, default=None)


def fails(outcomes: Outcomes, advice: Advice) -> Floats:
    """Return 1 for each world in which the advice breaks a principle, or another admissible timeline is better.

    Better by more than `NEAR`: what is as good as the best one does not fail.
    """
    last, names = outcomes.horizons[-1], outcomes.choices
    k = names.index(advice.recommended)
    rivals = {advice.recommended: None, **dict.fromkeys(advice.admissible)}
    allowed = [names.index(name) for name in rivals if name in names]
    faults = np.max(
        [f[:, k] for f in broken(outcomes, last, names).values()] or [np.zeros(len(outcomes.worlds))], axis=0
    )
    own = outcomes.values("contribution", last, [outcomes.scenarios[0].name])
    values = values_of(outcomes, last)
    far = values[:, allowed].max(axis=1) - values[:, k] > NEAR * abs(float(own.mean()))
    return np.asarray((faults > 0) | far, dtype=np.float64)


def _above(values: Floats, limit: float) -> Floats:
    return np.where(np.isnan(values), np.nan, (values > limit).astype(float))


def choices_in(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Return the scenarios that can be chosen."""
    return [s for s in scenarios if s.phases]
