"""Attainment: growth reached over growth target, by stage and business, of company and centres (F18-F23)."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from foundation.arrays import Floats
from scenarios.rules.workdays import is_working_day
from scenarios.schema.fields import BUSINESSES
from sim.contribution import ratio
from sim.state.recording import Recording
from sim.world.build import World

WEEK = 7
"""Days after the study in which a stage may end without its last working days being missed."""

COMPANY, CENTRE = "company", "centre"


def attainment_of_company(run: Recording) -> dict[str, float]:
    """Return growth reached over growth target, per stage, company-wide; NaN for a stage not seen from end to end.

    Every centre's growth counts in the stage in which the centre is, which it may reach in a wave of its own. The last
    stage has no end but the study's; its target covers the days that the study has.
    """
    targets, world = run.world.targets, run.world
    if targets is None:
        return {}
    table = targets.table
    table = table[(table["level"] == COMPANY) & (table["measure"] == "growth")]
    growth = (run.records.seller_growth.sum(axis=0) + run.records.other_growth)[:, : len(BUSINESSES)]
    result = {}
    for index, stage in enumerate(world.scenario.target_stages):
        wanted = table[table["stage"] == stage.name].groupby("business")["value"].sum()
        reached = growth[index + 1] if _whole(world, index) else np.full(len(BUSINESSES), np.nan)
        result[f"attainment.{stage.name}"] = ratio(reached.sum(), float(wanted.sum()))
        for b, business in enumerate(BUSINESSES):
            result[f"attainment.{stage.name}.{business}"] = ratio(reached[b], float(wanted.get(business, 0.0)))
    return result


def growth_by_centre(run: Recording) -> Floats:
    """Return growth by centre, shape (stages, centres, businesses); NaN for a stage not seen from end to end.

    What a person sells counts in the centre that carries his target of the stage, as his team is reckoned; what outlets
    and halls sell, in the centre in which they lie. Without targets there is nothing to attain.
    """
    world, records = run.world, run.records
    stages, centres = len(world.scenario.target_stages), len(world.table.centres)
    found = np.full((stages, centres, len(BUSINESSES)), np.nan)
    if world.targets is None:
        return found
    for index, stage in enumerate(world.scenario.target_stages):
        if _whole(world, index):
            home = _centre_of_sellers(world, stage.name)
            own = np.zeros((centres, len(BUSINESSES)))
            np.add.at(own, home, records.seller_growth[:, index + 1, : len(BUSINESSES)])
            found[index] = own + records.other_growth_by_centre[:, index + 1, : len(BUSINESSES)]
    return found


def targets_of_centres(world: World) -> Floats:
    """Return growth targets, shape (stages, centres, businesses)."""
    stages = [stage.name for stage in world.scenario.target_stages]
    found = np.zeros((len(stages), len(world.table.centres), len(BUSINESSES)))
    if world.targets is None:
        return found
    table = world.targets.table
    table = table[(table["level"] == CENTRE) & (table["measure"] == "growth")]
    for stage, name, business, value in table[["stage", "id", "business", "value"]].itertuples(index=False, name=None):
        if stage in stages and str(name) in world.table.centres and business in BUSINESSES:
            place = stages.index(stage), world.table.centres.index(str(name)), BUSINESSES.index(business)
            found[place] += float(value)
    return found


def _centre_of_sellers(world: World, stage: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return in which centre each seller's target of a stage lies; who has none counts where his base is."""
    assert world.targets is not None  # asked by the caller
    table = world.targets.table
    table = table[(table["stage"] == stage) & (table["measure"] == "growth")]
    persons, areas = table[table["level"] == "person"], table[table["level"] == "community"]
    parent = dict(zip(areas["id"].astype(str), areas["parent"].astype(str), strict=True))
    centre = {
        str(seller): parent.get(str(community), "")
        for seller, community in zip(persons["id"], persons["parent"], strict=True)
    }
    known = {name: n for n, name in enumerate(world.table.centres)}
    return np.array(
        [
            known.get(centre.get(seller, ""), base)
            for seller, base in zip(world.sellers.ids, world.sellers.centre.tolist(), strict=True)
        ],
        dtype=np.int64,
    )


def _whole(world: World, stage: int) -> bool:
    """Return whether a target stage begins and ends within the study, in every centre."""
    rule, table = world.scenario.target_stages[stage], world.table
    begun = rule.start >= table.days[0] and bool((table.stage == stage).any(axis=1).all())
    if stage == len(world.scenario.target_stages) - 1:
        return begun and len(table.days) == world.scenario.run.days  # its target covers all days that were simulated
    if (table.stage[:, -1] > stage).all():
        return begun
    if rule.end is None or len(set(table.wave)) > 1:
        return False
    rest = [table.days[-1] + timedelta(days=n + 1) for n in range(min((rule.end - table.days[-1]).days, WEEK))]
    return begun and len(rest) < WEEK and not any(is_working_day(world.scenario.calendar, day) for day in rest)
