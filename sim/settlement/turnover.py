"""Turnover: sellers leave, their posts stand empty for a while, and newcomers come with little experience."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from foundation.calendar import ALMOST_ALL, DAYS_PER_YEAR
from foundation.machine.compiled_loops import njit
from scenarios.rules.businesses import experience
from scenarios.schema.fields import FORCES
from scenarios.schema.organisation import Turnover as Rules
from sim.state.model import Model

Flags = NDArray[np.bool_]


def leaving_rate(rules: Rules, gap: float) -> float:
    """Return the chance that a seller leaves between two mornings on which nothing has changed."""
    return float(-np.log1p(-min(rules.per_year, ALMOST_ALL)) / DAYS_PER_YEAR * gap)


class Turnover:
    """Who leaves and who comes, every evening.

    Everybody has a draw of his own each day, so the same people leave in every timeline but for what it changes.

    Parameters
    ----------
    model : Model
    """

    def __init__(self, model: Model) -> None:
        self.model, scenario = model, model.world.scenario
        self.rules, self.hand_over = scenario.turnover, scenario.hand_over
        self.daily = leaving_rate(self.rules, float(model.world.calendar_days.mean()))
        self.luck = model.luck(model.world.sellers.ids, "turnover")
        brought = np.array([experience(scenario, force) for force in FORCES])
        self.first = self.rules.newcomer * brought[model.force]

    def settle(self, day: int) -> None:
        """Let sellers leave in the evening, and what they knew of their customers with them."""
        model, rules = self.model, self.rules
        felt = np.where(day < model.unrest_until, model.unrest, 0.0)
        present = model.vacant_until <= day
        leaves = present & (self.luck.draw(1)[:, 0] < self.daily * (1.0 + rules.unrest * felt))
        for i in np.flatnonzero(leaves).tolist():
            model.vacant_until[i] = day + 1 + rules.vacancy_days
            model.experience[i], model.course_hours[i] = self.first[i], 0.0
            model.skill[i] = model.ceiling * model.experience[i] / (model.experience[i] + model.half)
            model.unrest_until[i] = day
            self._part(i)
            model.records.left[day, model.force[i]] += 1

    def _part(self, i: int) -> None:
        """End a leaver's relationships: colleagues of his area, who know it, save what successors save."""
        model, world = self.model, self.model.world
        loss, saves = self.hand_over.loss, self.hand_over.known_saves
        posting = world.postings[model.phase_of_seller[i] + 1]
        end_relationships(
            i,
            model.patch,
            model.sells,
            loss,
            saves,
            world.ground.order[world.ground.bounds[model.patch[i]] : world.ground.bounds[model.patch[i] + 1]],
            posting.care[posting.care_from[i] : posting.care_from[i + 1]],
            model.bond,
            model.outlet_bond,
        )


@njit(cache=True)  # type: ignore[untyped-decorator]
def end_relationships(
    i: int,
    patch: Ints,
    sells: Flags,
    loss: float,
    saves: float,
    units: Ints,
    shops: Ints,
    bond: Floats,
    outlet_bond: Floats,
) -> None:
    """Take a leaver's part out of the relationships with the units and outlets of his area.

    Parameters
    ----------
    i : int
        Who leaves.
    sells : ndarray of bool, shape (sellers, businesses)
    units, shops : ndarray
        Where he worked, and whom he cared for.
    """
    everybody = 0
    for other in range(len(patch)):
        everybody += patch[other] == patch[i]
    for b in range(bond.shape[1]):
        if not sells[i, b]:
            continue
        mates = 0
        for other in range(len(patch)):
            mates += patch[other] == patch[i] and sells[other, b]
        kept = 1.0 - loss * (1.0 - saves * (mates > 1)) / mates
        for u in units:
            bond[u, b] *= kept
    kept = 1.0 - loss * (1.0 - saves * (everybody > 1)) / everybody
    for o in shops:
        outlet_bond[o] *= kept
