"""A complete study record without solver or simulation: made up, but of the shape the report is drawn from."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from scenarios import Plan, Problem, Scenario, Territory, load_scenario, load_territory
from scenarios.loading.cautions import UNREACHED, warnings_of
from scenarios.loading.load import load_alternative
from scenarios.rules.scorecard import scorecard
from scenarios.rules.workdays import working_days
from scenarios.rules.workload import workload
from scenarios.schema.fields import BUSINESSES
from sim import compare_paired
from sim.output_analysis.attainment import COLUMNS, Attained
from sim.output_analysis.replications import Replications
from study.results.record import StudyRecord

REPLICATIONS = 4


def build_record(**changes: Any) -> StudyRecord:
    """Return a record of the plan and its alternatives on two centres of the model city."""
    plan = load_scenario("plan")
    territory = changes.pop("territory", None) or two_centres(plan)
    scenarios = [plan, *(load_alternative(plan, name) for name in plan.study.alternatives)]
    plans = {"current": Plan(territory.units["community"].astype(str))}
    plans["redrawn"] = divide(territory, "centre", 6)
    nested = territory.with_columns({"redrawn": plans["redrawn"].assignment})
    plans["subdivided"] = divide(nested, "redrawn", 2)
    results = {s.name: made_up(s, number) for number, s in enumerate(scenarios)}
    others = [compare_paired(results["plan"], r) for name, r in results.items() if name != "plan"]
    placement, overlay = placed(territory, plans["redrawn"])
    targets = broken_down(plan, territory, plans["redrawn"], placement)
    content: dict[str, Any] = {
        "scenarios": {s.name: s for s in scenarios},
        "territory": territory,
        "plans": plans,
        "scorecards": {kind: scorecard(territory, p, plans["current"]) for kind, p in plans.items()},
        "partition": {
            "redrawn": outcome(plans["redrawn"], "feasible", 0.034),
            "subdivided": outcome(plans["subdivided"], "optimal", 0.0),
        },
        "placement": placement,
        "overlay": overlay,
        "targets": targets,
        "attainment": reached(plan, targets),
        "replications": pd.concat([r.to_frame() for r in results.values()], ignore_index=True),
        "daily": pd.concat([r.daily() for r in results.values()], ignore_index=True),
        "comparison": pd.concat(others, ignore_index=True),
        "run": {
            "format": 1,
            "verb": "study",
            "command": "fusion study plan --replications 4",
            "seed": 1,
            "replications": REPLICATIONS,
            "workers": 1,
            "wall_seconds": 12.5,
            "versions": {"python": "3.11", "numpy": "2"},
            "revision": "abc1234",
            "platform": "somewhere",
            "scenarios": {s.name: {"sha256": s.sha256, "base": s.base, "overrides": {}} for s in scenarios},
            "territory": {"name": territory.name, "sha256": territory.provenance.sha256, "synthetic": True},
        },
        "warnings": (
            *warnings_of(plan, territory),
            Problem("partition.balance_tolerance", 0.1, "some centre has units too uneven for it", "", "warning"),
            Problem(
                "scenario slow",
                "trial_run",
                UNREACHED.again(count=2, total=2, days=date(2022, 5, 27)),
                "Lengthen the study with --set run.days=...",
                "warning",
            ),
        ),
    }
    return StudyRecord(**{**content, **changes})


def two_centres(plan: Scenario) -> Territory:
    """Return a corner of the model city, with its workload."""
    city = load_territory("model_city")
    chosen = sorted(city.units["centre"].unique())[:2]
    part = city.subset(city.units.index[city.units["centre"].isin(chosen)])
    return part.with_columns({"workload": workload(part, plan.indicators)})


def divide(territory: Territory, column: str, parts: int) -> Plan:
    """Return each group of units cut into parts by nearness to spread seats (not necessarily connected)."""
    label = pd.Series("", index=territory.units.index)
    seats: dict[str, str] = {}
    for group, units in territory.units.groupby(column):
        points = units[["x", "y"]].to_numpy()
        chosen = [0]
        while len(chosen) < min(parts, len(units)):
            gap = np.min([((points - points[c]) ** 2).sum(axis=1) for c in chosen], axis=0)
            chosen.append(int(gap.argmax()))
        nearest = np.argmin([((points - points[c]) ** 2).sum(axis=1) for c in chosen], axis=0)
        label.loc[units.index] = [f"{group}-{k + 1}" for k in nearest]
        seats |= {f"{group}-{k + 1}": str(units.index[c]) for k, c in enumerate(chosen)}
    return Plan(label, seats)


def made_up(scenario: Scenario, number: int) -> Replications:
    """Return replications of plausible shape: a dip when the phases begin, then growth; none without a merger."""
    rng = np.random.default_rng(number)
    days = working_days(scenario.calendar, scenario.run.days)
    begin = scenario.phases[0].start if scenario.phases else None
    since = np.array([max(0, (d - begin).days) if begin else 0 for d in days], dtype=float)
    effect = 1 - 0.3 * (since > 0) * np.exp(-since / 30) + 0.02 * number * (since > 60)
    series = {}
    for business, level in (("fixed", 30.0), ("mobile", 80.0)):
        noise = rng.normal(0, 0.05, (REPLICATIONS, len(days)))
        series["sales", business, "all"] = level * effect * (1 + noise)
        for force in ("CM", "GM"):
            start = 0.8 if (force == "CM") == (business == "fixed") else 0.1
            series["skill", business, force] = start + (0.9 - start) * (1 - np.exp(-since / 80)) * (1 + 0.05 * noise)
    series["contribution", "all", "all"] = (
        720 * series["sales", "fixed", "all"] + 490 * series["sales", "mobile", "all"]
    )
    series["support_wait_hours", "all", "all"] = rng.gamma(2, 0.3, (REPLICATIONS, len(days)))
    values = pd.DataFrame(
        {
            "sales": sum(series["sales", b, "all"].sum(axis=1) for b in ("fixed", "mobile")),
            "sales.fixed": series["sales", "fixed", "all"].sum(axis=1),
            "sales.mobile": series["sales", "mobile", "all"].sum(axis=1),
            "contribution": series["contribution", "all", "all"].sum(axis=1),
            "churned": rng.normal(900, 20, REPLICATIONS),
            "support_within_sla": rng.normal(0.9, 0.01, REPLICATIONS),
            "support_wait_hours": rng.normal(0.6, 0.05, REPLICATIONS),
            "skill": rng.normal(0.7, 0.01, REPLICATIONS),
            "dip_depth": np.clip(rng.normal(0.2, 0.02, REPLICATIONS), 0, 1) * bool(scenario.phases),
            "dip_days": rng.integers(10, 20, REPLICATIONS).astype(float) * bool(scenario.phases),
            "break_even_date": [np.nan] * REPLICATIONS if number == 3 else rng.normal(100, 5, REPLICATIONS),
            "synergy": rng.normal(1 + 0.02 * number, 0.01, REPLICATIONS),
        }
    )
    return Replications(scenario, values, series, tuple(d.isoformat() for d in days), 0)


def reached(plan: Scenario, targets: pd.DataFrame) -> pd.DataFrame:
    """Return what centres reach: stage after stage 10 % more, from 85 % on; the second centre always 20 % less."""
    own = targets[(targets["level"] == "centre") & (targets["measure"] == "growth")]
    stages, centres = (tuple(own[column].unique()) for column in ("stage", "id"))
    wanted = np.array(
        [
            [[own[(own["stage"] == s) & (own["id"] == c) & (own["business"] == b)]["value"].sum() for b in BUSINESSES]
             for c in centres]
            for s in stages
        ]
    )  # fmt: skip
    share = (0.85 + 0.1 * np.arange(len(stages)))[:, None, None] * np.array([1.0, 0.8])[None, :, None]
    luck = 1 + 0.01 * np.arange(-1.5, 2.0)[:, None, None, None]
    table = Attained(stages, centres, wanted, luck * share * wanted).table(plan.study.confidence)
    return table.assign(scenario=plan.name)[["scenario", *COLUMNS]]


def outcome(plan: Plan, proof: str, gap: float) -> dict[str, Any]:
    """Return the content of result.json."""
    return {
        "objective": "moment",
        "value": 123.4,
        "bound": 123.4 * (1 - gap),
        "gap": gap,
        "proof": proof,
        "seconds": 1.5,
        "communities": int(plan.assignment.nunique()),
        "worst_deviation": {"workload": 0.09},
        "contiguous": True,
        "seed": 1,
    }


def placed(territory: Territory, plan: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return every seller in the community of the home unit, and the overlay of grid managers on centres."""
    sellers = territory.sellers
    assert sellers is not None
    home = sellers["home_unit"].astype(str)
    table = pd.DataFrame(
        {
            "seller_id": sellers["seller_id"],
            "force": sellers["force"],
            "centre": home.map(territory.units["centre"]),
            "community": home.map(plan.assignment),
            "overlap": 1.0,
        }
    )
    rows = []
    for seller, force, knows in zip(sellers["seller_id"], sellers["force"], sellers["knows"], strict=True):
        if force == "GM":
            units = [u for u in str(knows).split(";") if u in territory.units.index]
            people = territory.units.loc[units].groupby("centre")["population"].sum()
            for centre, share in (people / people.sum()).items():
                rows.append({"seller_id": seller, "centre": centre, "overlap": float(share)})
    return table, pd.DataFrame(rows, columns=["seller_id", "centre", "overlap"])


