"""How many worlds it takes: more are drawn until the best alternative is known, and what is beaten drops out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import stats

from foundation.arrays import Floats
from scenarios import Scenario
from study.robustness.advice import values_of
from study.robustness.estimates import Estimated, best_in, share
from study.robustness.outcomes import Outcomes, broken, table_of, twice
from study.robustness.simulate import Row
from study.robustness.worlds import Worlds

STAGE = 64
"""Worlds of a stage: after each it is looked whether more are needed, and of what."""

Simulate = Callable[[Sequence[int], Sequence[str], bool], list[list[Row]]]
"""Of worlds by position, names of scenarios, and whether with other random numbers: ``kpi@days``, (worlds, names)."""


@dataclass(frozen=True)
class Beaten:
    """An alternative that dropped out.

    Attributes
    ----------
    worlds : int
        In how many it had been simulated.
    by : str
        What beats it.
    chance : Estimated
        That it is the best, when it dropped out.
    """

    worlds: int
    by: str
    chance: Estimated


@dataclass(frozen=True)
class Effort:
    """How many worlds were drawn, and why no more.

    Attributes
    ----------
    budget : int
        Worlds that were allowed.
    known : bool
        Whether the chance of the leading alternative is known as well as asked; else the budget is used up.
    leading : str
        The alternative that is best most often.
    error : float
        Half the interval of its chance.
    wanted : float
        Half the interval at which no more worlds are drawn.
    beaten : mapping of name to Beaten
    """

    budget: int
    known: bool
    leading: str
    error: float
    wanted: float
    beaten: Mapping[str, Beaten] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        beaten = {
            name: {"worlds": one.worlds, "by": one.by, "probability_best": one.chance.to_dict()}
            for name, one in self.beaten.items()
        }
        return {
            "budget": self.budget,
            "stopped_because": "known" if self.known else "budget",
            "leading": self.leading,
            "error": self.error,
            "wanted": self.wanted,
            "beaten": beaten,
        }


def explore(scenarios: Sequence[Scenario], worlds: Worlds, simulate: Simulate) -> tuple[Outcomes, Effort]:
    """Simulate worlds, stage by stage, until the chance of being best of the leading alternative is known.

    Decisions are made at fixed numbers of worlds, so that they are the same whoever simulates and however often it was
    interrupted.

    Parameters
    ----------
    scenarios : sequence of Scenario
        The first is the one studied; its `study` says how well the chance has to be known.
    worlds : Worlds
        As many as are allowed.
    simulate : callable
    """
    settings, names = scenarios[0].study, [s.name for s in scenarios]
    beaten: dict[str, Beaten] = {}
    rows: list[list[Row]] = []
    again: list[list[Row]] = []
    stages = list(_stages(len(worlds)))
    for count in stages:
        wanted = [name for name in names if name not in beaten]
        rows += _filled(simulate(range(len(rows), count), wanted, False), names, wanted)
        again += _filled(simulate(range(len(again), twice(count)), wanted, True), names, wanted)
        seen = worlds.first(count)
        outcomes = Outcomes(
            tuple(scenarios),
            seen,
            table_of(seen, range(count), names, rows),
            table_of(seen, range(len(again)), names, again),
            {name: one.worlds for name, one in beaten.items()},
        )
        leading, chance = _leading(outcomes, settings.confidence)
        known = chance.error <= settings.best_known_to
        if known or count == stages[-1]:
            break
        beaten |= beaten_in(outcomes, len(stages))
    return outcomes, Effort(len(worlds), known, leading, chance.error, settings.best_known_to, beaten)


def beaten_in(outcomes: Outcomes, stages: int) -> dict[str, Beaten]:
    """Return the alternatives that drop out.

    An alternative is beaten by another one that contributes more beyond doubt and breaks the principles no more often,
    if it is itself the best in hardly any world: the upper end of that chance's interval is no larger than the error
    with which the leading one's chance has to be known, so that its absence moves no chance by more. Beyond doubt: a
    paired one-sided test, at a level that is divided by all pairs and stages (Bonferroni), so that in all of the study
    an alternative that contributes more than its rival on average drops out by mistake with at most the stated chance.
    What is studied never drops out.

    Parameters
    ----------
    outcomes : Outcomes
    stages : int
        How often it is looked.

    References
    ----------
    Nelson, Swann, Goldsman & Song (2001), Operations Research 49, for screening; Corlu & Biller (2013), Winter
    Simulation Conference, for subsets under input uncertainty.
    """
    settings, last, names = outcomes.scenarios[0].study, outcomes.horizons[-1], outcomes.choices
    raw = outcomes.values("contribution", last, names)
    count, most = raw.shape
    if count < STAGE or most < 2:
        return {}
    best = best_in(values_of(outcomes, last))
    faults = broken(outcomes, last, names).values()
    fallen = np.max([*faults, np.zeros_like(raw)], axis=0).mean(axis=0)
    level = (1 - settings.confidence) / (most * (most - 1) * stages)
    limit = float(stats.t.ppf(1 - level, count - 1))
    found = {}
    for k, name in enumerate(names):
        chance = share(best[:, k], settings.confidence)
        if name == outcomes.scenarios[0].name or chance.high > settings.best_known_to:
            continue
        ahead = raw - raw[:, [k]]
        clear = ahead.mean(axis=0) > limit * ahead.std(axis=0, ddof=1) / np.sqrt(count)
        rivals = np.flatnonzero(clear & (fallen <= fallen[k]))
        if len(rivals):
            by = names[max(rivals.tolist(), key=lambda j: float(raw[:, j].mean()))]
            found[name] = Beaten(count, by, chance)
    return found


def _stages(budget: int) -> Iterator[int]:
    """Yield the numbers of worlds at which it is looked."""
    yield from range(STAGE, budget, STAGE)
    yield budget


def _leading(outcomes: Outcomes, confidence: float) -> tuple[str, Estimated]:
    best: Floats = best_in(values_of(outcomes, outcomes.horizons[-1]))
    k = int(best.mean(axis=0).argmax())
    return outcomes.choices[k], share(best[:, k], confidence)


def _filled(rows: list[list[Row]], names: Sequence[str], there: Sequence[str]) -> list[list[Row]]:
    """Return rows for all names; empty ones where a scenario was not simulated."""
    place = {name: n for n, name in enumerate(there)}
    return [[row[place[name]] if name in place else {} for name in names] for row in rows]
