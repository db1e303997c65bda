"""What makes two inputs the same: digests of all that decisions and simulation read of them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from scenarios import Scenario, Territory


def territory_key(territory: Territory | None) -> str:
    """Return a digest of all that decisions and simulation read of a territory, wherever it comes from."""
    digest = hashlib.sha256()
    for name in ("units", "edges", "outlets", "halls", "sellers") if territory is not None else ():
        table = getattr(territory, name)
        digest.update(f"{name}\n{'' if table is None else table.to_csv()}\n".encode())
    if territory is not None and territory.distances is not None:
        digest.update(territory.distances.unit.encode() + territory.distances.matrix.tobytes())
    return digest.hexdigest()


APART = (
    *("name", "title", "base", "overrides", "facts", "findings", "evidence"),
    *("indicators", "partition", "placement", "targets", "study", "timeline"),
)
"""What no simulation without decisions depends on: labels, and how decisions are made."""


OF_A_MERGER: dict[str, Any] = {
    **dict.fromkeys(("training", "roll_out", "hand_over", "trial_run"), True),
    "effort": {"drill_share", "follows_targets", "push", "slacken", "give_up", "hopeless"},
    "learning": {"peer_value", "course_value"},
    "selling": {"data_support_lift", "incentive_lift"},
}
"""What nothing depends on where nobody merges."""


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
        mode="json",
        include={"territory", "partition", "placement", "indicators"},
        exclude={"partition": {"plan", "plan_subdivided"}},
    )
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


BESIDES: dict[str, Any] = {
    **{"sensitivity": {}, "sensitivity_replications": 1, "beliefs": {}, "belief_groups": {}},
    **{"worlds": 0, "best_known_to": 0.02, "principles": {}, "broken_at_most": 0.1},
    **{"measures": {}, "alternatives": (), "animate": False},
}
"""What a study tries besides, which no replication depends on."""


def scenario_key(scenario: Scenario, twin: Scenario | None) -> str:
    """Return a digest of what a replication depends on: neither how many there are nor what a study tries besides.

    Dip and synergy depend on the scenario's twin without a merger, too; the scenario itself only names it.
    """
    run = scenario.run.model_copy(update={"replications": 1})
    study = scenario.study.model_copy(update=BESIDES)
    own = scenario.model_copy(update={"run": run, "study": study}).sha256
    return own if twin is None else f"{own} {market_of(twin)}"
