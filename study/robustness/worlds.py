"""Worlds drawn from what is believed: a scrambled Sobol sample, with beliefs of one group moving together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats
from scipy.stats import qmc

from foundation.arrays import Floats
from foundation.messages import Message
from scenarios import InputError, Problem, Scenario
from scenarios.loading.load import plain
from scenarios.loading.variants import settings_of, variants_of
from scenarios.schema.dotted_keys import lookup
from scenarios.schema.study_settings import Belief

PERT = 4.0
"""Weight of the likeliest value against the two ends (Malcolm et al. 1959)."""

EDGE = 1e-9
"""How near to 0 and 1 a uniform number may come before it is turned into a normal one."""


@dataclass(frozen=True)
class Worlds:
    """Worlds drawn from beliefs.

    Attributes
    ----------
    keys : tuple of str
        Of the beliefs, in the scenario's order.
    values : ndarray, shape (worlds, beliefs)
        Drawn values, each in the unit of its key.
    scores : ndarray, shape (worlds, beliefs)
        The same as standard normal scores, which carry the correlation.
    correlation : ndarray, shape (beliefs, beliefs)
        Of the scores, as believed.
    """

    keys: tuple[str, ...]
    values: Floats
    scores: Floats
    correlation: Floats

    def __len__(self) -> int:
        """Return how many worlds there are."""
        return len(self.values)

    def first(self, count: int) -> Worlds:
        """Return the first worlds."""
        return replace(self, values=self.values[:count], scores=self.scores[:count])

    def settings(self, world: int) -> dict[str, float]:
        """Return what is drawn for a world: key -> value."""
        return dict(zip(self.keys, self.values[world].tolist(), strict=True))


def draw_worlds(scenario: Scenario, count: int, seed: int) -> Worlds:
    """Draw worlds from the beliefs of a scenario.

    World ``n`` is the same however many are drawn, so that more worlds go on where fewer ended.

    Parameters
    ----------
    scenario : Scenario
    count : int
    seed : int
        Of the scrambling.

    Raises
    ------
    InputError
        See `check_beliefs`.

    References
    ----------
    Owen (1998), Journal of Complexity 14, for the scrambling; the correlation is a Gaussian copula.
    """
    beliefs = scenario.study.beliefs
    check_beliefs(scenario)
    keys, content = tuple(beliefs), plain(scenario)
    correlation = correlation_of(beliefs, scenario.study.belief_groups)
    if not keys:
        return Worlds((), np.empty((count, 0)), np.empty((count, 0)), correlation)
    size = 2 ** int(np.ceil(np.log2(max(count, 2))))
    uniform = qmc.Sobol(len(keys), scramble=True, rng=seed).random(size)[:count]
    independent = stats.norm.ppf(np.clip(uniform, EDGE, 1 - EDGE))
    scores = independent @ np.linalg.cholesky(correlation).T
    share = stats.norm.cdf(scores)
    columns = [
        quantiles(belief, likely_of(belief, lookup(content, key)), share[:, k], whole=_is_whole(lookup(content, key)))
        for k, (key, belief) in enumerate(beliefs.items())
    ]
    return Worlds(keys, np.stack(columns, axis=1), np.asarray(scores, dtype=np.float64), correlation)


def likely_of(belief: Belief, stated: float) -> float:
    """Return the likeliest value of a belief: its own, or the scenario's within the range."""
    return float(np.clip(stated, belief.low, belief.high)) if belief.likely is None else belief.likely


def quantiles(belief: Belief, likely: float, share: Floats, *, whole: bool = False) -> Floats:
    """Return the values below which the given shares of a belief lie, shape kept.

    Examples
    --------
    >>> quantiles(Belief(low=0.0, high=10.0, shape="uniform"), 5.0, np.array([0.25]))
    array([2.5])
    """
    low, span = belief.low, belief.high - belief.low
    mode = (likely - low) / span
    if whole:  # every whole number of the range as likely as the shape makes its neighbourhood
        low, span = belief.low - 0.5, span + 1
        mode = (likely - low) / span
    match belief.shape:
        case "uniform":
            unit = share
        case "log_uniform":
            return np.asarray(belief.low * (belief.high / belief.low) ** share, dtype=np.float64)
        case "triangular":
            unit = stats.triang.ppf(share, mode)
        case "pert":
            unit = stats.beta.ppf(share, 1 + PERT * mode, 1 + PERT * (1 - mode))
    values = np.round(low + span * unit, 9)
    return np.clip(np.round(values), belief.low, belief.high) if whole else np.asarray(values, dtype=np.float64)


def correlation_of(beliefs: Mapping[str, Belief], groups: Mapping[str, float]) -> Floats:
    """Return the correlation of the scores: that of a group between its members, else 0."""
    names = [belief.group for belief in beliefs.values()]
    matrix = np.eye(len(names))
    for i, one in enumerate(names):
        for j, other in enumerate(names):
            if i != j and one is not None and one == other:
                matrix[i, j] = groups[one]
    return matrix


def check_beliefs(scenario: Scenario) -> None:
    """Refuse beliefs about what is no number of the scenario, or whose ends the scenario cannot take.

    Raises
    ------
    InputError
        Every problem at once.
    """
    problems: list[Problem] = []
    for key, belief in scenario.study.beliefs.items():
        try:
            variants_of(scenario, [{key: belief.low}, {key: belief.high}])
        except InputError as error:
            place = f"study.beliefs.{key}"
            problems += [Problem(place, p.value, p.rule, p.remedy) for p in error.problems]
            continue
        if _is_whole(lookup(plain(scenario), key)) and not (belief.low.is_integer() and belief.high.is_integer()):
            rule = Message("the key holds whole numbers, so both ends must be whole")
            problems.append(Problem(f"study.beliefs.{key}", belief.low, rule, Message("Round them.")))
    if problems:
        raise InputError(problems)


def shared_keys(scenarios: Sequence[Scenario], keys: Sequence[str]) -> list[list[str]]:
    """Return for each scenario the beliefs that hold in it: those whose number it has as the first scenario has it.

    A number that an alternative sets itself is a decision, not a belief, and stays.
    """
    first = plain(scenarios[0])
    return [[key for key in keys if _same(plain(scenario), first, key)] for scenario in scenarios]


def world_of(scenario: Scenario, drawn: Mapping[str, float], keys: Sequence[str]) -> dict[str, object]:
    """Return the overrides that put a scenario into a world."""
    return settings_of(scenario, {key: drawn[key] for key in keys})


def _same(content: Mapping[str, object], first: Mapping[str, object], key: str) -> bool:
    try:
        return bool(lookup(content, key) == lookup(first, key))
    except InputError:
        return False


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