def broken_down(plan: Scenario, territory: Territory, communities: Plan, placement: pd.DataFrame) -> pd.DataFrame:
    """Return targets by population; every level sums to its parent."""
    people = territory.units["population"].groupby(communities.assignment).sum()
    centre = territory.units["centre"].groupby(communities.assignment).first()
    rows: list[tuple[Any, ...]] = []
    for stage in plan.target_stages:
        for business in ("fixed", "mobile"):
            for measure, rate in (("growth", 0.002), ("revenue", 20.0), ("arrears", 0.5), ("channel", 0.001)):
                if (business, measure) == ("fixed", "channel"):
                    continue
                value = (people * rate).round(0 if measure in ("growth", "channel") else 2)
                key = (business, measure)
                rows.append((stage.name, "company", "company", "", *key, value.sum()))
                for name, part in value.groupby(centre):
                    rows.append((stage.name, "centre", name, "company", *key, part.sum()))
                    for community, amount in part.items():
                        rows.append((stage.name, "community", community, name, *key, amount))
                        team = placement.loc[placement["community"] == community, "seller_id"]
                        rows += [(stage.name, "person", s, community, *key, amount / len(team)) for s in team]
    return pd.DataFrame(rows, columns=["stage", "level", "id", "parent", "business", "measure", "value"])
