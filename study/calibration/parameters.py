"""Parameters that a calibration may move: their bounds, and what is believed of them before any data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from foundation.arrays import Floats
from foundation.messages import Message
from scenarios import InputError, Problem, Scenario
from scenarios.loading.fingerprint import decision_key
from scenarios.loading.history import History
from scenarios.loading.load import plain, with_settings
from scenarios.schema.dotted_keys import lookup

SPREAD = 3.0
"""Bounds that nobody gives: the scenario's value divided and multiplied by this, as far as the schema allows."""

PRIOR = 0.5
"""Standard deviation of the prior about the scenario's value, as a share of the range between the bounds."""

DEFAULTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("sales", "fixed"): ("selling.conversion.fixed", "learning.fixed.half"),
    ("sales", "mobile"): ("selling.conversion.mobile", "learning.mobile.half"),
    ("sales", "all"): ("selling.conversion.fixed", "selling.conversion.mobile", "learning.mobile.half"),
    ("direct_sales", "fixed"): ("selling.conversion.fixed", "learning.fixed.half"),
    ("direct_sales", "mobile"): ("selling.conversion.mobile", "learning.mobile.half"),
    ("direct_sales", "all"): ("selling.conversion.fixed", "selling.conversion.mobile"),
    ("channel_sales", "mobile"): ("outlets.quality_floor",),
    ("churned", "fixed"): ("market.fixed.churn_per_year",),
    ("churned", "mobile"): ("market.mobile.churn_per_year",),
    ("churned", "all"): ("market.fixed.churn_per_year", "market.mobile.churn_per_year"),
    ("net_additions", "fixed"): ("selling.conversion.fixed", "market.fixed.churn_per_year"),
    ("net_additions", "mobile"): ("selling.conversion.mobile", "market.mobile.churn_per_year"),
    ("arrears_recovered", "all"): ("arrears.recover_share",),
    ("arrears_recovered", "fixed"): ("arrears.recover_share",),
    ("arrears_recovered", "mobile"): ("arrears.recover_share",),
    ("support_requests", "all"): ("outlets.requests_per_month",),
    ("support_wait_hours", "all"): ("support.level1.mean_minutes",),
    ("hall_wait_minutes", "all"): ("halls.mean_minutes",),
}
"""What is fitted unless the user says otherwise: the parameters that speak most directly through an observed result."""


@dataclass(frozen=True)
class Parameter:
    """One number that is fitted.

    Attributes
    ----------
    key : str
        Dotted key of the scenario.
    low, high : float
        Bounds.
    before : float
        The scenario's own value.
    prior_sd : float
        Standard deviation of the normal prior about ``before`` [units of the value]; infinite: none.
    """

    key: str
    low: float
    high: float
    before: float
    prior_sd: float

    @property
    def width(self) -> float:
        """Range between the bounds."""
        return self.high - self.low


def read_fit(text: str) -> tuple[str, tuple[float, float] | None]:
    """Read ``KEY=LOW:HIGH`` or ``KEY``.

    Raises
    ------
    InputError
        It is neither.
    """
    key, sign, values = text.partition("=")
    try:
        if not key.strip() or (sign and not values.strip()):
            raise ValueError
        if not sign:
            return key.strip(), None
        low, high = (float(v) for v in values.split(":"))
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise ValueError
    except ValueError:
        rule = Message("it must be KEY=LOW:HIGH with LOW below HIGH, or KEY")
        raise InputError(
            Problem(f"--fit {text}", None, rule, Message("Example: --fit selling.conversion.fixed=0.01:0.05"))
        ) from None
    return key.strip(), (low, high)


def default_keys(history: History) -> list[str]:
    """Return what is fitted to a history unless the user says otherwise."""
    pairs = history.table[["kpi", "business"]].drop_duplicates().itertuples(index=False, name=None)
    return list(dict.fromkeys(key for pair in sorted(pairs) for key in DEFAULTS.get(pair, ())))


def parameters_of(
    scenario: Scenario, asked: Mapping[str, tuple[float, float] | None], prior: float = PRIOR
) -> tuple[Parameter, ...]:
    """Return the parameters with bounds that the schema accepts.

    Parameters
    ----------
    scenario : Scenario
    asked : mapping of dotted key to (low, high) or None
        None: a third to three times the scenario's value, as far as the schema allows.
    prior : float
        Standard deviation of the prior as a share of the range; 0: no prior.

    Raises
    ------
    InputError
        Unknown keys, keys that hold no real number, bounds that do not fit, keys that would move boundaries.
    """
    problems: list[Problem] = []
    found: list[Parameter] = []
    if not asked:
        problems.append(Problem("--fit", None, Message("nothing is to be fitted"), Message("Give --fit KEY=LOW:HIGH.")))
    for key, bounds in asked.items():
        try:
            found.append(_parameter(scenario, key, bounds, prior))
        except InputError as error:
            problems += error.problems
    if not 0 <= prior < np.inf:
        problems.append(
            Problem("--prior", prior, Message("it must be a number of at least 0"), Message("Give 0.5, or 0 for none."))
        )
    if problems:
        raise InputError(problems)
    return tuple(found)


def _parameter(scenario: Scenario, key: str, bounds: tuple[float, float] | None, prior: float) -> Parameter:
    where = f"--fit {key}"
    now = lookup(plain(scenario), key)
    if not isinstance(now, float):
        rule = Message("it is not a real number, so no interval can be given for it")
        raise InputError(Problem(where, now, rule, Message("Vary it with `fusion whatif`.")))
    low, high = bounds or _bounds_about(scenario, key, now)
    if not low < high:
        raise InputError(
            Problem(
                where, now, Message("no range can be guessed around it"), Message("Give --fit {key}=LOW:HIGH.", key=key)
            )
        )
    for edge in (low, high):
        try:
            moved = with_settings(scenario, {key: edge})
        except InputError as error:
            raise InputError(
                Problem(where, edge, p.rule, Message("Narrow the bounds.")) for p in error.problems
            ) from None
        if decision_key(moved) != decision_key(scenario):
            rule = Message("it moves boundaries or places, which a history cannot be fitted through")
            raise InputError(Problem(where, None, rule, Message("Vary it with `fusion whatif`.")))
    return Parameter(key, low, high, now, prior * (high - low) if prior else np.inf)


def _bounds_about(scenario: Scenario, key: str, now: float) -> tuple[float, float]:
    """Return default bounds: as wide as the schema allows up to a factor of `SPREAD` either way."""
    low, high = now / SPREAD, now * SPREAD
    for edge in (high, 1.0):
        try:
            with_settings(scenario, {key: edge})
        except InputError:
            continue
        return low, edge
    return now, now


def to_values(parameters: Sequence[Parameter], unit: Floats) -> dict[str, float]:
    """Return the values at a point of the unit cube, to six digits as they are written."""
    values = [p.low + round(float(u), 9) * p.width for p, u in zip(parameters, unit, strict=True)]
    return {p.key: min(max(float(f"{v:.6g}"), p.low), p.high) for p, v in zip(parameters, values, strict=True)}


def to_unit(parameters: Sequence[Parameter], values: Mapping[str, float]) -> Floats:
    """Return the point of the unit cube of some values."""
    return np.array([(values[p.key] - p.low) / p.width for p in parameters])
