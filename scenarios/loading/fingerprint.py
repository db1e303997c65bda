"""What makes two inputs the same: digests of all that decisions and simulation read of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from scenarios import Scenario, Territory
from scenarios.loading.load import load_alternative


def territory_key(territory: Territory | None) -> str:
    """Return a digest of all that decisions and simulation read of a territory, wherever it comes from."""
    digest = hashlib.sha256()
    for name in ("units", "edges", "outlets", "halls", "sellers") if territory is not None else ():
        table = getattr(territory, name)
        digest.update(f"{name}\n{'' if table is None else table.to_csv()}\n".encode())
    return digest.hexdigest()


APART = (
    *("name", "title", "base", "overrides", "facts", "findings", "evidence"),
    *("indicators", "partition", "placement", "targets", "study", "timeline"),
)
"""What no simulation without decisions depends on: labels, and how decisions are made."""


OF_A_MERGER: dict[str, Any] = {
    **dict.fromkeys(("training", "roll_out", "hand_over", "trial_run"), True),
    "effort": {"drill_share"},
    "learning": {"peer_value", "course_value"},
    "selling": {"data_support_lift", "incentive_lift"},
}
"""What nothing depends on where nobody merges."""


def counterfactual_of(scenario: Scenario) -> Scenario | None:
    """Return the scenario's twin without a merger, against which dip, break-even and synergy are measured (F2).

    None for a laboratory scenario, which has no territory and so nothing to merge.
    """
    if scenario.study.counterfactual is None or scenario.territory.source is None:
        return None
    return load_alternative(scenario, scenario.study.counterfactual)


def by_market(scenarios: Sequence[Scenario]) -> list[list[int]]:
    """Group scenarios, by position, that share the two forces side by side, and so the runs of those."""
    alike: dict[str, list[int]] = {}
    for n, scenario in enumerate(scenarios):
        twin = counterfactual_of(scenario)
        alike.setdefault("" if twin is None else market_of(twin), []).append(n)
    return list(alike.values())


def market_of(twin: Scenario) -> str:
    """Return a digest of what a counterfactual and its contribution depend on: it is given no decisions."""
    off: dict[str, Any] = dict.fromkeys(APART, True)
    if not twin.phases and not twin.target_stages:
        off |= OF_A_MERGER
    content = json.dumps([twin.study.value_months, twin.model_dump(mode="json", exclude=off)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def decision_key(scenario: Scenario) -> str:
    """Return a digest of all that the communities and places (not the targets) depend on."""
    parts: dict[str, Any] = scenario.model_dump(
        mode="json", include={"territory", "partition", "placement", "indicators"}
    )
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def scenario_key(scenario: Scenario) -> str:
    """Return a digest of what a replication depends on: neither how many there are nor what a study tries besides.

    The scenario only names that of no merger; dip and synergy depend on what the file of that name holds now.
    """
    run = scenario.run.model_copy(update={"replications": 1})
    study = scenario.study.model_copy(update={"sensitivity": {}, "sensitivity_replications": 1})
    twin = counterfactual_of(scenario)
    own = scenario.model_copy(update={"run": run, "study": study}).sha256
    return own if twin is None else f"{own} {market_of(twin)}"
