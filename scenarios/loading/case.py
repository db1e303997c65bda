"""A scenario with the twin without a merger that it is measured against, and all that the two are known by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from scenarios import Scenario
from scenarios.loading.fingerprint import market_of, scenario_key
from scenarios.loading.load import Alternative


@dataclass(frozen=True)
class Case:
    """A scenario and its counterfactual, made once and handed on: the file of the twin is not read again for each.

    Attributes
    ----------
    scenario : Scenario
    counterfactual : Scenario or None
        The same without a merger; None for a laboratory scenario, which has nothing to merge.
    """

    scenario: Scenario
    counterfactual: Scenario | None

    @cached_property
    def market(self) -> str:
        """What the runs of the two forces side by side depend on; empty where there are none."""
        return "" if self.counterfactual is None else market_of(self.counterfactual)

    @cached_property
    def key(self) -> str:
        """What a replication and its measures depend on."""
        return scenario_key(self.scenario, self.counterfactual)


def cases_of(scenarios: Iterable[Scenario]) -> tuple[Case, ...]:
    """Return scenarios with their counterfactuals, as the files of those names are now; each file is read once."""
    read = lru_cache(maxsize=None)(Alternative.read)
    return tuple(
        Case(scenario, None if name is None else read(name).on(scenario))
        for scenario in scenarios
        for name in [_twin_of(scenario)]
    )


def case_of(scenario: Scenario) -> Case:
    """Return a scenario with its counterfactual, as the file of that name is now."""
    return cases_of([scenario])[0]


def counterfactual_of(scenario: Scenario) -> Scenario | None:
    """Return the scenario's twin without a merger, against which dip, break-even and synergy are measured (F2).

    None for a laboratory scenario, which has no territory and so nothing to merge.
    """
    return case_of(scenario).counterfactual


def _twin_of(scenario: Scenario) -> str | None:
    """Return the name of the scenario's counterfactual."""
    return None if scenario.territory.source is None else scenario.study.counterfactual


def by_market(cases: Sequence[Case]) -> list[list[int]]:
    """Group cases, by position, that share the two forces side by side, and so the runs of those."""
    alike: dict[str, list[int]] = {}
    for n, case in enumerate(cases):
        alike.setdefault(case.market, []).append(n)
    return list(alike.values())
