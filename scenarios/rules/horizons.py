"""The days at which results are reported, all from the same runs."""

from __future__ import annotations

from scenarios.schema.scenario import Scenario


def horizons_of(scenario: Scenario) -> tuple[int, ...]:
    """Return the horizons of a scenario in order [working days]; the last is the study's own last day.

    A horizon that lies beyond the study means its last day.

    Examples
    --------
    >>> from scenarios import load_scenario
    >>> horizons_of(load_scenario("plan", {"run.days": 200}))
    (120, 200)
    """
    days = scenario.run.days
    return tuple(sorted({min(days, horizon) for horizon in scenario.study.horizons} | {days}))
